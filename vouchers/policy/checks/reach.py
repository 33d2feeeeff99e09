"""Conditions that can hold: rows that no case reaches, and conditions that contradict themselves.

Every comparison changes its outcome at a few values only; trying those, and one beside each, tries them all. Where a
condition reads so many facts that the trials would be too many, it is left alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.conditions import conditions_in
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.selectors import AmountChoice
from vouchers.policy.pack.values import Term
from vouchers.policy.rules.eligibility import PASS, TypedCondition, TypedGroup, TypedLeaf, compiled, typed
from vouchers.policy.rules.facts import SHARE_STEP, FactKind, FactType
from vouchers.policy.rules.relations import Relation
from vouchers.policy.rules.vocabulary import vocabulary_of

_MOST_TRIALS = 3000
_OTHER = "其他"


def check_reach(context: Context) -> Iterator[PackFinding]:
    """Rows that are never chosen and conditions that never hold."""
    pack, on = context.pack, context.pack.effective.first
    vocabulary, lists = vocabulary_of(pack), {named.id: named.items for named in pack.lists}
    for rule in pack.rules():
        for place, condition in conditions_in(rule):
            if never_holds(typed(condition, vocabulary, lists), on):
                mend = "请核对条件里的数和 all、any、not"
                yield context.finding(rule, "contradiction", "这个条件永远不成立", mend=mend, at=place)
    choices = [(rule, rule.choose, ("choose",)) for rule in pack.amount.rates if rule.choose]
    amounts = [(rule, rule.lump, ("lump",)) for rule in pack.amount.rates]
    amounts += [(rule, rule.limit, ("limit",)) for rule in pack.amount.caps]  # type: ignore[misc]  # rules of two kinds
    choices += [(rule, one, at) for rule, one, at in amounts if isinstance(one, AmountChoice)]  # type: ignore[misc]
    for rule, choice, at in choices:
        rows = [typed(row.when, vocabulary, lists) for row in choice.match]
        for row in unreached(rows, on):
            message = f"第 {row + 1} 行永远用不到，前面的行已经包括了它"
            yield context.finding(rule, "unreachable-row", message, mend="请调整顺序或删去", at=(*at, "match", row))


def never_holds(condition: TypedCondition, on: date) -> bool:
    """Whether no values of the facts make a condition pass."""
    test, trials = compiled(condition), list(_trials([condition], on))
    return bool(trials) and all(test(facts, on) is not PASS for facts in trials)


def unreached(rows: Sequence[TypedCondition], on: date) -> list[int]:
    """The rows that are never the first to hold."""
    tests, trials = [compiled(row) for row in rows], list(_trials(rows, on))
    if not trials:
        return []
    first = {next((at for at, test in enumerate(tests) if test(facts, on) is PASS), None) for facts in trials}
    return [at for at in range(len(rows)) if at not in first]


def _trials(conditions: Sequence[TypedCondition], on: date) -> Iterator[Mapping[str, Any]]:
    values: dict[str, list[Any]] = {}
    for leaf in (leaf for condition in conditions for leaf in _leaves(condition)):
        if isinstance(leaf.value, Relation):
            return
        known = values.setdefault(leaf.fact.name, [])
        known += [value for value in _around(leaf, on) if value not in known]
    if prod(len(found) for found in values.values()) <= _MOST_TRIALS:
        yield from (dict(zip(values, chosen, strict=True)) for chosen in product(*values.values()))


def _leaves(condition: TypedCondition) -> Iterator[TypedLeaf]:
    if isinstance(condition, TypedGroup):
        for part in condition.parts:
            yield from _leaves(part)
    else:
        yield condition


def _around(leaf: TypedLeaf, on: date) -> Iterator[Any]:
    """Values on both sides of everything a comparison tells apart."""
    fact, value = leaf.fact, leaf.value
    if isinstance(value, Term):
        days = [value.before(on), value.before(on) + timedelta(days=1), on]
        yield from ([(), *((day,) for day in days)] if fact.kind is FactKind.DATES else days)
    elif fact.kind is FactKind.FLAG:
        yield from (True, False)
    elif fact.kind is FactKind.WORDS:
        words = value if isinstance(value, frozenset) else frozenset({value})
        yield from (frozenset(), words, *(frozenset({word}) for word in words))
    elif fact.options:
        yield from fact.options
    else:
        several = value if isinstance(value, tuple | frozenset) else (value,)
        for one in several:
            yield from _beside(fact, one)


def _beside(fact: FactType, value: Any) -> tuple[Any, ...]:
    if isinstance(value, str):
        return (value, f"{_OTHER}{fact.name}")
    if isinstance(value, date):
        return (value - timedelta(days=1), value, value + timedelta(days=1))
    step = SHARE_STEP if isinstance(value, Fraction) else 1
    return tuple(one for one in (value - step, value, value + step) if one >= 0)
