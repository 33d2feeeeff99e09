"""The lifecycles of a public notice and of an objection."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition


class NoticeState(StrEnum):
    """Whether the notice period runs."""

    OPEN = "open"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class ObjectionState(StrEnum):
    """What became of an objection. Its values differ from a notice's: both are keys of one table of labels."""

    OPEN = "lodged"
    DISMISSED = "dismissed"
    UPHELD = "upheld"


NOTICES = Lifecycle(
    "notice",
    [
        Transition("end", frozenset({NoticeState.OPEN}), NoticeState.ENDED, "公示期满"),
        Transition("withdraw", frozenset({NoticeState.OPEN}), NoticeState.WITHDRAWN, "撤下"),
    ],
)
OBJECTIONS = Lifecycle(
    "objection",
    [
        Transition("dismiss", frozenset({ObjectionState.OPEN}), ObjectionState.DISMISSED, "不成立"),
        Transition("uphold", frozenset({ObjectionState.OPEN}), ObjectionState.UPHELD, "成立"),
    ],
)

LABELS: dict[StrEnum, str] = {
    NoticeState.OPEN: "公示中",
    NoticeState.ENDED: "已期满",
    NoticeState.WITHDRAWN: "已撤下",
    ObjectionState.OPEN: "处理中",
    ObjectionState.DISMISSED: "不成立",
    ObjectionState.UPHELD: "成立",
}

TONES: dict[StrEnum, str] = {
    NoticeState.OPEN: "info",
    NoticeState.ENDED: "ok",
    NoticeState.WITHDRAWN: "wait",
    ObjectionState.OPEN: "warn",
    ObjectionState.DISMISSED: "ok",
    ObjectionState.UPHELD: "bad",
}
"""How a state is drawn; the word always stands beside it."""
