"""The values of a fact at which comparisons turn: every threshold, one unit beside it, and something else besides."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from vouchers.policy.pack.conditions import Operator
from vouchers.policy.pack.values import Term
from vouchers.policy.rules.eligibility import TypedLeaf
from vouchers.policy.rules.facts import SHARE_STEP, FactKind, FactType
from vouchers.policy.rules.relations import Relation

OTHER = "其他"
_UNITS = {FactKind.COUNT: 1, FactKind.MONEY: 1, FactKind.SHARE: SHARE_STEP}
_DENIED = frozenset({Operator.EXCLUDES, Operator.INCLUDES_NONE})


def turning_values(fact: FactType, leaves: Sequence[TypedLeaf], on: date) -> list[Any]:
    """Values of a fact, enough to try every outcome that comparisons of this fact alone can have together."""
    mine = [leaf for leaf in leaves if leaf.fact.name == fact.name and not isinstance(leaf.value, Relation)]
    match fact.kind:
        case FactKind.FLAG:
            values: set[Any] = {True, False}
        case FactKind.CHOICE:
            values = set(fact.options or ())
        case FactKind.DATE | FactKind.DATES:
            days = {day for leaf in mine for day in _days(leaf, on)} | {on}
            values = {(day,) for day in days} | {()} if fact.kind is FactKind.DATES else set(days)
        case FactKind.WORDS:
            values = _word_sets(mine)
        case FactKind.TEXT | FactKind.AREA:
            values = {word for leaf in mine for word in words_of(leaf)} | {OTHER}
        case _:
            values = _numbers(mine, _UNITS[fact.kind])
    return sorted(values, key=str)


def words_of(leaf: TypedLeaf) -> tuple[str, ...]:
    """The words that a comparison names."""
    return tuple(sorted(leaf.value)) if isinstance(leaf.value, frozenset) else (str(leaf.value),)


def _word_sets(leaves: Sequence[TypedLeaf]) -> set[Any]:
    words = {word for leaf in leaves for word in words_of(leaf)}
    denied = {word for leaf in leaves if leaf.operator in _DENIED for word in words_of(leaf)}
    sets = {frozenset({word}) for word in words}
    return sets | {frozenset(), frozenset(words), frozenset(words - denied), frozenset({OTHER})}


def _numbers(leaves: Sequence[TypedLeaf], unit: Any) -> set[Any]:
    found = {value + one for leaf in leaves for value in _parts(leaf.value) for one in (-unit, 0, unit)}
    return {value for value in found if value >= 0} | {0 * unit}


def _parts(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | frozenset) else (value,)


def _days(leaf: TypedLeaf, on: date) -> Iterator[date]:
    edges = [leaf.value.before(on)] if isinstance(leaf.value, Term) else _parts(leaf.value)
    yield from (edge + timedelta(days=one) for edge in edges for one in (-1, 0, 1))
