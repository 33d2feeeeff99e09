"""The lifecycle of an enterprise's registration."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition


class EnterpriseState(StrEnum):
    """Whether the registration is accepted."""

    REGISTERED = "registered"
    IN_REVIEW = "in_review"
    BARRED = "barred"


E = EnterpriseState

ENTERPRISES = Lifecycle(
    "enterprise",
    [
        Transition("clear", frozenset({E.IN_REVIEW}), E.REGISTERED, "核实通过"),
        Transition("bar", frozenset({E.REGISTERED, E.IN_REVIEW}), E.BARRED, "限制申报"),
        Transition("readmit", frozenset({E.BARRED}), E.REGISTERED, "恢复申报"),
    ],
)

LABELS: dict[StrEnum, str] = {E.REGISTERED: "已登记", E.IN_REVIEW: "待核实", E.BARRED: "限制申报"}

TONES: dict[EnterpriseState, str] = {E.REGISTERED: "ok", E.IN_REVIEW: "wait", E.BARRED: "bad"}
"""The level of the tag that shows each state."""
