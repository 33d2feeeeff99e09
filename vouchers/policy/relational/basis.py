"""The base of every row: added up, taken off, held under other measures, and the days of it that count; kept exact."""

from datetime import date
from typing import Any, NamedTuple

import ibis

from vouchers.policy.relational.columns import EARLIEST, LATEST, CannotSay, column_of
from vouchers.policy.relational.conditions import is_missing
from vouchers.policy.relational.sheet import Sheet
from vouchers.policy.relational.whole import Whole, fixed, rounded_to
from vouchers.policy.rules.amount_plan import SERVICE_DAYS, BasePlan, Days
from vouchers.policy.rules.facts import FactKind

_MOST_DAYS = (LATEST - EARLIEST).days + 1


class Exact(NamedTuple):
    """An amount in fen, or units, as numerator and denominator."""

    num: Whole
    den: Whole


def worked_base(sheet: Sheet, base: BasePlan) -> Exact:
    """The base of every row."""
    first, *rest = [sheet.money(name) for name in base.facts]
    total = first
    for part in rest:
        total = total + part
    for name in (*base.less, *(name for _, name in base.on_top)):
        total = total.above(sheet.money(name))
    for name in base.least:
        total = total.least(sheet.money(name))
    exact = Exact(sheet.keep_whole(total), fixed(1))
    if base.days is not None:
        exact = _prorated(sheet, base.days, exact)
    if not base.rounds:
        return exact
    _, step, mode = sheet.plan.rounding
    return Exact(rounded_to(sheet.keep_whole, exact.num, exact.den, step=step, mode=mode), fixed(1))


def _prorated(sheet: Sheet, days: Days, exact: Exact) -> Exact:
    """The part of the base that the days of service in the period are of all days of service."""
    first, last = (_day(sheet, name) for name in SERVICE_DAYS)
    start, end = _period(sheet, days)
    shift = 0 if days.both_ends else 1
    until = _number(last) - shift
    served = until - _number(first) + 1
    counted = ibis.least(until, _number(end)) - ibis.greatest(_number(first), _number(start)) + 1
    served, counted = sheet.keep_all([served, ibis.greatest(counted, 0)])
    num = exact.num * Whole(counted, _MOST_DAYS)
    return Exact(
        sheet.keep_whole(num.where(served > 0, fixed(0))), Whole(sheet.keep(ibis.greatest(served, 1)), _MOST_DAYS)
    )


def _period(sheet: Sheet, days: Days) -> tuple[Any, Any]:
    if days.into == "calendar-year":
        return _fixed_day(date(sheet.on.year, 1, 1)), _fixed_day(date(sheet.on.year, 12, 31))
    if days.facts:
        return _day(sheet, days.facts[0]), _day(sheet, days.facts[1])
    if days.first is None or days.last is None:
        raise CannotSay("按日分摊没有写明期间")
    return _fixed_day(days.first), _fixed_day(days.last)


def _day(sheet: Sheet, name: str) -> Any:
    fact = sheet.vocabulary[name]
    if fact.kind is not FactKind.DATE:
        raise CannotSay(f"“{fact.label}”不是日期，不能按日分摊")
    sheet.note(name, is_missing(sheet.table, name))
    return sheet.table[column_of(name)]


def _fixed_day(day: date) -> Any:
    return ibis.literal(day)


def _number(day: Any) -> Any:
    """A date as a number of days."""
    return day.delta(_fixed_day(date(1970, 1, 1)), unit="day")
