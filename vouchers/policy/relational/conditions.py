"""Conditions as expressions of three values, and whether what is missing is to be supplied or to be judged."""

import operator as op
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import reduce
from typing import Any

import ibis

from vouchers.policy.pack.conditions import Operator
from vouchers.policy.pack.values import Term
from vouchers.policy.relational.columns import MOST, TYPES, CannotSay, column_of, over_column
from vouchers.policy.relational.whole import Whole, fixed
from vouchers.policy.rules.eligibility import TypedCondition, TypedLeaf, facts_of
from vouchers.policy.rules.facts import FactKind, FactType, Supplier
from vouchers.policy.rules.relations import Relation

YES, NO = ibis.literal(value=True), ibis.literal(value=False)


@dataclass(frozen=True, slots=True)
class Truth:
    """`holds` is NULL while undecided; then `is_unknown` tells what must be supplied from what is to be judged."""

    holds: Any
    is_unknown: Any


def truth(condition: TypedCondition, table: Any, on: date) -> Truth:
    """A condition on the rows of a table."""
    if isinstance(condition, TypedLeaf):
        return _leaf(condition, table, on)
    parts = [truth(part, table, on) for part in condition.parts]
    holds = reduce(op.and_ if condition.every else op.or_, (part.holds for part in parts))
    if not any(_is_judged(fact) for fact in facts_of(condition)):
        return Truth(holds, YES)
    return Truth(holds, reduce(op.or_, (undecided(part.holds) & part.is_unknown for part in parts)))


def _is_judged(fact: FactType) -> bool:
    return fact.supplier is Supplier.REVIEWER


def undecided(holds: Any) -> Any:
    """Whether a truth is NULL: not by `isnull`, which Ibis 12 writes NOT (x) IS NULL, and SQL reads NOT (x IS NULL)."""
    return holds.fill_null(YES) != holds.fill_null(NO)


def is_missing(table: Any, name: str) -> Any:
    """Whether a row lacks a fact."""
    return table[column_of(name)].isnull()


def amount_in(table: Any, fact: FactType) -> Whole:
    """The whole number that a fact holds."""
    if fact.kind not in MOST:
        raise CannotSay(f"“{fact.label}”不是金额或数量")
    return Whole(table[column_of(fact.name)], MOST[fact.kind])


def equals(table: Any, fact: FactType, value: Any) -> Any:
    """Whether a fact is this value."""
    if isinstance(value, Fraction):
        return _share_in(table, fact, value, op.eq)
    return table[column_of(fact.name)] == value


def _leaf(leaf: TypedLeaf, table: Any, on: date) -> Truth:
    if leaf.fact.kind not in TYPES:
        raise CannotSay(f"“{leaf.fact.label}”（{leaf.fact.kind}）不是登记册能写的一列")
    if isinstance(leaf.value, Relation):
        return _related(leaf, leaf.value, table)
    if isinstance(leaf.value, Term):
        holds = _within(table, leaf, on)
    elif leaf.fact.kind is FactKind.SHARE:
        holds = _SHARES[leaf.operator](table, leaf.fact, leaf.value)
    else:
        holds = _HOLDS[leaf.operator](table[column_of(leaf.fact.name)], leaf.value)
    return Truth(holds, NO if _is_judged(leaf.fact) else YES)


def _within(table: Any, leaf: TypedLeaf, on: date) -> Any:
    start, days = leaf.value.before(on), table[column_of(leaf.fact.name)]
    if leaf.fact.kind is FactKind.DATES:
        found = days.filter(lambda day: (day > start) & (day <= on)).length() > 0
        found = ibis.ifelse(days.isnull(), ibis.null("boolean"), found)  # PostgreSQL unnests no list as an empty one
    else:
        found = (days > start) & (days <= on)
    return found if leaf.operator is Operator.WITHIN else ~found


