"""The base: what is added up, taken off, held under other measures, and the days of it that count; kept exact."""

from datetime import date, timedelta
from typing import Any

from vouchers.policy.rules.amount_plan import SERVICE_DAYS, BasePlan, Days
from vouchers.policy.rules.rounding import rounded_ratio
from vouchers.policy.rules.sheet import Sheet, Step

Exact = tuple[int, int]
"""An amount in fen, or units, as numerator and denominator."""


def worked_base(sheet: Sheet, base: BasePlan) -> Exact | None:
    """The base; None while one of its facts is missing."""
    total = _sum(sheet, base)
    if base.less or base.least or base.on_top or len(base.facts) > 1:
        total = _less(sheet, base, total)
        if total is not None:
            sheet.steps.append(Step("base-total", base.rule, total))
    exact = None if total is None else (total, 1)
    if base.days is not None:
        exact = _prorated(sheet, base, base.days, exact)
    return _rounded(sheet, exact) if exact is not None and base.rounds else exact


def _sum(sheet: Sheet, base: BasePlan) -> int | None:
    total: int | None = 0
    for name in base.facts:
        part = sheet.money(name)
        if part is not None:
            sheet.steps.append(Step("base", base.rule, part, name))
        total = None if part is None or total is None else total + part
    return total


def _less(sheet: Sheet, base: BasePlan, total: int | None) -> int | None:
    taken_off = [*((base.rule, name) for name in base.less), *base.on_top]
    for rule, name in taken_off:
        taken = sheet.money(name)
        if taken is not None and total is not None:
            sheet.steps.append(Step("less", rule, -taken, name))
            total = max(0, total - taken)
    for name in base.least:
        most = sheet.money(name)
        if most is not None and total is not None:
            sheet.steps.append(Step("least", base.rule, most, name, most < total))
            total = min(total, most)
    return total


def _prorated(sheet: Sheet, base: BasePlan, days: Days, exact: Exact | None) -> Exact | None:
    """The part of the base that the days of service in the period are of all days of service."""
    first, last = (_day(sheet, name) for name in SERVICE_DAYS)
    start, end = _period(sheet, days)
    if exact is None or first is None or last is None or start is None or end is None:
        return None
    last, end = (last, end) if days.both_ends else (last - timedelta(days=1), end)
    served = (last - first).days + 1
    counted = max(0, (min(last, end) - max(first, start)).days + 1)
    num, den = (exact[0] * counted, exact[1] * served) if served > 0 else (0, 1)
    sheet.steps.append(Step("prorate", base.rule, num // den, counted, max(0, served)))
    return num, den


def _period(sheet: Sheet, days: Days) -> tuple[date | None, date | None]:
    if days.into == "calendar-year":
        return date(sheet.on.year, 1, 1), date(sheet.on.year, 12, 31)
    if days.facts:
        return _day(sheet, days.facts[0]), _day(sheet, days.facts[1])
    return days.first, days.last


def _day(sheet: Sheet, name: str) -> date | None:
    seen: Any = sheet.facts.get(name)
    if seen is None:
        sheet.missing.append(name)
        return None
    return seen if isinstance(seen, date) else None


def _rounded(sheet: Sheet, exact: Exact) -> Exact:
    rule, step, mode = sheet.plan.rounding
    num, den = exact
    rounded = rounded_ratio(num, den * step, mode) * step
    sheet.steps.append(Step("base-rounding", rule, rounded, step, mode))
    return rounded, 1
