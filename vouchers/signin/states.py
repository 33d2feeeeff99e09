"""What a one-time link is for, and how two persons reset what somebody signs in with."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition


class LinkPurpose(StrEnum):
    """What a one-time link or code opens."""

    PASSWORD = "password"
    RESET = "reset"
    IDENTITY = "identity"
    SETUP = "setup"


class ResetKind(StrEnum):
    """What two administrators reset for somebody."""

    FACTOR = "factor"
    PASSWORD = "password"


class ResetState(StrEnum):
    """Where a reset by two stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


RESETS = Lifecycle(
    "reset",
    [
        Transition("confirm", frozenset({ResetState.PROPOSED}), ResetState.CONFIRMED, "确认"),
        Transition("withdraw", frozenset({ResetState.PROPOSED}), ResetState.WITHDRAWN, "撤回"),
    ],
)

LABELS: dict[StrEnum, str] = {
    LinkPurpose.PASSWORD: "设置新密码",
    LinkPurpose.RESET: "重置码",
    LinkPurpose.IDENTITY: "关联统一身份认证",
    LinkPurpose.SETUP: "首次设置",
    ResetState.PROPOSED: "待另一人确认",
    ResetState.CONFIRMED: "已确认",
    ResetState.WITHDRAWN: "已撤回",
}

KIND_LABELS: dict[StrEnum, str] = {
    ResetKind.FACTOR: "解除动态口令",
    ResetKind.PASSWORD: "重置密码",
}
