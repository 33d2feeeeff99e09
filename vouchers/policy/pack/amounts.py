"""How much: tiers, base, rate, bonuses, caps, floor and rounding, each a rule with its clause."""

from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, model_validator

from vouchers.kernel.money import RoundingMode
from vouchers.policy.pack.clauses import Identifier, Rule, Sentence
from vouchers.policy.pack.conditions import When
from vouchers.policy.pack.values import Part, Rate, Yuan


class Phase(StrEnum):
    """When a rule is asked: at the application, or when money is claimed on a voucher."""

    APPLICATION = "application"
    REDEMPTION = "redemption"


Phases = Annotated[tuple[Phase, ...], Field(min_length=1)]
Kinds = Annotated[tuple[Identifier, ...], Field(min_length=1)]


class Tier(Part):
    """One tier of a voucher kind, by an amount: from (included) up to below (excluded)."""

    id: Identifier
    name: Sentence
    starts: Yuan = Field(alias="from")
    below: Yuan | None = None


class Tiers(Rule):
    """The tiers of one or more kinds and the amount that sorts cases into them."""

    kinds: Kinds
    by: str
    rows: Annotated[tuple[Tier, ...], Field(min_length=1)]


class Base(Rule):
    """What is subsidised: the measure, before or after tax, and what is taken off first."""

    kinds: Kinds
    at: Phases
    of: Literal["planned", "contract", "approved", "incurred", "paid", "metered", "invoiced"]
    tax: Literal["included", "excluded"]
    less: tuple[str, ...] = ()

    @property
    def fact(self) -> str:
        """The fact that holds the measure."""
        return f"{self.of}_{'gross' if self.tax == 'included' else 'net'}"


class RateChoice(Part):
    """A rate chosen by a fact or by the tier; nothing is chosen where no row fits."""

    by: str
    rows: Annotated[dict[str, Rate], Field(min_length=1)]


class YuanChoice(Part):
    """An amount chosen by a fact or by the tier; nothing is chosen where no row fits."""

    by: str
    rows: Annotated[dict[str, Yuan], Field(min_length=1)]


class Bracket(Part):
    """One slice of the base: from (included) up to below (excluded)."""

    starts: Yuan = Field(alias="from")
    below: Yuan | None = None
    rate: Rate


class RateRule(Rule):
    """The rate: flat, chosen by a fact, or by brackets of the base. Exactly one of the three."""

    kinds: Kinds
    at: Phases
    flat: Rate | None = None
    choose: RateChoice | None = None
    brackets: tuple[Bracket, ...] = ()
    slices: Literal["whole", "marginal"] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "RateRule":
        if sum([self.flat is not None, self.choose is not None, bool(self.brackets)]) != 1:
            raise ValueError("比例只能有一种写法：flat（固定）、choose（按事实选）或 brackets（分段）")
        if bool(self.brackets) != (self.slices is not None):
            raise ValueError("分段比例要写明 slices：whole（整额适用）或 marginal（分段累进）")
        return self


class Bonus(Rule):
    """Points added to the rate when a condition holds."""

    kinds: Kinds
    at: Phases
    when: When
    add: Rate


class RateCeiling(Rule):
    """The most that rate and bonuses may come to together."""

    kinds: Kinds
    most: Rate


class Cap(Rule):
    """The most that may be granted over a scope and a period; what was granted before is a fact, never fetched."""

    kinds: Kinds
    limit: Yuan | YuanChoice
    over: Literal["claim", "order", "contract", "applicant", "controller", "project", "scheme"]
    per: Literal["once", "calendar-year", "life"]
    at: Phases
    hard: bool = True

    @property
    def granted_fact(self) -> str:
        """The fact that says how much of this cap is used; empty when each claim starts anew."""
        return "" if self.per == "once" else f"granted:{self.id}"


class Floor(Rule):
    """An amount below which nothing is granted; the amount itself still passes."""

    kinds: Kinds
    at: Phases
    least: Yuan


class RoundingRule(Rule):
    """How the computed amount is rounded; stated by every pack."""

    to: Yuan
    mode: RoundingMode
    step: Literal["end"]


class Stacking(Rule):
    """What other public support on the same thing means here."""

    kinds: Kinds
    at: Phases
    scope: Literal["contract", "project", "applicant"]
    sources: Literal["this-scheme", "this-level", "all-levels"]
    effect: Literal["reject", "ceiling"]
    share: Rate | None = None

    @model_validator(mode="after")
    def _share_of_a_ceiling(self) -> "Stacking":
        if (self.effect == "ceiling") != (self.share is not None):
            raise ValueError("合计上限（ceiling）要写明 share；不予支持（reject）不写 share")
        return self

    @property
    def fact(self) -> str:
        """The fact that holds the other support."""
        return f"other_support_{self.scope}"


class Layer(Part):
    """A funding layer: the office that pays and its share."""

    id: Identifier
    name: Sentence
    share: Rate


class Funding(Rule):
    """The layers that pay for a voucher; their shares make one."""

    layers: Annotated[tuple[Layer, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> "Funding":
        if sum((layer.share for layer in self.layers), Fraction(0)) != 1:
            raise ValueError("各级资金分担比例合计应为 100%")
        return self


class Amounts(Part):
    """Everything that decides how much."""

    tiers: tuple[Tiers, ...] = ()
    bases: Annotated[tuple[Base, ...], Field(min_length=1)]
    rates: Annotated[tuple[RateRule, ...], Field(min_length=1)]
    bonuses: tuple[Bonus, ...] = ()
    ceilings: tuple[RateCeiling, ...] = ()
    stacking: tuple[Stacking, ...] = ()
    caps: tuple[Cap, ...] = ()
    floors: tuple[Floor, ...] = ()
    rounding: RoundingRule
    funding: Funding
