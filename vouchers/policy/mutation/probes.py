"""Facts at which two versions of a pack may answer differently: every threshold of both, and one unit beside it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import chain, combinations
from math import ceil, prod
from typing import Any, NamedTuple

from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import conditions_in, leaves
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import Assessment, assess
from vouchers.policy.rules.eligibility import FAIL, TypedLeaf, typed_leaf
from vouchers.policy.rules.facts import FactKind, Facts, FactType
from vouchers.policy.rules.results import Result
from vouchers.policy.rules.turning import turning_values

_LEAST_TELLING = 100_000  # fen
_ODD = (1_234_567, 3_333_333)  # fen that do not divide: they show rounding
_MOST_PAIRS = 1_000  # of each seed


class Probe(NamedTuple):
    """A case near a case of the pack: kind, phase, day, the facts, and which of them were changed."""

    kind: str
    phase: Phase
    on: date
    facts: Facts
    near: str
    changed: tuple[str, ...]


def told_apart(one: CompiledPack, other: CompiledPack, seeds: Iterable[Probe]) -> Probe | None:
    """The first facts at which two packs differ; None where they agree at every threshold that either knows."""
    differing = [seed for seed in seeds if _asked(one, seed) != _asked(other, seed)]
    unique = {(seed.kind, seed.phase, seed.on, frozenset(seed.facts.items())): seed for seed in reversed(differing)}
    places = {(seed.kind, seed.phase, seed.on): seed for seed in unique.values()}
    turns = _Turns([leaf for pack in (one, other) for leaf in pack_leaves(pack)], _amounts(one) | _amounts(other))
    options = {place: _options(one, other, seed, turns) for place, seed in places.items()}
    for depth in (0, 1, 2):
        for seed in reversed(unique.values()):
            for probe in _nearby(seed, options[seed.kind, seed.phase, seed.on], depth):
                if _is_told(answer(one, probe), answer(other, probe)):
                    return probe
    return None


def _asked(pack: CompiledPack, seed: Probe) -> list[Rule]:
    """The rules that have a say at a place: where they are the same, so is every answer."""
    kind, phase = seed.kind, seed.phase
    return [
        rule
        for rule in pack.pack.rules()
        if phase in getattr(rule, "at", (phase,)) and kind in (getattr(rule, "kinds", ()) or (kind,))
    ]


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


def _options(one: CompiledPack, other: CompiledPack, seed: Probe, turns: _Turns) -> dict[str, list[Any]]:
    """The values worth trying for each fact that either plan reads."""
    plans = [pack.plan(seed.kind, seed.phase) for pack in (one, other)]
    names = dict.fromkeys(chain.from_iterable(plan.facts for plan in plans))
    return {name: _values(one.vocabulary[name], turns, seed.on) for name in names if name in one.vocabulary}


def pack_leaves(pack: CompiledPack) -> Iterator[TypedLeaf]:
    """Every comparison that a rule of the pack makes."""
    lists = {named.id: named.items for named in pack.pack.lists}
    for rule in pack.pack.rules():
        for _, condition in conditions_in(rule):
            yield from (typed_leaf(leaf, pack.vocabulary, lists) for leaf in leaves(condition))


def _amounts(pack: CompiledPack) -> frozenset[int]:
    """Every amount at which the calculation turns: limits, tiers, brackets, and the bases that reach a limit."""
    found: set[int] = set()
    for plan in pack.plans.values():
        amount = plan.amount
        if amount is None:
            continue
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
