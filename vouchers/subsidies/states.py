"""The papers of an ex-post case, and how a subsidy stands in plain words."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition
from vouchers.redemption.states import ClaimState


class PaperKind(StrEnum):
    """What a paper proves."""

    CONTRACT = "contract"
    PAYMENT = "payment"
    DELIVERY = "delivery"


class ReversalState(StrEnum):
    """Where the withdrawal of an award stands: one person proposes it, another decides."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


R = ReversalState

REVERSALS = Lifecycle(
    "award_reversal",
    [
        Transition("confirm", frozenset({R.PROPOSED}), R.CONFIRMED, "同意撤销核定"),
        Transition("refuse", frozenset({R.PROPOSED}), R.REFUSED, "不同意撤销核定"),
    ],
)

LABELS: dict[StrEnum, str] = {
    PaperKind.CONTRACT: "合同",
    PaperKind.PAYMENT: "付款凭证",
    PaperKind.DELIVERY: "交付证明",
}

REVERSAL_LABELS: dict[StrEnum, str] = {
    R.PROPOSED: "待第二人决定",
    R.CONFIRMED: "同意撤销核定",
    R.REFUSED: "不同意撤销核定",
}

STANDINGS: dict[StrEnum, str] = {
    ClaimState.APPROVED: "直接补助，已批准，待支付",
    ClaimState.BATCHED: "直接补助，已批准，支付中",
    ClaimState.PAID: "直接补助，已支付",
    ClaimState.REVERSED: "直接补助，核定已撤销",
}
