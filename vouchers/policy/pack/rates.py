"""What share of the base is granted: flat, chosen, by slices, from a threshold on, a lump sum, or a price per unit."""

from typing import Literal

from pydantic import Field, model_validator

from vouchers.policy.pack.bases import Bounds
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import When
from vouchers.policy.pack.phases import Kinds, Phases
from vouchers.policy.pack.selectors import AmountChoice, RateChoice
from vouchers.policy.pack.values import Amount, Part, Rate, Yuan


class Bracket(Bounds):
    """One slice of the base and its rate."""

    rate: Rate


class Activation(Part):
    """The threshold from which anything is granted. `from` includes it (达到), `above` excludes it (超过).

    `on` says what the rate is then applied to: the whole amount, or the excess over the threshold.
    """

    starts: Amount | None = Field(None, alias="from")
    above: Amount | None = None
    on: Literal["whole", "excess"]

    @model_validator(mode="after")
    def _one_bound(self) -> "Activation":
        if (self.starts is None) == (self.above is None):
            raise ValueError("起补线只能有一种写法：from（达到，含本数）或 above（超过，不含本数）")
        return self


class RateRule(Rule):
    """The rate, in exactly one way. `up_to` says whether a reviewer may approve less than the maximum (不超过)."""

    kinds: Kinds
    at: Phases
    flat: Rate | None = None
    choose: RateChoice | None = None
    brackets: tuple[Bracket, ...] = ()
    slices: Literal["whole", "marginal"] | None = None
    lump: Amount | AmountChoice | None = None
    per_unit: Yuan | None = None
    activated: Activation | None = None
    up_to: bool | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "RateRule":
        ways = [self.flat, self.choose, self.brackets or None, self.lump, self.per_unit]
        if sum(way is not None for way in ways) != 1:
            raise ValueError(
                "比例只能有一种写法：flat（固定）、choose（选择）、brackets（分段）、lump（定额）或 per_unit（单价）"
            )
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
