"""Facts at which two versions of a pack may answer differently: every threshold of both, and one unit beside it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import combinations
from math import ceil, prod
from typing import Any, NamedTuple

from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import conditions_in, leaves
from vouchers.policy.pack.model import NamedList
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import Assessment, assess
from vouchers.policy.rules.eligibility import FAIL, PASS, TypedLeaf, typed_leaf
from vouchers.policy.rules.facts import FactKind, Facts, FactType
from vouchers.policy.rules.results import Result
from vouchers.policy.rules.turning import turning_values

_LEAST_TELLING = 100_000  # fen
_ODD = (1_234_567, 3_333_333)  # fen that do not divide: they show rounding
_MOST_PAIRS = 1_000  # of each seed


Place = tuple[str, Phase]
Packs = tuple[CompiledPack, CompiledPack]


class Probe(NamedTuple):
    """A case near a case of the pack: kind, phase, day, the facts, and which of them were changed."""

    kind: str
    phase: Phase
    on: date
    facts: Facts
    near: str
    changed: tuple[str, ...]


def told_apart(one: CompiledPack, other: CompiledPack, seeds: Iterable[Probe]) -> Probe | None:
    """The first facts at which two packs differ; None where they agree at every threshold that either knows.

    Only the facts of what differs are changed, and of seeds that are alike in those only the best one is taken: the
    rest of a case can hide a difference but not make one.
    """
    packs = (one, other)
    if _rounds_alike(*packs):
        return None
    differing = [seed for seed in seeds if _asked(one, _place(seed)) != _asked(other, _place(seed))]
    read = {place: _read(packs, place) for place in {_place(seed) for seed in differing}}
    turns = {place: _Turns(list(_compared(packs)), _amounts(packs, place)) for place in read}
    differing.sort(key=lambda seed: _lacking(one, seed))  # stable: of equals the first
    seen: set[object] = set()
    for depth in (0, 1, 2):
        for seed in differing:
            names = read[_place(seed)]
            options = _options(packs, names, turns[_place(seed)], seed.on) if depth else {}
            for probe in _nearby(seed, options, depth):
                key = (_place(seed), seed.on, *map(probe.facts.get, names))
                if key not in seen:
                    seen.add(key)
                    if _is_told(answer(one, probe), answer(other, probe)):
                        return probe
    return None


def _asked(pack: CompiledPack, place: Place) -> list[Rule]:
    """The rules that have a say at a place: where they are the same, so is every answer."""
    kind, phase = place
    return [
        rule
        for rule in pack.pack.rules()
        if phase in getattr(rule, "at", (phase,)) and kind in (getattr(rule, "kinds", ()) or (kind,))
    ]


def _rounds_alike(one: CompiledPack, other: CompiledPack) -> bool:
    """Whether two packs differ in the steps of rounding alone, where no step but the last has anything to round.

    A base that is neither prorated nor rounded to more than a fen is whole, and an amount rounded twice is one rounded
    once: no search is needed.
    """
    was, rounding, bases = one.pack.amount.rounding, other.pack.amount.rounding, one.pack.amount.bases
    at_the_end = [rule.model_copy(update={"step": "end"}) for rule in (was, rounding)]
    rest = [
        pack.pack.model_copy(update={"amount": pack.pack.amount.model_copy(update={"rounding": was})})
        for pack in (one, other)
    ]
    return (
        at_the_end[0] == at_the_end[1]
        and rest[0] == rest[1]
        and was.to == 1
        and all(base.prorate is None for base in bases)
    )


def _place(probe: Probe) -> Place:
    return probe.kind, probe.phase


def _lacking(pack: CompiledPack, probe: Probe) -> tuple[int, int]:
    """How many rules refuse a case, and how many cannot be answered: the fewer, the more shows of the others."""
    outcomes = [test(probe.facts, probe.on) for test in pack.plan(*_place(probe)).tests]
    return outcomes.count(FAIL), len(outcomes) - outcomes.count(PASS)


def _read(packs: Packs, place: Place) -> tuple[str, ...]:
    """The facts that what differs at a place looks at: of conditions their own, of amounts all that amounts read."""
    kept = [{rule.id: rule for rule in _asked(pack, place)} for pack in packs]
    differing = {key for key in kept[0].keys() | kept[1].keys() if kept[0].get(key) != kept[1].get(key)}
    names: dict[str, None] = {}
    for pack in packs:
        plan = pack.plan(*place)
        asked = {rule.rule.id: rule.names for rule in plan.rules}
        if not differing or any(isinstance(pack.pack.rule(key), NamedList) for key in differing):
            names.update(dict.fromkeys(plan.facts))
        names.update(dict.fromkeys(name for key in differing for name in asked.get(key, ())))
        if plan.amount is not None and not differing <= asked.keys():
            names.update(dict.fromkeys(plan.amount.facts_read()))
    return tuple(name for name in names if name in packs[0].vocabulary)


class _Turns(NamedTuple):
    """Every comparison of two packs, and every amount at which their calculations turn."""

    compared: list[TypedLeaf]
    amounts: frozenset[int]


def _is_told(stated: "Answer", found: "Answer") -> bool:
    """Whether a case that states the one answer refutes the other; what there is not, no case can state."""
    pairs = zip(stated, found, strict=True)
    return any(one != other and one not in {None, ""} for one, other in pairs)


class Answer(NamedTuple):
    """What a case can state of a decision."""

    result: Result
    refused: frozenset[str]
    tier: str
    maximum: int | None
    binding: str


def answer(pack: CompiledPack, probe: Probe) -> Answer:
    """What a pack answers to a probe."""
    plan = pack.plan(probe.kind, probe.phase)
    found: Assessment = assess(plan, probe.facts, probe.on)
    refused = {rule.rule.id for rule, outcome in zip(plan.rules, found.outcomes, strict=True) if outcome is FAIL}
    worked = found.worked
    if worked is None:
        return Answer(found.result, frozenset(refused), "", None, "")
    if worked.refused and not refused:
        refused.add(worked.refused)
    if refused or found.result is Result.UNKNOWN:  # an amount that waits for facts is nothing to state
        return Answer(found.result, frozenset(refused), worked.tier, None, "")
    return Answer(found.result, frozenset(), worked.tier, worked.maximum, worked.binding)


def _nearby(seed: Probe, options: Mapping[str, list[Any]], depth: int) -> Iterator[Probe]:
    """A seed with so many facts changed; of pairs the ones with few values first, up to a limit."""
    sizes = {name: len(values) for name, values in options.items()}
    chosen = sorted(combinations(options, depth), key=lambda names: prod(sizes[name] for name in names))
    tried = 0
    for names in chosen:
        tried += prod(sizes[name] for name in names)
        if depth > 1 and tried > _MOST_PAIRS:
            break
        yield from (seed._replace(facts=facts, changed=names) for facts in _varied(seed.facts, names, options))


def _varied(facts: Facts, names: tuple[str, ...], options: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    if not names:
        yield dict(facts)
        return
    for value in options[names[0]]:
        for rest in _varied(facts, names[1:], options):
            if value is None:
                rest.pop(names[0], None)
                yield rest
            else:
                yield {**rest, names[0]: value}


def _options(packs: Packs, names: Iterable[str], turns: _Turns, on: date) -> dict[str, list[Any]]:
    """The values worth trying for each of these facts."""
    return {name: _values(packs[0].vocabulary[name], turns, on) for name in names}


def pack_leaves(pack: CompiledPack) -> Iterator[TypedLeaf]:
    """Every comparison that a rule of the pack makes."""
    lists = {named.id: named.items for named in pack.pack.lists}
    for rule in pack.pack.rules():
        for _, condition in conditions_in(rule):
            yield from (typed_leaf(leaf, pack.vocabulary, lists) for leaf in leaves(condition))


def _compared(packs: Packs) -> Iterator[TypedLeaf]:
    return (leaf for pack in packs for leaf in pack_leaves(pack))


def _amounts(packs: Packs, place: Place) -> frozenset[int]:
    """Every amount at which the calculation turns: limits, tiers, brackets, and the bases that reach a limit."""
    found: set[int] = set()
    for amount in filter(None, (pack.plan(*place).amount for pack in packs)):
        limits, rates = amount.turns()
        found |= {value + one for value in limits for one in (-1, 0, 1)}
        shares = {Fraction(rate, amount.whole) for rate in rates if rate}
        found |= {ceil(limit / share) + one for limit in limits for share in shares for one in (-200, 0, 200)}
        found |= {limit - 200 for limit in limits}
    return frozenset(value for value in found if value >= 0) | {0, 1, *_ODD}


def _values(fact: FactType, turns: _Turns, on: date) -> list[Any]:
    values = set(turning_values(fact, turns.compared, on))
    if fact.kind is FactKind.MONEY:  # a few fen make a poor example: they come last
        return [*sorted(values | turns.amounts, key=lambda fen: (fen < _LEAST_TELLING, str(fen))), None]
    return [*sorted(values, key=str), None]
