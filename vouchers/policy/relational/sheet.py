"""The sheet an amount is worked out on, as a table that grows by a column a step; and what is missing on each row."""

import operator as op
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any

import ibis

from vouchers.policy.relational.columns import column_of
from vouchers.policy.relational.conditions import NO, Truth, amount_in, equals, is_missing, truth, undecided
from vouchers.policy.relational.whole import Whole, fixed
from vouchers.policy.rules.amount_plan import AmountPlan, Selector
from vouchers.policy.rules.eligibility import TypedCondition, facts_of
from vouchers.policy.rules.facts import FactType


@dataclass(slots=True)
class Sheet:
    """What is worked on: the table so far, the plan, the words, the day; columns of its own begin with `mark`."""

    table: Any
    plan: AmountPlan
    vocabulary: Mapping[str, FactType]
    on: date
    mark: str
    missing: list[tuple[str, Any]] = field(default_factory=list)
    kept: int = 0

    def keep(self, value: Any) -> Any:
        """A column of the table with this value, so that it is worked out once."""
        (column,) = self.keep_all([value])
        return column

    def keep_all(self, values: list[Any]) -> list[Any]:
        """A column for each value."""
        names = [f"{self.mark}:{self.kept + position}" for position in range(len(values))]
        self.kept += len(values)
        self.table = self.table.mutate(**dict(zip(names, values, strict=True)))
        return [self.table[name] for name in names]

    def keep_whole(self, number: Whole) -> Whole:
        """A column with this number."""
        return Whole(self.keep(number.value), number.most)

    def money(self, name: str) -> Whole:
        """The amount that a fact holds; rows without it are noted."""
        self.note(name, is_missing(self.table, name))
        return amount_in(self.table, self.vocabulary[name])

    def note(self, name: str, is_lacking: Any) -> None:
        """Rows on which a fact is missing for the amount."""
        self.missing.append((name, is_lacking))

    def truth(self, condition: TypedCondition) -> Truth:
        """A condition on these rows."""
        return truth(condition, self.table, self.on)


def choose(sheet: Sheet, selector: Selector, tier: Any) -> Whole:
    """The value of each row, NULL where no row of the choice fits; facts that are missing for it are noted."""
    if selector.rows is not None and selector.by:
        return _by_fact(sheet, selector, selector.rows, tier)
    if selector.conditions:
        return _first(sheet, selector)
    if selector.of:
        return sheet.money(selector.of) * fixed(selector.share) // fixed(sheet.plan.whole)
    return fixed(selector.flat or 0)


def _by_fact(sheet: Sheet, selector: Selector, rows: Mapping[Any, int], tier: Any) -> Whole:
    most = max(rows.values(), default=0)
    if selector.by == "tier":
        sheet.note(sheet.plan.tiers.by or "tier", tier.isnull())
        branches = [(tier == key, fixed(value).value) for key, value in rows.items()]
    else:
        fact = sheet.vocabulary[selector.by]
        sheet.note(fact.name, is_missing(sheet.table, fact.name))
        branches = [(equals(sheet.table, fact, key), fixed(value).value) for key, value in rows.items()]
    return Whole(ibis.cases(*branches, else_=ibis.null("int64")), most)


def _first(sheet: Sheet, selector: Selector) -> Whole:
    """The first row whose condition holds; where one before it cannot be told, all that is missing is asked for."""
    nothing: Any = ibis.null("int64")
    branches, is_decided = [], NO
    for (_, value), condition in zip(selector.match, selector.conditions, strict=True):
        holds = sheet.truth(condition).holds
        is_open = undecided(holds)
        for fact in facts_of(condition):
            sheet.note(fact.name, ~is_decided & is_open & is_missing(sheet.table, fact.name))
        branches += [(holds, fixed(value).value), (is_open, nothing)]
        is_decided = is_decided | holds.fill_null(NO)
    values = [value for _, value in selector.match]
    rest = nothing if selector.otherwise is None else fixed(selector.otherwise).value
    return Whole(ibis.cases(*branches, else_=rest), max([*values, selector.otherwise or 0]))


def tier_of(sheet: Sheet) -> Any:
    """The tier a row names, or the one its amount lies in; NULL where there is none."""
    tiers = sheet.plan.tiers
    given = sheet.table[column_of("tier")]
    if not tiers.by:
        return sheet.keep(given)
    amount = amount_in(sheet.table, sheet.vocabulary[tiers.by])
    rows = reversed(list(zip(tiers.starts, tiers.keys, strict=True)))
    branches = [(amount.reaches(fixed(start)), ibis.literal(key)) for start, key in rows]
    return sheet.keep(ibis.coalesce(given, ibis.cases(*branches, else_=ibis.null("string"))))


def some(conditions: list[Any]) -> Any:
    """Whether any holds; NULL counts as no."""
    return reduce(op.or_, (condition.fill_null(NO) for condition in conditions), NO)
