"""From the amount rules of a pack to the plan of one voucher kind at one phase; done once per version."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

from vouchers.policy.pack.bases import Base
from vouchers.policy.pack.limits import Cap
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.rates import RateRule
from vouchers.policy.pack.selectors import AmountChoice, RateChoice
from vouchers.policy.pack.values import Quantity, whole
from vouchers.policy.rules.amount_plan import (
    AmountPlan,
    BasePlan,
    Count,
    Days,
    Limit,
    Selector,
    Share,
    Slice,
    Threshold,
    TierTable,
)
from vouchers.policy.rules.eligibility import Lists, Test, TypedCondition, compiled, facts_of, typed
from vouchers.policy.rules.facts import FactType, Supplier


@dataclass(frozen=True, slots=True)
class _Words:
    """What conditions are read with, and the number that every rate is a whole number over."""

    vocabulary: Mapping[str, FactType]
    lists: Lists
    over: int

    def condition(self, when: Any) -> TypedCondition:
        return typed(when, self.vocabulary, self.lists)

    def rate(self, rate: Fraction) -> int:
        return int(rate * self.over)


def amount_plan(
    pack: PolicyPack, kind: str, phase: Phase, *, vocabulary: Mapping[str, FactType], lists: Lists
) -> AmountPlan | None:
    """The amount rules of one kind at one phase; None where the pack computes no amount then."""
    amounts = pack.amount
    base = next(_asked(amounts.bases, kind, phase), None)
    rate = next(_asked(amounts.rates, kind, phase), None)
    if rate is None or (base is None and rate.lump is None):
        return None
    bonuses, caps = list(_asked(amounts.bonuses, kind, phase)), list(_asked(amounts.caps, kind, phase))
    stacking = list(_asked(amounts.stacking, kind, phase))
    ceiling = next((rule for rule in amounts.ceilings if kind in rule.kinds), None)
    floor = next(_asked(amounts.floors, kind, phase), None)
    words = _Words(vocabulary, lists, _common(pack, rate, kind, phase))
    added = [words.condition(rule.when) for rule in bonuses]
    unit, rounding = pack.kind(kind).unit or "", amounts.rounding
    on_top = tuple((rule.id, rule.fact) for rule in stacking if rule.effect == "add-on-top")
    return AmountPlan(
        base=None if base is None else _base(base, on_top, rounds=rounding.step != "end"),
        tiers=_tiers(pack, kind),
        whole=words.over,
        share=_share(rate, words),
        bonuses=tuple((rule.id, words.rate(rule.add), compiled(one)) for rule, one in zip(bonuses, added, strict=True)),
        ceiling=(ceiling.id, words.rate(ceiling.most)) if ceiling else None,
        shares=tuple((rule.id, words.rate(rule.share), rule.fact) for rule in stacking if rule.share is not None),
        limits=tuple(_limit(cap, words) for cap in caps if cap.count is None),
        counts=tuple(_count(cap, cap.count, words) for cap in caps if cap.count is not None),
        higher=tuple((rule.id, rule.fact, rule.pays == "difference") for rule in stacking if rule.pays),
        floor=(floor.id, whole(floor.least)) if floor else None,
        rounding=(rounding.id, 1 if unit else rounding.to, rounding.mode),
        rounds_product=rounding.step == "each-step",
        may_be_used_up=phase is Phase.APPLICATION,
        sheet=_sheet(pack, kind),
        unit=unit,
        facts_of_conditions=tuple(_read(added, caps, words)),
        judged=frozenset(name for name, fact in vocabulary.items() if fact.supplier is Supplier.REVIEWER),
    )


def _asked(rules: Iterable[Any], kind: str, phase: Phase) -> Iterator[Any]:
    return (rule for rule in rules if kind in rule.kinds and phase in rule.at)


def _common(pack: PolicyPack, rate: RateRule, kind: str, phase: Phase) -> int:
    """The least number over which every rate of the plan is whole."""
    amounts = pack.amount
    found = [Fraction(1), *([rate.flat] if rate.flat is not None else []), *(row.rate for row in rate.brackets)]
    if rate.choose is not None:
        found += [*rate.choose.rows.values(), *(row.then for row in rate.choose.match)]
        found += [rate.choose.otherwise] if rate.choose.otherwise is not None else []
    found += [rule.add for rule in _asked(amounts.bonuses, kind, phase)]
    found += [rule.most for rule in amounts.ceilings if kind in rule.kinds]
    found += [rule.share for rule in _asked(amounts.stacking, kind, phase) if rule.share is not None]
    limits = (cap.limit for cap in _asked(amounts.caps, kind, phase))
    found += [one.share for one in limits if isinstance(one, AmountChoice) and one.share is not None]
    return lcm(*(value.denominator for value in found))


def _tiers(pack: PolicyPack, kind: str) -> TierTable:
    rule = next((rule for rule in pack.amount.tiers if kind in rule.kinds), None)
    if rule is None:
        return TierTable()
    return TierTable(rule.id, rule.by, tuple(row.lowest for row in rule.rows), tuple(row.id for row in rule.rows))


def _base(base: Base, on_top: tuple[tuple[str, str], ...], *, rounds: bool) -> BasePlan:
    prorate, days = base.prorate, None
    if prorate is not None:
        both = prorate.days == "both-ends"
        days = Days(prorate.into, prorate.first, prorate.last, prorate.facts or (), both)
    return BasePlan(base.id, base.facts, base.less, base.no_more_than, on_top, days, base.unit or "", rounds)


def _share(rule: RateRule, words: _Words) -> Share:
    rate = Selector(flat=words.rate(rule.flat)) if rule.flat is not None else None
    if rule.choose is not None:
        rate = _rate_choice(rule.choose, words)
    slices = tuple(
        Slice(row.edges[0], row.edges[1], row.ends is not None, words.rate(row.rate)) for row in rule.brackets
    )
    threshold, activated = None, rule.activated
    if activated is not None:
        at = activated.starts if activated.starts is not None else activated.above
        threshold = Threshold(whole(at or 0), activated.starts is not None, activated.on == "excess")
    lump = None if rule.lump is None else _amount(rule.lump, words)
    marginal = rule.slices == "marginal"
    return Share(rule.id, rate, slices, marginal, lump, rule.per_unit, threshold, bool(rule.up_to))


def _rate_choice(choice: RateChoice, words: _Words) -> Selector:
    rows = {_key(choice.by, key, words): words.rate(rate) for key, rate in choice.rows.items()}
    match = [(words.condition(row.when), words.rate(row.then)) for row in choice.match]
    otherwise = None if choice.otherwise is None else words.rate(choice.otherwise)
    return _selector(choice.by, rows, match, otherwise)


def _amount(limit: int | Quantity | AmountChoice, words: _Words) -> Selector:
    if not isinstance(limit, AmountChoice):
        return Selector(flat=whole(limit))
    if limit.share is not None:
        return Selector(share=words.rate(limit.share), of=limit.of)
    rows = {_key(limit.by, key, words): whole(value) for key, value in limit.rows.items()}
    match = [(words.condition(row.when), whole(row.then)) for row in limit.match]
    otherwise = None if limit.otherwise is None else whole(limit.otherwise)
    return _selector(limit.by, rows, match, otherwise)


def _selector(
    by: str, rows: Mapping[Any, int], match: list[tuple[TypedCondition, int]], otherwise: int | None
) -> Selector:
    conditions = tuple(condition for condition, _ in match)
    facts = tuple(dict.fromkeys(fact.name for condition in conditions for fact in facts_of(condition)))
    tried = tuple((compiled(condition), value) for condition, value in match)
    return Selector(None, by, rows, tried, conditions, otherwise, facts=facts)


def _key(by: str, key: str, words: _Words) -> object:
    return key if by == "tier" else words.vocabulary[by].read(key)


def _limit(cap: Cap, words: _Words) -> Limit:
    return Limit(cap.id, _amount(cap.limit or 0, words), cap.granted_fact, cap.lifted_fact, _liftable(cap, words))


def _count(cap: Cap, most: int, words: _Words) -> Count:
    return Count(cap.id, most, cap.granted_fact, cap.lifted_fact, _liftable(cap, words), cap.over_fact)


def _liftable(cap: Cap, words: _Words) -> Test | None:
    return compiled(words.condition(cap.liftable_when)) if cap.liftable_when is not None else None


def _read(added: list[TypedCondition], caps: list[Cap], words: _Words) -> Iterator[str]:
    lifting = [words.condition(cap.liftable_when) for cap in caps if cap.liftable_when is not None]
    return (fact.name for condition in (*added, *lifting) for fact in facts_of(condition))


def _sheet(pack: PolicyPack, kind: str) -> tuple[str, int] | None:
    rule = next((rule for rule in pack.voucher if kind in rule.kinds), None)
    return (rule.id, rule.face) if rule is not None and rule.face is not None else None
