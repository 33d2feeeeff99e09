"""How much: tiers, base, rate, bonuses, caps, floor, rounding and funding, each a rule with its clause."""

from typing import Annotated

from pydantic import Field

from vouchers.policy.pack.bases import Base, Tiers
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.funding import Administration, Funding, KindFunding, Layer
from vouchers.policy.pack.limits import Cap, Floor, RoundingRule, Stacking
from vouchers.policy.pack.rates import Bonus, RateCeiling, RateRule
from vouchers.policy.pack.values import Part


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
    funding_by_kind: tuple[KindFunding, ...] = ()
    administration: Administration | None = None

    def funding_of(self, kind: str) -> Funding:
        """Who pays for a voucher of this kind."""
        return next((rule for rule in self.funding_by_kind if kind in rule.kinds), self.funding)

    def layers(self) -> tuple[Layer, ...]:
        """Every funding layer of the scheme, each once, under its first name."""
        funding = (self.funding, *self.funding_by_kind)
        return tuple({layer.id: layer for rule in reversed(funding) for layer in reversed(rule.layers)}.values())[::-1]

    def rules(self) -> tuple[Rule, ...]:
        """Every rule that decides an amount, in the order in which they are asked."""
        return (
            *self.tiers, *self.bases, *self.rates, *self.bonuses, *self.ceilings, *self.stacking, *self.caps,
            *self.floors, self.rounding, self.funding, *self.funding_by_kind,
            *((self.administration,) if self.administration else ()),
        )  # fmt: skip
