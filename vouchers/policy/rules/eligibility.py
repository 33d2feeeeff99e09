"""Conditions compiled to closures: four outcomes, and what would change a no."""

import operator as op
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any

from vouchers.policy.pack.conditions import AllOf, AnyOf, Condition, Leaf, Operator
from vouchers.policy.pack.values import Term, read_term
from vouchers.policy.rules.facts import ORDERED, FactKind, Facts, FactType, Supplier, suggestion
from vouchers.policy.rules.relations import COMPARED, Relation, read_relation


class Outcome(StrEnum):
    """What came of a condition."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    REVIEW = "review"


Test = Callable[[Facts, date], Outcome]
Lists = Mapping[str, Mapping[str, str]]

PASS, FAIL, UNKNOWN, REVIEW = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.REVIEW
_SCALARS = {FactKind.FLAG, FactKind.CHOICE, FactKind.TEXT, FactKind.AREA} | ORDERED
_FITTING: Mapping[Operator, frozenset[FactKind]] = {
    Operator.IS: frozenset(_SCALARS),
    Operator.IN: frozenset(_SCALARS - {FactKind.FLAG}),
    Operator.IN_LIST: frozenset({FactKind.TEXT, FactKind.CHOICE}),
    Operator.AT_LEAST: ORDERED,
    Operator.AT_MOST: ORDERED,
    Operator.BETWEEN: ORDERED,
    Operator.INCLUDES: frozenset({FactKind.WORDS}),
    Operator.INCLUDES_ANY: frozenset({FactKind.WORDS}),
    Operator.WITHIN: frozenset({FactKind.DATES, FactKind.DATE}),
    Operator.IN_AREA: frozenset({FactKind.AREA}),
    Operator.AT_LEAST_OF: COMPARED,
    Operator.AT_MOST_OF: COMPARED,
}
_ALL = list(Operator)
_RELATED = frozenset({Operator.AT_LEAST_OF, Operator.AT_MOST_OF})


@dataclass(frozen=True, slots=True)
class TypedLeaf:
    """A comparison whose fact is known and whose value has its type."""

    fact: FactType
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class TypedGroup:
    """Typed parts that must all hold, or of which one must."""

    every: bool
    parts: tuple["TypedCondition", ...]


TypedCondition = TypedLeaf | TypedGroup


def typed(condition: Condition, vocabulary: Mapping[str, FactType], lists: Lists) -> TypedCondition:
    """The condition with typed values; ValueError with a sentence where a word or value does not fit."""
    match condition:
        case Leaf():
            return typed_leaf(condition, vocabulary, lists)
        case AllOf(parts):
            return TypedGroup(True, tuple(typed(part, vocabulary, lists) for part in parts))  # noqa: FBT003
        case AnyOf(parts):
            return TypedGroup(False, tuple(typed(part, vocabulary, lists) for part in parts))  # noqa: FBT003


def typed_leaf(leaf: Leaf, vocabulary: Mapping[str, FactType], lists: Lists) -> TypedLeaf:
    """One comparison, typed."""
    fact = vocabulary.get(leaf.fact)
    if fact is None:
        raise ValueError(f"不认识事实“{leaf.fact}”。{suggestion(leaf.fact, vocabulary)}")
    positive = _ALL[_ALL.index(leaf.operator) // 2 * 2]
    if fact.kind not in _FITTING[positive]:
        raise ValueError(f"“{fact.label}”不能用 {leaf.operator} 比较")
    if positive in _RELATED:
        return TypedLeaf(fact, leaf.operator, read_relation(fact, leaf.value, vocabulary))
    return TypedLeaf(fact, leaf.operator, _typed_value(positive, leaf.value, fact, lists))


def compiled(condition: TypedCondition) -> Test:
    """The condition as one closure; compile once per version, call per case."""
    if isinstance(condition, TypedLeaf):
        return _compiled_leaf(condition)
    parts = tuple(compiled(part) for part in condition.parts)
    return _every(parts) if condition.every else _some(parts)


def facts_of(condition: TypedCondition) -> tuple[FactType, ...]:
    """The facts a condition looks at, each once."""
    if isinstance(condition, TypedLeaf):
        related = (condition.value.other,) if isinstance(condition.value, Relation) else ()
        return (condition.fact, *related)
    found = {fact.name: fact for part in condition.parts for fact in facts_of(part)}
    return tuple(found.values())


def _typed_value(positive: Operator, raw: object, fact: FactType, lists: Lists) -> Any:
    if positive is Operator.IN_LIST:
        if not isinstance(raw, str) or raw not in lists:
            raise ValueError(f"没有名单“{raw}”。{suggestion(str(raw), lists)}")
        return frozenset(lists[raw])
    reader = _VALUES.get(positive, FactType.read)
    return reader(fact, raw)


def _term(_fact: FactType, raw: object) -> Term:
    term = read_term(raw)
    if term.unit == "working day":
        raise ValueError("信用记录的年限用 years、months 或 days")
    return term


def _some_of(fact: FactType, raw: object) -> frozenset[Any]:
    if not isinstance(raw, list) or not raw:
        raise ValueError("这里要写成列表 [甲, 乙]")
    return frozenset(fact.read(item) for item in raw)


def _range(fact: FactType, raw: object) -> tuple[Any, Any]:
    if not isinstance(raw, list) or len(raw) != 2:  # noqa: PLR2004  a range has two ends
        raise ValueError("区间要写成 [下限, 上限]，两端都含")
    low, high = fact.read(raw[0]), fact.read(raw[1])
    if low > high:  # type: ignore[operator]  # both of the fact's ordered type
        raise ValueError("区间的下限大于上限")
    return low, high


def _words(fact: FactType, raw: object) -> frozenset[str]:
    words = fact.read(raw)
    if not isinstance(words, frozenset) or not words:
        raise ValueError("这里要写出至少一个词")
    return words


def _word(_fact: FactType, raw: object) -> str:
    if not isinstance(raw, str) or not raw:
        raise ValueError("这里要写一个词")
    return raw


_VALUES: Mapping[Operator, Callable[[FactType, object], Any]] = {
    Operator.WITHIN: _term,
    Operator.INCLUDES: _word,
    Operator.INCLUDES_ANY: _words,
    Operator.IN: _some_of,
    Operator.BETWEEN: _range,
}


def _compiled_leaf(leaf: TypedLeaf) -> Test:
    name = leaf.fact.name
    missing = missing_outcome(leaf.fact)
    if isinstance(leaf.value, Term):
        return _compiled_term(name, leaf, missing)
    if isinstance(leaf.value, Relation):
        return _compiled_relation(leaf, leaf.value)
    holds = holding(leaf)

    def test(facts: Facts, on: date) -> Outcome:  # noqa: ARG001  one shape for all tests
        seen = facts.get(name)
        if seen is None:
            return missing
        return PASS if holds(seen) else FAIL

    return test


def holding(leaf: TypedLeaf) -> Callable[[Any], bool]:
    """The bare comparison of a seen value."""
    value = leaf.value
    return _HOLDS[leaf.operator](value)


def is_within(days: tuple[date, ...], term: Term, on: date) -> bool:
    """Whether one of the days lies in the term that ends today."""
    start = term.before(on)
    return any(start < day <= on for day in days)


def dates_of(seen: Any) -> tuple[date, ...]:
    """The dates of a fact that holds one date or several."""
    return seen if isinstance(seen, tuple) else (seen,)


def missing_outcome(fact: FactType) -> Outcome:
    """What a missing fact comes to: awaited where a reviewer judges it, unknown elsewhere."""
    return REVIEW if fact.supplier is Supplier.REVIEWER else UNKNOWN


def _compiled_term(name: str, leaf: TypedLeaf, missing: Outcome) -> Test:
    term, wanted = leaf.value, leaf.operator is Operator.WITHIN

    def test(facts: Facts, on: date) -> Outcome:
        seen = facts.get(name)
        if seen is None:
            return missing
        return PASS if is_within(dates_of(seen), term, on) is wanted else FAIL

    return test


def _compiled_relation(leaf: TypedLeaf, relation: Relation) -> Test:
    name, compare = leaf.fact.name, _COMPARE[leaf.operator]
    missing, missing_other = missing_outcome(leaf.fact), missing_outcome(relation.other)

    def test(facts: Facts, on: date) -> Outcome:  # noqa: ARG001  one shape for all tests
        seen, bound = facts.get(name), relation.bound(facts)
        if seen is None or bound is None:
            return missing if seen is None else missing_other
        return PASS if compare(seen, bound) else FAIL

    return test


def _every(parts: tuple[Test, ...]) -> Test:
    def test(facts: Facts, on: date) -> Outcome:
        worst = PASS
        for part in parts:
            outcome = part(facts, on)
            if outcome is FAIL:
                return FAIL
            if outcome is not PASS and worst is not UNKNOWN:
                worst = outcome
        return worst

    return test


def _some(parts: tuple[Test, ...]) -> Test:
    def test(facts: Facts, on: date) -> Outcome:
        best = FAIL
        for part in parts:
            outcome = part(facts, on)
            if outcome is PASS:
                return PASS
            if outcome is not FAIL and best is not UNKNOWN:
                best = outcome
        return best

    return test


def _negated(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda seen: not holds(seen)


_COMPARE: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.AT_LEAST_OF: op.ge,
    Operator.LESS_THAN_OF: op.lt,
    Operator.AT_MOST_OF: op.le,
    Operator.MORE_THAN_OF: op.gt,
}

_HOLDS: Mapping[Operator, Callable[[Any], Callable[[Any], bool]]] = {
    Operator.IS: lambda value: partial(op.eq, value),
    Operator.IS_NOT: lambda value: partial(op.ne, value),
    Operator.IN: lambda value: value.__contains__,
    Operator.NOT_IN: lambda value: _negated(value.__contains__),
    Operator.IN_LIST: lambda value: value.__contains__,
    Operator.NOT_IN_LIST: lambda value: _negated(value.__contains__),
    Operator.AT_LEAST: lambda value: partial(op.le, value),
    Operator.LESS_THAN: lambda value: partial(op.gt, value),
    Operator.AT_MOST: lambda value: partial(op.ge, value),
    Operator.MORE_THAN: lambda value: partial(op.lt, value),
    Operator.BETWEEN: lambda value: lambda seen: value[0] <= seen <= value[1],
    Operator.OUTSIDE: lambda value: lambda seen: not value[0] <= seen <= value[1],
    Operator.INCLUDES: lambda value: lambda seen: value in seen,
    Operator.EXCLUDES: lambda value: lambda seen: value not in seen,
    Operator.INCLUDES_ANY: lambda value: lambda seen: not value.isdisjoint(seen),
    Operator.INCLUDES_NONE: lambda value: value.isdisjoint,
    Operator.IN_AREA: lambda value: lambda seen: seen.startswith(value),
    Operator.OUTSIDE_AREA: lambda value: lambda seen: not seen.startswith(value),
}
