"""The amount rules of one voucher kind at one phase, as whole numbers ready to be worked with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from vouchers.kernel.money import RoundingMode
from vouchers.policy.rules.eligibility import Test, TypedCondition

SERVICE_DAYS = ("service_from", "service_until")


@dataclass(frozen=True, slots=True)
class TierTable:
    """Tiers by an amount: each starts where the one before ends."""

    rule: str = ""
    by: str = ""
    starts: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selector:
    """A value that is fixed, or chosen by a fact, by conditions in order, or as a share (over `whole`) of a fact."""

    flat: int | None = None
    by: str = ""
    rows: Mapping[Any, int] | None = None
    match: tuple[tuple[Test, int], ...] = ()
    conditions: tuple[TypedCondition, ...] = ()
    otherwise: int | None = None
    share: int = 0
    of: str = ""
    facts: tuple[str, ...] = ()

    def values(self) -> tuple[int, ...]:
        """Every value that may be chosen."""
        found = (self.flat, *(self.rows or {}).values(), *(value for _, value in self.match), self.otherwise)
        return tuple(value for value in found if value is not None)


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice of the base and its rate; where it ends, and whether the end is included. Slices meet without a gap."""

    start: int
    end: int | None
    end_counts: bool
    rate: int

    def reaches(self, num: int, den: int) -> bool:
        """Whether an amount of num/den fen does not go beyond the slice."""
        over = -1 if self.end is None else num - self.end * den
        return over < 0 or (self.end_counts and over == 0)


@dataclass(frozen=True, slots=True)
class Threshold:
    """The base from which anything is granted, whether it counts itself, and whether only the excess is subsidised."""

    least: int
    counts: bool
    excess: bool


@dataclass(frozen=True, slots=True)
class Share:
    """How the rate comes about; rates are whole numbers over the plan's `whole`."""

    rule: str
    rate: Selector | None
    slices: tuple[Slice, ...]
    marginal: bool
    lump: Selector | None
    per_unit: int | None
    threshold: Threshold | None
    up_to: bool


@dataclass(frozen=True, slots=True)
class Days:
    """The period of which only the days of service count."""

    into: str
    first: date | None
    last: date | None
    facts: tuple[str, ...]
    both_ends: bool


@dataclass(frozen=True, slots=True)
class BasePlan:
    """What is subsidised: facts to add up, to take off, and not to exceed; the days that count; its unit."""

    rule: str
    facts: tuple[str, ...]
    less: tuple[str, ...]
    least: tuple[str, ...]
    on_top: tuple[tuple[str, str], ...]
    days: Days | None
    unit: str
    rounds: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap: its limit, the fact that says how much is used, and whether and for whom it may be lifted."""

    rule: str
    most: Selector
    granted: str
    lifted: str
    liftable_when: Test | None


@dataclass(frozen=True, slots=True)
class Count:
    """A cap on how often: the most, the fact that says how often it was, and whether and for whom it may be lifted.

    `over` is the fact that the contract or year was counted over it before, and adds nothing.
    """

    rule: str
    most: int
    granted: str
    lifted: str
    liftable_when: Test | None
    over: str = ""


@dataclass(frozen=True, slots=True)
class AmountPlan:
    """Everything that decides an amount, in the order it is asked.

    `judged` names the facts that await a reviewer. `may_be_used_up`: a cap with nothing left refuses an application;
    a claim on a voucher that was granted is only held to nothing.
    """

    base: BasePlan | None
    tiers: TierTable
    whole: int
    share: Share
    bonuses: tuple[tuple[str, int, Test], ...]
    ceiling: tuple[str, int] | None
    shares: tuple[tuple[str, int, str], ...]
    limits: tuple[Limit, ...]
    counts: tuple[Count, ...]
    higher: tuple[tuple[str, str, bool], ...]
    floor: tuple[str, int] | None
    rounding: tuple[str, int, RoundingMode]
    rounds_product: bool
    may_be_used_up: bool
    sheet: tuple[str, int] | None
    unit: str
    facts_of_conditions: tuple[str, ...]
    judged: frozenset[str]

    def facts_read(self) -> tuple[str, ...]:
        """The facts an amount looks at."""
        return tuple(dict.fromkeys(name for name in self._names() if name))

    def caps(self) -> tuple[Limit | Count, ...]:
        """Every cap, of how much and of how often."""
        return (*self.limits, *self.counts)

    def turns(self) -> tuple[frozenset[int], frozenset[int]]:
        """The amounts at which the calculation turns, and the rates, over `whole`, that lead to them."""
        share, chosen = self.share, [limit.most for limit in self.limits]
        limits = [value for one in (*chosen, share.lump) if one is not None for value in one.values()]
        limits += [*self.tiers.starts, *(edge for one in share.slices for edge in (one.start, one.end) if edge)]
        limits += [share.threshold.least] if share.threshold else []
        limits += [self.floor[1]] if self.floor else []
        limits += [self.sheet[1]] if self.sheet else []
        rates = [*(share.rate.values() if share.rate else ()), *(one.rate for one in share.slices)]
        added = sum(add for _, add, _ in self.bonuses)
        rates = [*rates, *(rate + added for rate in rates), *([self.ceiling[1]] if self.ceiling else [])]
        return frozenset(limits), frozenset(rates)

    def _names(self) -> Iterator[str]:
        base = self.base
        yield from ("tier", self.tiers.by)
        if base is not None:
            yield from (*base.facts, *base.less, *base.least, *(fact for _, fact in base.on_top))
            if base.days is not None:
                yield from (*SERVICE_DAYS, *base.days.facts)
        chosen = [self.share.rate, self.share.lump, *(limit.most for limit in self.limits)]
        yield from (name for one in chosen if one is not None for name in (one.by, one.of, *one.facts))
        yield from (name for cap in self.caps() for name in (cap.granted, cap.lifted))
        yield from (count.over for count in self.counts)
        yield from (fact for _, _, fact in self.shares)
        yield from (fact for _, fact, _ in self.higher)
        yield from self.facts_of_conditions
