"""The amount rules of one voucher kind at one phase, compiled once per version to whole numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

from vouchers.kernel.money import RoundingMode
from vouchers.policy.pack.amounts import Base, Bonus, Cap, Floor, Phase, RateRule, Stacking
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.rules.eligibility import Lists, Test, compiled, facts_of, typed
from vouchers.policy.rules.facts import FactType


@dataclass(frozen=True, slots=True)
class TierTable:
    """Tiers by an amount: each starts where the one before ends."""

    rule: str = ""
    by: str = ""
    starts: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RateTable:
    """A rate by a fact, or by brackets of the base; rates are whole numbers over the plan's `whole`."""

    rule: str
    by: str
    rows: Mapping[Any, int]
    brackets: tuple[tuple[int, int | None, int], ...]
    marginal: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap: its limit, chosen by a fact where `by` names one, and the fact that says how much is used."""

    rule: str
    flat: int
    by: str
    rows: Mapping[Any, int]
    granted: str


@dataclass(frozen=True, slots=True)
class AmountPlan:
    """Everything that decides an amount, in the order it is asked."""

    base_rule: str
    base: str
    less: tuple[str, ...]
    tiers: TierTable
    whole: int
    rate: RateTable
    bonuses: tuple[tuple[str, int, Test], ...]
    bonus_facts: tuple[str, ...]
    ceiling: tuple[str, int] | None
    shares: tuple[tuple[str, int, str], ...]
    limits: tuple[Limit, ...]
    floor: tuple[str, int] | None
    rounding: tuple[str, int, RoundingMode]

    def facts_read(self) -> tuple[str, ...]:
        """The facts an amount looks at."""
        names = ["tier", self.tiers.by, self.base, *self.less, self.rate.by]
        names += [name for limit in self.limits for name in (limit.by, limit.granted)]
        names += [fact for _, _, fact in self.shares]
        names += self.bonus_facts
        return tuple(dict.fromkeys(name for name in names if name))


def amount_plan(
    pack: PolicyPack, kind: str, phase: Phase, *, vocabulary: Mapping[str, FactType], lists: Lists
) -> AmountPlan | None:
    """The amount rules of one kind at one phase; None where the pack computes no amount then."""
    amounts = pack.amount
    base = next((rule for rule in amounts.bases if _asked(rule, kind, phase)), None)
    rate = next((rule for rule in amounts.rates if _asked(rule, kind, phase)), None)
    if base is None or rate is None:
        return None
    bonuses = [rule for rule in amounts.bonuses if _asked(rule, kind, phase)]
    ceiling = next((rule for rule in amounts.ceilings if kind in rule.kinds), None)
    shares = [(rule, rule.share) for rule in amounts.stacking if _asked(rule, kind, phase) and rule.share]
    floor = next((rule for rule in amounts.floors if _asked(rule, kind, phase)), None)
    rates = [*_rates(rate), *(rule.add for rule in bonuses), *(share for _, share in shares)]
    whole = lcm(*(value.denominator for value in [*rates, ceiling.most if ceiling else Fraction(1)]))
    conditions = [typed(rule.when, vocabulary, lists) for rule in bonuses]
    return AmountPlan(
        base_rule=base.id,
        base=base.fact,
        less=base.less,
        tiers=_tiers(pack, kind),
        whole=whole,
        rate=_rate_table(rate, whole, vocabulary),
        bonuses=tuple(
            (rule.id, _over(rule.add, whole), compiled(condition))
            for rule, condition in zip(bonuses, conditions, strict=True)
        ),
        bonus_facts=tuple(fact.name for condition in conditions for fact in facts_of(condition)),
        ceiling=(ceiling.id, _over(ceiling.most, whole)) if ceiling else None,
        shares=tuple((rule.id, _over(share, whole), rule.fact) for rule, share in shares),
        limits=tuple(_limit(cap, vocabulary) for cap in amounts.caps if _asked(cap, kind, phase)),
        floor=(floor.id, floor.least) if floor else None,
        rounding=(amounts.rounding.id, amounts.rounding.to, amounts.rounding.mode),
    )


def _asked(rule: Base | RateRule | Bonus | Stacking | Cap | Floor, kind: str, phase: Phase) -> bool:
    return kind in rule.kinds and phase in rule.at


def _rates(rule: RateRule) -> list[Fraction]:
    if rule.flat is not None:
        return [rule.flat]
    return [*(rule.choose.rows.values() if rule.choose else ()), *(row.rate for row in rule.brackets)]


def _over(rate: Fraction, whole: int) -> int:
    return int(rate * whole)


def _tiers(pack: PolicyPack, kind: str) -> TierTable:
    rule = next((rule for rule in pack.amount.tiers if kind in rule.kinds), None)
    if rule is None:
        return TierTable()
    return TierTable(rule.id, rule.by, tuple(row.starts for row in rule.rows), tuple(row.id for row in rule.rows))


def _rate_table(rule: RateRule, whole: int, vocabulary: Mapping[str, FactType]) -> RateTable:
    brackets = tuple((row.starts, row.below, _over(row.rate, whole)) for row in rule.brackets)
    rows: dict[Any, int] = {} if rule.flat is None else {None: _over(rule.flat, whole)}
    if rule.choose:
        rows = {_key(rule.choose.by, key, vocabulary): _over(rate, whole) for key, rate in rule.choose.rows.items()}
    return RateTable(rule.id, rule.choose.by if rule.choose else "", rows, brackets, rule.slices == "marginal")


def _limit(cap: Cap, vocabulary: Mapping[str, FactType]) -> Limit:
    if isinstance(cap.limit, int):
        return Limit(cap.id, cap.limit, "", {}, cap.granted_fact)
    rows = {_key(cap.limit.by, key, vocabulary): value for key, value in cap.limit.rows.items()}
    return Limit(cap.id, 0, cap.limit.by, rows, cap.granted_fact)


def _key(by: str, key: str, vocabulary: Mapping[str, FactType]) -> object:
    return key if by == "tier" else vocabulary[by].read(key)
