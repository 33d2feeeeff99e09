"""Which value a case gets: the fixed one, the row of a fact, the first condition that holds, or a share of a fact."""

from typing import NamedTuple

from vouchers.policy.rules.amount_plan import Selector
from vouchers.policy.rules.eligibility import FAIL, PASS, facts_of
from vouchers.policy.rules.sheet import Sheet


class Chosen(NamedTuple):
    """The value, None where no row fits; by which value of a fact, or by which row, counted from 1."""

    value: int | None
    by: object = None
    row: int = 0


def choose(sheet: Sheet, selector: Selector) -> Chosen:
    """The value of a case; facts that are missing for it are noted."""
    if selector.rows is not None and selector.by:
        by = _seen(sheet, selector.by)
        return Chosen(selector.rows.get(by), by)
    if selector.conditions:
        return _first(sheet, selector)
    if selector.of:
        amount = sheet.money(selector.of)
        return Chosen(None if amount is None else amount * selector.share // sheet.plan.whole)
    return Chosen(selector.flat)


def _seen(sheet: Sheet, by: str) -> object:
    seen = (sheet.tier or None) if by == "tier" else sheet.facts.get(by)
    if seen is None:
        sheet.missing.append((sheet.plan.tiers.by or "tier") if by == "tier" else by)
    return seen


def _first(sheet: Sheet, selector: Selector) -> Chosen:
    """The first row whose condition holds; where one before it cannot be told, all that is missing is asked for."""
    waits = False
    for row, (test, value) in enumerate(selector.match, start=1):
        outcome = test(sheet.facts, sheet.on)
        if outcome is PASS:
            return Chosen(None if waits else value, None, row)
        if outcome is not FAIL:
            waits = True
            names = (fact.name for fact in facts_of(selector.conditions[row - 1]))
            sheet.missing.extend(name for name in names if name not in sheet.facts)
    return Chosen(None if waits else selector.otherwise, None, len(selector.match) + 1)
