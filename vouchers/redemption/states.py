"""The lifecycle of a claim."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition


class ClaimState(StrEnum):
    """How far a claim has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHECKED = "checked"
    VERIFIED = "verified"
    APPROVED = "approved"
    BATCHED = "batched"
    PAID = "paid"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"


C = ClaimState

UNDER_WAY = (C.SUBMITTED, C.CHECKED, C.VERIFIED)
"""A claim that holds money and evidence and waits for a decision."""
GRANTED = (C.APPROVED, C.BATCHED, C.PAID)
"""A claim that is paid, or owed."""

CLAIMS = Lifecycle(
    "claim",
    [
        Transition("submit", frozenset({C.DRAFT, C.RETURNED}), C.SUBMITTED, "提交核销"),
        Transition("check", frozenset({C.SUBMITTED}), C.CHECKED, "自动核对完成"),
        Transition("verify", frozenset({C.CHECKED}), C.VERIFIED, "核验通过"),
        Transition("approve", frozenset({C.VERIFIED}), C.APPROVED, "核定"),
        Transition("award", frozenset({C.DRAFT}), C.APPROVED, "核定直接补助"),
        Transition("batch", frozenset({C.APPROVED}), C.BATCHED, "列入兑付批次"),
        Transition("unbatch", frozenset({C.BATCHED}), C.APPROVED, "移出兑付批次"),
        Transition("pay", frozenset({C.BATCHED}), C.PAID, "兑付完成"),
        Transition("send_back", frozenset({C.SUBMITTED, C.CHECKED}), C.RETURNED, "退回补充"),
        Transition("reject", frozenset({C.SUBMITTED, C.CHECKED, C.VERIFIED}), C.REJECTED, "不予核销"),
        Transition("withdraw", frozenset({C.DRAFT, C.SUBMITTED, C.CHECKED, C.RETURNED}), C.WITHDRAWN, "撤回"),
        Transition("reverse", frozenset({C.APPROVED, C.PAID}), C.REVERSED, "冲正"),
    ],
)

LABELS: dict[StrEnum, str] = {
    C.DRAFT: "草稿",
    C.SUBMITTED: "已提交",
    C.CHECKED: "待核验",
    C.VERIFIED: "待核定",
    C.APPROVED: "待兑付",
    C.BATCHED: "兑付中",
    C.PAID: "已兑付",
    C.RETURNED: "退回补充",
    C.REJECTED: "不予核销",
    C.WITHDRAWN: "已撤回",
    C.REVERSED: "已冲正",
}
