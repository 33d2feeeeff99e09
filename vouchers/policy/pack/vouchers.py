"""The voucher as an object, its redemption and settlement, targets and recovery."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from vouchers.policy.pack.amounts import Kinds
from vouchers.policy.pack.clauses import Identifier, Rule, Sentence
from vouchers.policy.pack.values import Span, Yuan

WhichDate = Literal["service", "invoice", "payment", "claim"]


class Kind(Rule):
    """A kind of voucher and what it may be spent on."""

    id: Identifier
    name: Sentence
    spent_on: Annotated[
        tuple[Literal["compute", "model", "training", "token", "corpus", "annotation"], ...], Field(min_length=1)
    ]


class VoucherRule(Rule):
    """The voucher object of one or more kinds: form, validity, partial use, reservation by an order."""

    kinds: Kinds
    form: Literal["quota", "direct"]
    valid_for: Span | None = None
    valid_until: date | None = None
    partial_use: bool
    reserved_by_order: bool
    transferable: Literal[False]
    hold_outlives_validity: bool

    @model_validator(mode="after")
    def _one_end(self) -> "VoucherRule":
        if (self.valid_for is None) == (self.valid_until is None):
            raise ValueError("有效期只能有一种写法：valid_for（期限）或 valid_until（截止日）")
        return self


class PayeeRule(Rule):
    """Who is paid: the provider who deducted, or the enterprise who paid first."""

    kinds: Kinds
    payee: Literal["provider", "enterprise"]


class RedemptionRule(Rule):
    """What a claim must show: which date counts, how invoices are used, and how far figures may differ."""

    kinds: Kinds
    window_date: WhichDate
    cap_date: WhichDate
    invoice_use: Literal["one-claim-only", "shared"]
    invoice_amount: Literal["net", "gross"]
    tolerance: Yuan
    own_share_proof: bool
    delivery_confirmation: bool
    claim_within: Span | None = None


class LineItems(Rule):
    """Spending that does not count, line by line."""

    exclude: Annotated[tuple[Literal["storage", "network", "security", "hardware", "labour"], ...], Field(min_length=1)]


class SettlementRule(Rule):
    """How paying is organised."""

    frequency: Literal["as-needed", "monthly", "quarterly"]
    signatures: Annotated[int, Field(ge=2, le=3)]
    channels: Annotated[tuple[Literal["bank", "e-cny"], ...], Field(min_length=1)]


class Target(Rule):
    """A figure of the plan that the authority is assessed on."""

    name: Sentence
    bound: Literal["at_least", "more_than", "at_most"]
    figure: Annotated[str, Field(pattern=r"^\d+(\.\d+)?$")]
    unit: str
    by: Annotated[int, Field(ge=2020, le=2100)]
    measure: Literal["ledger", "orders", "recorded"]


class RecoveryRule(Rule):
    """A ground on which money is asked back."""

    share: Literal["whole", "affected-part"]
