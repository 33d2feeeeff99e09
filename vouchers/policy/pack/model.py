"""A policy pack: one plan's rules as data, whole."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from vouchers.policy.pack.allocation import Allocation
from vouchers.policy.pack.amounts import Amounts
from vouchers.policy.pack.clauses import English, Identifier, Rule, Sentence, Source
from vouchers.policy.pack.conditions import When
from vouchers.policy.pack.intake import Days
from vouchers.policy.pack.measure import Measure
from vouchers.policy.pack.phases import Kinds, Phase, Phases
from vouchers.policy.pack.process import Admission, DocumentRule, Papers, Process
from vouchers.policy.pack.queues import QueueCase
from vouchers.policy.pack.values import Part, Unit
from vouchers.policy.pack.vouchers import (
    Kind,
    LineItems,
    PayeeRule,
    RecoveryRule,
    RedemptionRule,
    SettlementRule,
    Target,
    VoucherRule,
)
from vouchers.policy.pack.words import OwnFact


class Authority(Part):
    """Who administers the scheme, and where."""

    name: Sentence
    region: Sentence
    contact: str = ""


class Effective(Part):
    """The days on which the version holds."""

    first: date = Field(alias="from", ge=date(2000, 1, 1))
    last: date = Field(alias="to", le=date(2999, 12, 31))


class NamedList(Rule):
    """A list that conditions refer to: code and name of each member."""

    items: Annotated[dict[Identifier, Sentence], Field(min_length=1)]


class ConditionRule(Rule):
    """A condition on the applicant or on the spending."""

    kinds: Kinds | None = None
    at: Phases
    when: When


class Example(Part):
    """What all cases of the pack have in common: the day, and facts that a case may overrule or take away (null)."""

    day: date
    given: dict[str, object]


class Case(Part):
    """An example that the pack must decide as stated, in one sentence; what it leaves out is that of the example."""

    say: Sentence
    kind: Identifier | None = None
    at: Literal["application", "issue", "redemption", "payment"] = "application"
    day: date | None = None
    given: dict[str, object] = Field(default_factory=dict)
    then: "Expected"


class Expected(Part):
    """What a case comes to; only what is written is compared."""

    result: Literal["eligible", "ineligible", "unknown", "review"] | None = None
    refused_by: tuple[Identifier, ...] | None = None
    tier: Identifier | None = None
    amount: str | None = None
    binding: Identifier | None = None
    parts: dict[Identifier, str] | None = None
    documents: Papers | None = None
    skips: dict[Identifier, Days] | None = None


class PolicyPack(Part):
    """The rules of one plan, as one version."""

    id: Identifier
    version: Annotated[str, Field(pattern=r"^\d+(\.\d+)*$")]
    title: Sentence
    status: Literal["starting-point", "operative"]
    summary: Sentence
    authority: Authority
    effective: Effective
    sources: Annotated[dict[Identifier, Source], Field(min_length=1)]
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    facts: tuple[OwnFact, ...] = ()
    lists: tuple[NamedList, ...] = ()
    applicants: Annotated[tuple[ConditionRule, ...], Field(min_length=1)]
    spending: tuple[ConditionRule, ...] = ()
    line_items: tuple[LineItems, ...] = ()
    amount: Amounts
    allocation: tuple[Allocation, ...] = ()
    voucher: Annotated[tuple[VoucherRule, ...], Field(min_length=1)]
    payee: Annotated[tuple[PayeeRule, ...], Field(min_length=1)]
    process: Process
    documents: tuple[DocumentRule, ...] = ()
    admission: Admission
    redemption: Annotated[tuple[RedemptionRule, ...], Field(min_length=1)]
    settlement: SettlementRule
    targets: tuple[Target, ...] = ()
    recovery: tuple[RecoveryRule, ...] = ()
    example: Example | None = None
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]
    queues: tuple[QueueCase, ...] = ()
    english: dict[str, English] = Field(default_factory=dict)

    def kind(self, kind_id: str) -> Kind:
        """The voucher kind of this key."""
        return next(kind for kind in self.kinds if kind.id == kind_id)

    def list_named(self, list_id: str) -> NamedList | None:
        """The named list of this key."""
        return next((item for item in self.lists if item.id == list_id), None)

    def voucher_rule(self, kind_id: str) -> VoucherRule:
        """What a voucher of this kind is like."""
        return next(rule for rule in self.voucher if kind_id in rule.kinds)

    def pays_directly(self, kind_id: str) -> bool:
        """Whether a case of this kind is paid as a subsidy, without a voucher."""
        return self.voucher_rule(kind_id).form == "direct"

    def is_for_sellers(self, kind_id: str) -> bool:
        """Whether this kind is claimed by who provides the service, and not by who buys it."""
        return self.kind(kind_id).claimed_by == "seller"

    def measure(self, kind_id: str) -> Measure:
        """In what amounts of this kind are decided, and what they come to in the ledger.

        Raises ValueError where units have no highest price: such a pack is not published.
        """
        unit, price = self.kind(kind_id).unit, self.voucher_rule(kind_id).unit_price
        if unit is None:
            return Measure()
        if price is None:
            raise ValueError("a voucher in kind says what a unit may cost at most")
        return Measure(unit, price)

    def counted_by(self, kind_id: str) -> Unit | None:
        """The unit in which usage has to be metered for vouchers of this kind: what they count or are redeemed by."""
        return self.kind(kind_id).unit or self.redeemed_by(kind_id)

    def redemption_rule(self, kind_id: str) -> RedemptionRule:
        """How a voucher of this kind is redeemed."""
        return next(rule for rule in self.redemption if kind_id in rule.kinds)

    def redeemed_by(self, kind_id: str) -> Unit | None:
        """The unit that vouchers of this kind are redeemed by, where that is a quantity and no money."""
        bases = (base for base in self.amount.bases if kind_id in base.kinds and Phase.REDEMPTION in base.at)
        return next((base.unit for base in bases), None)

    def payee_of(self, kind_id: str) -> str:
        """Who is paid for a voucher of this kind."""
        return self.payee_rule(kind_id).payee

    def payee_rule(self, kind_id: str) -> PayeeRule:
        """Who is paid for a voucher of this kind, and in which parts."""
        return next(rule for rule in self.payee if kind_id in rule.kinds)

    def rules(self) -> tuple[Rule, ...]:
        """Every rule of the pack, in the order of its sections."""
        process = self.process
        single: tuple[Rule, ...] = (process.acceptance, process.correction, self.settlement)
        optional = tuple(rule for rule in (process.notice, process.recusal, process.closing, process.objection) if rule)
        groups: tuple[tuple[Rule, ...], ...] = (
            self.kinds, self.lists, self.applicants, self.spending, self.line_items, self.amount.rules(),
            self.allocation, self.voucher, self.payee, process.stages, process.intakes, process.fast_tracks,
            self.documents, self.admission.requirements, self.redemption, self.targets, self.recovery, single, optional,
        )  # fmt: skip
        return tuple(rule for group in groups for rule in group)

    def case_given(self, case: Case) -> tuple[str, date, dict[str, object]]:
        """The kind, the day and all facts of a case, the example's included; a null takes a fact away."""
        common = self.example.given if self.example else {}
        given = {name: value for name, value in {**common, **case.given}.items() if value is not None}
        day = case.day or (self.example.day if self.example else self.effective.first)
        return case.kind or self.kinds[0].id, day, given

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of this key."""
        return next((rule for rule in self.rules() if rule.id == rule_id), None)