def _related(leaf: TypedLeaf, relation: Relation, table: Any) -> Truth:
    if leaf.fact.kind is FactKind.DATE:
        seen, bound = table[column_of(leaf.fact.name)], table[column_of(relation.other.name)]
        if relation.plus is not None:
            bound = bound + _interval(relation.plus)
    else:
        share = Fraction(1) if relation.share is None else relation.share
        seen, bound = (amount_in(table, leaf.fact) * fixed(share.denominator)).compared(
            amount_in(table, relation.other) * fixed(share.numerator)
        )
    holds = _COMPARED[leaf.operator](seen, bound)
    if not _is_judged(leaf.fact) and not _is_judged(relation.other):
        return Truth(holds, YES)
    first, second = (NO if _is_judged(fact) else YES for fact in (leaf.fact, relation.other))
    return Truth(holds, ibis.ifelse(is_missing(table, leaf.fact.name), first, second))


def _interval(term: Term) -> Any:
    if term.unit == "day":
        return ibis.interval(days=term.count)
    return ibis.interval(months=term.count * (12 if term.unit == "year" else 1))


def _share_in(table: Any, fact: FactType, value: Fraction, compare: Callable[[Any, Any], Any]) -> Any:
    most = 10**9  # neither part of a share has more digits
    seen = Whole(table[column_of(fact.name)], most) * fixed(value.denominator)
    bound = Whole(table[over_column(fact.name)], most) * fixed(value.numerator)
    return compare(*seen.compared(bound))


def _share(compare: Callable[[Any, Any], Any]) -> Callable[[Any, FactType, Any], Any]:
    return lambda table, fact, value: _share_in(table, fact, value, compare)


def _share_between(table: Any, fact: FactType, value: tuple[Fraction, Fraction]) -> Any:
    return _share_in(table, fact, value[0], op.ge) & _share_in(table, fact, value[1], op.le)


def _share_among(table: Any, fact: FactType, values: frozenset[Fraction]) -> Any:
    return reduce(op.or_, (_share_in(table, fact, value, op.eq) for value in sorted(values)))


_SHARES: Mapping[Operator, Callable[[Any, FactType, Any], Any]] = {
    Operator.IS: _share(op.eq),
    Operator.IS_NOT: _share(op.ne),
    Operator.AT_LEAST: _share(op.ge),
    Operator.LESS_THAN: _share(op.lt),
    Operator.AT_MOST: _share(op.le),
    Operator.MORE_THAN: _share(op.gt),
    Operator.BETWEEN: _share_between,
    Operator.OUTSIDE: lambda table, fact, value: ~_share_between(table, fact, value),
    Operator.IN: _share_among,
    Operator.NOT_IN: lambda table, fact, value: ~_share_among(table, fact, value),
}
_COMPARED: Mapping[Operator, Callable[[Any, Any], Any]] = {
    Operator.AT_LEAST_OF: op.ge,
    Operator.LESS_THAN_OF: op.lt,
    Operator.AT_MOST_OF: op.le,
    Operator.MORE_THAN_OF: op.gt,
}


def _contains_any(seen: Any, words: frozenset[str]) -> Any:
    return reduce(op.or_, (seen.contains(word) for word in sorted(words)))


_HOLDS: Mapping[Operator, Callable[[Any, Any], Any]] = {
    Operator.IS: op.eq,
    Operator.IS_NOT: op.ne,
    Operator.IN: lambda seen, values: seen.isin(sorted(values)),
    Operator.NOT_IN: lambda seen, values: ~seen.isin(sorted(values)),
    Operator.IN_LIST: lambda seen, values: seen.isin(sorted(values)),
    Operator.NOT_IN_LIST: lambda seen, values: ~seen.isin(sorted(values)),
    Operator.AT_LEAST: op.ge,
    Operator.LESS_THAN: op.lt,
    Operator.AT_MOST: op.le,
    Operator.MORE_THAN: op.gt,
    Operator.BETWEEN: lambda seen, value: (seen >= value[0]) & (seen <= value[1]),
    Operator.OUTSIDE: lambda seen, value: (seen < value[0]) | (seen > value[1]),
    Operator.INCLUDES: lambda seen, word: seen.contains(word),
    Operator.EXCLUDES: lambda seen, word: ~seen.contains(word),
    Operator.INCLUDES_ANY: _contains_any,
    Operator.INCLUDES_NONE: lambda seen, words: ~_contains_any(seen, words),
    Operator.IN_AREA: lambda seen, area: seen.startswith(area),
    Operator.OUTSIDE_AREA: lambda seen, area: ~seen.startswith(area),
}
