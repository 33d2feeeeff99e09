"""What rules choose from, in words: rows, conditions, slices and amounts."""

from collections.abc import Callable, Iterator
from typing import Any

from vouchers.policy.explanation.findings import shown_value, wanted_words
from vouchers.policy.explanation.words import of_plan, shown_amount
from vouchers.policy.explanation.words import spoken as _
from vouchers.policy.pack.bases import Bounds
from vouchers.policy.pack.conditions import Condition
from vouchers.policy.pack.selectors import AmountChoice, RateChoice
from vouchers.policy.pack.values import Quantity, percent
from vouchers.policy.rules.compiled import CompiledPack, wanted_of
from vouchers.policy.rules.eligibility import typed
from vouchers.policy.rules.facts import FactKind

Lines = Iterator[str]


def chosen(compiled: CompiledPack, choice: RateChoice | AmountChoice, shown: Callable[[Any], str]) -> Lines:
    """A line for each row of a choice."""
    order = _order(compiled, choice.by)
    for value, then in sorted(choice.rows.items(), key=lambda row: order.index(row[0]) if row[0] in order else -1):
        yield _("%(case)s：%(value)s", case=_row_name(compiled, choice.by, value), value=shown(then))
    for row in choice.match:
        yield _("%(case)s：%(value)s", case=when_words(compiled, row.when), value=shown(row.then))
    if choice.match:
        rest = _("不予支持") if choice.otherwise is None else shown(choice.otherwise)
        yield _("%(case)s：%(value)s", case=_("其余"), value=rest)
    if isinstance(choice, AmountChoice) and choice.share is not None:
        yield _("%(label)s 的 %(share)s", label=label_of(compiled, choice.of), share=percent(choice.share))


def _order(compiled: CompiledPack, by: str) -> list[str]:
    """The values of a choice in the order in which people count them up."""
    if by == "tier":
        return [row.id for table in compiled.pack.amount.tiers for row in table.rows]
    return list(compiled.vocabulary[by].options or ()) if by else []


def _row_name(compiled: CompiledPack, by: str, value: str) -> str:
    if by == "tier":
        rows = (row for table in compiled.pack.amount.tiers for row in table.rows)
        return next((of_plan(compiled.pack, row.name) for row in rows if row.id == value), value)
    fact = compiled.vocabulary[by]
    words = shown_value(compiled, fact, value)
    return f"{label_of(compiled, by)} {words}" if fact.kind is FactKind.FLAG else words


def when_words(compiled: CompiledPack, condition: Condition) -> str:
    """A condition in words."""
    lists = {named.id: named.items for named in compiled.pack.lists}
    return wanted_words(compiled, wanted_of(typed(condition, compiled.vocabulary, lists)))


def label_of(compiled: CompiledPack, fact: str) -> str:
    """What a fact is called."""
    return of_plan(compiled.pack, compiled.vocabulary[fact].label)


def amount_words(amount: int | Quantity | None) -> str:
    """Money, or a quantity with its unit, as people read it."""
    if isinstance(amount, Quantity):
        return shown_amount(amount.count, amount.unit)
    return shown_amount(amount or 0, "")


def range_words(bounds: Bounds) -> str:
    """From where to where a slice goes, and whether its ends count."""
    low, high = bounds.edges
    first = (
        _("%(amount)s（含）起", amount=amount_words(low))
        if bounds.starts is not None
        else _("超过 %(amount)s", amount=amount_words(low))
    )
    if high is None:
        return first
    last = (
        _("不超过 %(amount)s", amount=amount_words(high))
        if bounds.ends is not None
        else _("不足 %(amount)s", amount=amount_words(high))
    )
    return last if low == 0 and bounds.starts is not None else _("%(first)s，%(last)s", first=first, last=last)
