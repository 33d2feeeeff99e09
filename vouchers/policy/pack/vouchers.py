"""The voucher as an object, its redemption and settlement, targets and recovery."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from vouchers.kernel.identifiers import normalise, uscc_problem
from vouchers.policy.pack.clauses import Identifier, Rule, Sentence
from vouchers.policy.pack.phases import Kinds
from vouchers.policy.pack.values import Part, Rate, Span, Unit, Yuan

WhichDate = Literal["service", "invoice", "payment", "claim"]


Line = Literal[
    "storage", "network", "security", "hardware", "labour",
    "server", "bare-metal", "container", "software", "training", "inference",
]  # fmt: skip


class Kind(Rule):
    """A kind of voucher: what it may be spent on, who claims it, and what it counts where it is not money."""

    id: Identifier
    name: Sentence
    spent_on: Annotated[
        tuple[Literal["compute", "model", "training", "token", "corpus", "annotation", "data-product"], ...],
        Field(min_length=1),
    ]
    claimed_by: Literal["buyer", "seller"] | None = None
    unit: Unit | None = None


class VoucherRule(Rule):
    """The voucher object of one or more kinds: form, validity, partial use, reservation by an order.

    direct: no voucher, a subsidy; quota: drawn down; sheets: of one face; wallet: a balance on a platform; in-kind:
    units of service, of which one may cost `unit_price` at most, tax included.
    """

    kinds: Kinds
    form: Literal["quota", "direct", "sheets", "wallet", "in-kind"]
    face: Yuan | None = None
    sheets: Annotated[int, Field(ge=1)] | None = None
    unit_price: Yuan | None = None
    valid_for: Span | None = None
    valid_until: date | None = None
    valid_within: Literal["window", "calendar-year"] | None = None
    partial_use: bool
    reserved_by_order: bool
    transferable: Literal[False]
    hold_outlives_validity: bool

    @model_validator(mode="after")
    def _one_end(self) -> "VoucherRule":
        ends = sum(end is not None for end in (self.valid_for, self.valid_until, self.valid_within))
        if ends > 1 or (not ends and self.form != "direct"):
            raise ValueError(
                "有效期只能有一种写法：valid_for（期限）、valid_until（截止日）或 valid_within（窗口或年度内）"
            )
        if (self.form == "sheets") != (self.face is not None):
            raise ValueError("定额券（sheets）要写明 face（每张面额）；其他形式不写")
        if self.sheets is not None and self.form != "sheets":
            raise ValueError("只有定额券（sheets）写发行张数")
        if self.unit_price is not None and (self.form != "in-kind" or not self.unit_price):
            raise ValueError("只有实物券（in-kind）写每单位最高价 unit_price，须大于零")
        return self


class PayeeSplit(Part):
    """How one payment is parted between buyer and seller."""

    enterprise: Rate
    provider: Rate


class PayeePlatform(Part):
    """The platform that advances what vouchers deduct: an organisation by its name and 统一社会信用代码."""

    name: Sentence
    uscc: str

    @field_validator("uscc")
    @classmethod
    def _checked(cls, uscc: str) -> str:
        if problem := uscc_problem(uscc):
            raise ValueError(f"平台的{problem}")
        return normalise(uscc)


class PayeeRule(Rule):
    """Who is paid: the provider who deducted, the enterprise who paid first, both, or the platform that advanced it."""

    kinds: Kinds
    payee: Literal["provider", "enterprise", "both-sides", "platform"]
    split: PayeeSplit | None = None
    platform: PayeePlatform | None = None

    @model_validator(mode="after")
    def _split_stated(self) -> "PayeeRule":
        if (self.payee == "both-sides") != (self.split is not None):
            raise ValueError("付给双方（both-sides）要写明 split；付给一方时不写")
        if (self.payee == "platform") != (self.platform is not None):
            raise ValueError("付给平台（platform）要写明 platform（name 和 uscc：哪一家）；付给别人时不写")
        if self.split is not None and self.split.enterprise + self.split.provider != 1:
            raise ValueError("split 的两份合计应为 100%")
        return self


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
    """Spending that does not count, line by line; or the only lines that do.

    `words` says by which words in the name of an invoice line a kind of spending is known; for storage, network,
    security, hardware and labour the system has words of its own, to which these are added.
    """

    exclude: tuple[Line, ...] = ()
    include: tuple[Line, ...] = ()
    words: dict[Line, Annotated[tuple[Sentence, ...], Field(min_length=1)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_way(self) -> "LineItems":
        if bool(self.exclude) == bool(self.include):
            raise ValueError("费用明细只能有一种写法：exclude（不计入）或 include（只计入）")
        if not set(self.words) <= {*self.exclude, *self.include}:
            raise ValueError("words 只写 exclude 或 include 里的类别")
        return self


class SettlementRule(Rule):
    """How paying is organised."""

    frequency: Literal["as-needed", "monthly", "quarterly", "half-yearly", "yearly"]
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
    actual: Literal["users", "green-share", "paid-share"] | None = None

    @model_validator(mode="after")
    def _shares_in_percent(self) -> "Target":
        if self.actual is not None and (self.unit == "%") == (self.actual == "users"):
            raise ValueError("actual 是比例（green-share、paid-share）的，单位写 %；是户数（users）的，单位不写 %")
        return self


class RecoveryRule(Rule):
    """A ground on which money is asked back."""

    share: Literal["whole", "affected-part"]
