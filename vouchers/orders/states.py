"""The lifecycle of an order, and the two sides."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition


class OrderState(StrEnum):
    """How far an order has come."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    IN_SERVICE = "in_service"
    DISPUTED = "disputed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Side(StrEnum):
    """Who proposed."""

    ENTERPRISE = "enterprise"
    PROVIDER = "provider"


S = OrderState

ORDERS = Lifecycle(
    "order",
    [
        Transition("confirm", frozenset({S.PROPOSED}), S.CONFIRMED, "确认"),
        Transition("register", frozenset({S.PROPOSED}), S.IN_SERVICE, "登记合同"),
        Transition("begin_service", frozenset({S.CONFIRMED}), S.IN_SERVICE, "开始服务"),
        Transition("dispute", frozenset({S.IN_SERVICE}), S.DISPUTED, "提出争议"),
        Transition("settle_dispute", frozenset({S.DISPUTED}), S.IN_SERVICE, "争议解决"),
        Transition("complete", frozenset({S.IN_SERVICE}), S.COMPLETED, "完成"),
        Transition("cancel", frozenset({S.PROPOSED, S.CONFIRMED, S.IN_SERVICE}), S.CANCELLED, "取消"),
    ],
)

LABELS: dict[StrEnum, str] = {
    S.PROPOSED: "待确认",
    S.CONFIRMED: "已确认",
    S.IN_SERVICE: "服务中",
    S.DISPUTED: "争议中",
    S.COMPLETED: "已完成",
    S.CANCELLED: "已取消",
    Side.ENTERPRISE: "企业",
    Side.PROVIDER: "服务商",
}
