"""The lifecycle of a voucher."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition


class VoucherState(StrEnum):
    """Whether a voucher can be spent."""

    ISSUED = "issued"
    ACTIVE = "active"
    USED_UP = "used_up"
    EXPIRED = "expired"
    FROZEN = "frozen"
    VOID = "void"
    DIRECT = "direct"
    ANNULLED = "annulled"


V = VoucherState

OF_SUBSIDIES = frozenset({V.DIRECT, V.ANNULLED})
"""Rows that stand in the place of a voucher: nothing of them was ever to be spent."""

VOUCHERS = Lifecycle(
    "voucher",
    [
        Transition("award", frozenset({V.ISSUED}), V.DIRECT, "核定直接补助"),
        Transition("annul", frozenset({V.DIRECT}), V.ANNULLED, "撤销核定"),
        Transition("activate", frozenset({V.ISSUED}), V.ACTIVE, "生效"),
        Transition("use_up", frozenset({V.ACTIVE}), V.USED_UP, "用完"),
        Transition("reopen", frozenset({V.USED_UP}), V.ACTIVE, "占用释放，恢复可用"),
        Transition("expire", frozenset({V.ISSUED, V.ACTIVE, V.FROZEN}), V.EXPIRED, "过期"),
        Transition("freeze", frozenset({V.ISSUED, V.ACTIVE}), V.FROZEN, "冻结"),
        Transition("unfreeze", frozenset({V.FROZEN}), V.ACTIVE, "解冻"),
        Transition("void", frozenset({V.ISSUED, V.ACTIVE, V.FROZEN}), V.VOID, "作废"),
    ],
)

LABELS: dict[StrEnum, str] = {
    V.ISSUED: "待生效",
    V.ACTIVE: "可使用",
    V.USED_UP: "已用完",
    V.EXPIRED: "已过期",
    V.FROZEN: "已冻结",
    V.VOID: "已作废",
    V.DIRECT: "直接补助",
    V.ANNULLED: "补助已撤销",
}
