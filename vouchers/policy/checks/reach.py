"""Conditions that can hold: rows that no case reaches, and conditions that contradict themselves."""

from collections.abc import Iterator, Sequence
from datetime import date

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.conditions import conditions_in
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.selectors import AmountChoice
from vouchers.policy.rules.eligibility import TypedCondition, typed
from vouchers.policy.rules.reasoning import can_hold, negated
from vouchers.policy.rules.vocabulary import vocabulary_of


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
    return not can_hold([condition], on)


def unreached(rows: Sequence[TypedCondition], on: date) -> list[int]:
    """The rows that are never the first to hold."""
    none_before = [negated(row) for row in rows]
    return [at for at, row in enumerate(rows) if not can_hold([*none_before[:at], row], on)]
