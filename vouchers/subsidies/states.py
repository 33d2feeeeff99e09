"""The papers of an ex-post case, and how a subsidy stands in plain words."""

from enum import StrEnum

from vouchers.redemption.states import ClaimState


class PaperKind(StrEnum):
    """What a paper proves."""

    CONTRACT = "contract"
    PAYMENT = "payment"
    DELIVERY = "delivery"


LABELS: dict[StrEnum, str] = {
    PaperKind.CONTRACT: "合同",
    PaperKind.PAYMENT: "付款凭证",
    PaperKind.DELIVERY: "交付证明",
}

STANDINGS: dict[StrEnum, str] = {
    ClaimState.APPROVED: "直接补助，已批准，待支付",
    ClaimState.BATCHED: "直接补助，已批准，支付中",
    ClaimState.PAID: "直接补助，已支付",
    ClaimState.REVERSED: "直接补助，已冲正",
}
