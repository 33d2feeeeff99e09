"""What would change the answer: the nearest value that passes, the paper to bring, the day to wait for."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import Any, NamedTuple

from vouchers.policy.pack.conditions import Operator
from vouchers.policy.rules.eligibility import (
    PASS,
    TypedCondition,
    TypedLeaf,
    compiled,
    dates_of,
    facts_of,
    is_within,
)
from vouchers.policy.rules.facts import SHARE_STEP, FactKind, Facts, FactType, FactValue, Supplier
from vouchers.policy.rules.relations import Relation

_MOST_WAYS = 4


class Change(NamedTuple):
    """One fact to change. `action` says how: set, one-of, add, remove, avoid, wait, supply or judge."""

    fact: str
    action: str
    value: Any = None
    document: str = ""


Ways = tuple[tuple[Change, ...], ...]
ToldWays = tuple[tuple[dict[str, Any], ...], ...]


def ways_to_pass(condition: TypedCondition, facts: Facts, on: date) -> Ways:
    """Ways to make a condition pass, the first the shortest; each is a set of changes made together, and was tried."""
    test = compiled(condition)
    if test(facts, on) is PASS:
        return ((),)
    types = {fact.name: fact for fact in facts_of(condition)}

    def is_good(way: tuple[Change, ...]) -> bool:
        try:
            tried = followed(way, facts, on, types)
        except ValueError:
            return False  # beyond what a fact can hold, such as more than a hundred billion yuan
        return tried is None or test(*tried) is PASS

    return tuple(way for way in _ways(condition, facts, on) if is_good(way))


def told_ways(ways: Ways) -> ToldWays:
    """The same as plain values."""
    return tuple(tuple(change._asdict() for change in way) for way in ways)


def followed(
    way: tuple[Change, ...], facts: Facts, on: date, types: Mapping[str, FactType]
) -> tuple[dict[str, FactValue], date] | None:
    """The facts and the day once the changes are made; None where a person must say what they come to."""
    after, day = dict(facts), on
    for change in way:
        words, value = after.get(change.fact), change.value
        match change.action:
            case "wait":
                day = max(day, date.fromisoformat(value))
            case "add" | "remove" if isinstance(words, frozenset):
                after[change.fact] = words | {value} if change.action == "add" else words - set(value)
            case "set" | "one-of":
                after[change.fact] = types[change.fact].read(value[0] if change.action == "one-of" else value)
            case _:
                return None
    return after, day


def _ways(condition: TypedCondition, facts: Facts, on: date) -> Ways:
    """Ways for a condition that does not pass."""
    if isinstance(condition, TypedLeaf):
        if isinstance(condition.value, Relation):
            return _related(condition, condition.value, facts)
        change = _change(condition, facts, on)
        return () if change is None else ((change,),)
    ways = [((),) if compiled(part)(facts, on) is PASS else _ways(part, facts, on) for part in condition.parts]
    if not condition.every:
        return tuple(sorted((way for found in ways for way in found), key=len))[:_MOST_WAYS]
    return tuple(sorted((_together(choice) for choice in product(*ways)), key=len))[:_MOST_WAYS]


def _together(ways: Ways) -> tuple[Change, ...]:
    changes: list[Change] = []
    for way in ways:
        changes += [change for change in way if change not in changes]
    return tuple(changes)


def _related(leaf: TypedLeaf, relation: Relation, facts: Facts) -> Ways:
    """The nearest value of the fact beside the other one; whichever is missing is to be supplied first."""
    missing = [fact for fact in (leaf.fact, relation.other) if fact.name not in facts]
    if missing:
        return (tuple(_asked(fact) for fact in missing),)
    bound = relation.bound(facts)
    value = _beside(leaf.operator, bound)
    if not isinstance(value, date) and value < 0:
        return ()
    return ((Change(leaf.fact.name, "set", leaf.fact.written(value), leaf.fact.document),),)


def _beside(operator: Operator, bound: Any) -> Any:
    """The whole value nearest to a bound that meets the comparison."""
    sign = {Operator.LESS_THAN_OF: -1, Operator.MORE_THAN_OF: 1}.get(operator, 0)
    if isinstance(bound, date):
        return bound + timedelta(days=sign)
    up = operator in {Operator.AT_LEAST_OF, Operator.LESS_THAN_OF}
    return (ceil(bound) if up else floor(bound)) + sign


def _asked(fact: FactType) -> Change:
    action = "judge" if fact.supplier is Supplier.REVIEWER else "supply"
    return Change(fact.name, action, None, fact.document)


def _change(leaf: TypedLeaf, facts: Facts, on: date) -> Change | None:
    seen = facts.get(leaf.fact.name)
    if seen is None:
        return _asked(leaf.fact)
    found = _NEAREST[leaf.operator](leaf, seen, on)
    if found is None:
        return None
    action, value = found
    return Change(leaf.fact.name, action, value, leaf.fact.document)


def _written(leaf: TypedLeaf, value: Any) -> object:
    return leaf.fact.written(value)


def _set(leaf: TypedLeaf, _seen: Any, _on: date) -> tuple[str, object]:
    return "set", _written(leaf, leaf.value)


def _other(leaf: TypedLeaf, _seen: Any, _on: date) -> tuple[str, object]:
    unwanted = leaf.value if isinstance(leaf.value, frozenset) else {leaf.value}
    if leaf.fact.kind is FactKind.FLAG:
        return "set", not leaf.value
    if leaf.fact.options:
        return "one-of", [option for option in leaf.fact.options if option not in unwanted]
    return "avoid", sorted((_written(leaf, value) for value in unwanted), key=str)


def _one_of(leaf: TypedLeaf, _seen: Any, _on: date) -> tuple[str, object]:
    return "one-of", [_written(leaf, value) for value in sorted(leaf.value)]


def _above(leaf: TypedLeaf, _seen: Any, _on: date) -> tuple[str, object]:
    return "set", _written(leaf, _stepped(leaf.value, 1))


def _below(leaf: TypedLeaf, _seen: Any, _on: date) -> tuple[str, object] | None:
    nearest = _stepped(leaf.value, -1)
    if not isinstance(nearest, date) and nearest < 0:
        return None
    return "set", _written(leaf, nearest)


def _inside(leaf: TypedLeaf, seen: Any, _on: date) -> tuple[str, object]:
    low, high = leaf.value
    return "set", _written(leaf, low if seen < low else high)


def _outside(leaf: TypedLeaf, _seen: Any, _on: date) -> tuple[str, object]:
    return "set", _written(leaf, _stepped(leaf.value[1], 1))


def _add(leaf: TypedLeaf, _seen: Any, _on: date) -> tuple[str, object]:
    return "add", min(leaf.value) if isinstance(leaf.value, frozenset) else leaf.value


def _remove(leaf: TypedLeaf, seen: Any, _on: date) -> tuple[str, object]:
    return "remove", sorted(leaf.value & seen) if isinstance(leaf.value, frozenset) else [leaf.value]


def _wait(leaf: TypedLeaf, seen: Any, on: date) -> tuple[str, object]:
    term, days = leaf.value, dates_of(seen)
    day = max(on, term.after(max(day for day in days if day <= on)))
    while is_within(days, term, day):
        day += timedelta(days=1)
    return "wait", day.isoformat()


def _never(_leaf: TypedLeaf, _seen: Any, _on: date) -> None:
    return None


def _stepped(value: Any, sign: int) -> Any:
    if isinstance(value, date):
        return value + timedelta(days=sign)
    if isinstance(value, Fraction):
        steps = floor(value / SHARE_STEP) + 1 if sign > 0 else ceil(value / SHARE_STEP) - 1
        return steps * SHARE_STEP
    return value + sign


_NEAREST: Mapping[Operator, Callable[[TypedLeaf, Any, date], tuple[str, object] | None]] = {
    Operator.IS: _set,
    Operator.IS_NOT: _other,
    Operator.IN: _one_of,
    Operator.NOT_IN: _other,
    Operator.IN_LIST: _one_of,
    Operator.NOT_IN_LIST: _other,
    Operator.AT_LEAST: _set,
    Operator.LESS_THAN: _below,
    Operator.AT_MOST: _set,
    Operator.MORE_THAN: _above,
    Operator.BETWEEN: _inside,
    Operator.OUTSIDE: _outside,
    Operator.INCLUDES: _add,
    Operator.EXCLUDES: _remove,
    Operator.INCLUDES_ANY: _add,
    Operator.INCLUDES_NONE: _remove,
    Operator.WITHIN: _never,
    Operator.NOT_WITHIN: _wait,
    Operator.IN_AREA: _set,
    Operator.OUTSIDE_AREA: _other,
}
