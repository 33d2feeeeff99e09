"""What a one-time link is for, and how two persons reset somebody's second factor."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition


class LinkPurpose(StrEnum):
    """What a one-time link or code opens."""

    PASSWORD = "password"
    IDENTITY = "identity"
    SETUP = "setup"


class ResetState(StrEnum):
    """Where the reset of a second factor stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


RESETS = Lifecycle(
    "factor reset",
    [
        Transition("confirm", frozenset({ResetState.PROPOSED}), ResetState.CONFIRMED, "确认解除"),
        Transition("withdraw", frozenset({ResetState.PROPOSED}), ResetState.WITHDRAWN, "撤回"),
    ],
)

LABELS: dict[StrEnum, str] = {
    LinkPurpose.PASSWORD: "重置密码",
    LinkPurpose.IDENTITY: "关联统一身份认证",
    LinkPurpose.SETUP: "首次设置",
    ResetState.PROPOSED: "待另一人确认",
    ResetState.CONFIRMED: "已解除",
    ResetState.WITHDRAWN: "已撤回",
}
