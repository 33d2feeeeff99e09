"""The lifecycles of a batch and of a payment line."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition


class BatchState(StrEnum):
    """How far a batch has come."""

    OPEN = "open"
    LOCKED = "locked"
    APPROVED = "approved"
    RELEASED = "released"
    SENT = "sent"
    RECONCILED = "reconciled"
    CLOSED = "closed"


class LineState(StrEnum):
    """What became of a payment."""

    DUE = "due"
    SENT = "sent"
    PAID = "paid"
    REFUSED = "refused"


class AttemptState(StrEnum):
    """What became of one attempt to pay a line."""

    PREPARED = "prepared"
    SENT = "sent"
    PAID = "paid"
    REFUSED = "refused"


class ComparisonState(StrEnum):
    """How far the comparison with the bank has come after the data were restored from a backup."""

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    RETURNED = "returned"


B, L, C = BatchState, LineState, ComparisonState

BATCHES = Lifecycle(
    "batch",
    [
        Transition("lock", frozenset({B.OPEN}), B.LOCKED, "锁定送审"),
        Transition("reopen", frozenset({B.LOCKED, B.APPROVED}), B.OPEN, "退回修改"),
        Transition("approve", frozenset({B.LOCKED}), B.APPROVED, "复核通过"),
        Transition("release", frozenset({B.APPROVED}), B.RELEASED, "签发支付"),
        Transition("send", frozenset({B.RELEASED}), B.SENT, "导出支付文件"),
        Transition("reconcile", frozenset({B.SENT}), B.RECONCILED, "回单对账完成"),
        Transition("close", frozenset({B.RECONCILED}), B.CLOSED, "办结"),
    ],
)
LINES = Lifecycle(
    "payment_line",
    [
        Transition("send", frozenset({L.DUE}), L.SENT, "支付"),
        Transition("pay", frozenset({L.SENT}), L.PAID, "支付成功"),
        Transition("refuse", frozenset({L.SENT}), L.REFUSED, "退票"),
        Transition("fall_due_again", frozenset({L.REFUSED}), L.DUE, "重新支付"),
    ],
)
COMPARISONS = Lifecycle(
    "comparison",
    [
        Transition("confirm", frozenset({C.RECORDED}), C.CONFIRMED, "确认一致"),
        Transition("return", frozenset({C.RECORDED}), C.RETURNED, "退回重做"),
    ],
)

LABELS: dict[StrEnum, str] = {
    B.OPEN: "编制中",
    B.LOCKED: "待复核",
    B.APPROVED: "已复核",
    B.RELEASED: "已签发",
    B.SENT: "已送银行",
    B.RECONCILED: "已对账",
    B.CLOSED: "已办结",
}

LINE_LABELS: dict[StrEnum, str] = {
    L.DUE: "待支付",
    L.SENT: "支付中",
    L.PAID: "已支付",
    L.REFUSED: "退票",
}

ATTEMPT_LABELS: dict[StrEnum, str] = {
    AttemptState.PREPARED: "待送出",
    AttemptState.SENT: "支付中",
    AttemptState.PAID: "成功",
    AttemptState.REFUSED: "退票",
}

COMPARISON_LABELS: dict[StrEnum, str] = {
    C.RECORDED: "待复核",
    C.CONFIRMED: "已确认",
    C.RETURNED: "已退回",
}
