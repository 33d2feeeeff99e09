"""The day an envelope is used up, at the rate of the register's own applications or at a given one; whole numbers."""

from collections.abc import Sequence
from datetime import date, timedelta

from vouchers.policy.relational.outcome import RunOut

_FURTHEST = 36_525  # a hundred years: beyond it there is no day worth naming


def at_given_rate(budget: int, per_day: int, *, amount: int, rows: int, on: date) -> RunOut:
    """With `per_day` applications on each calendar day from `on`, of which as many qualify as of the register.

    None where all of the register together do not use it up.

    >>> at_given_rate(100_00, 2, amount=300_00, rows=6, on=date(2026, 5, 1)).on
    datetime.date(2026, 5, 1)
    """
    days = None
    if amount >= budget and rows:
        days = -(-budget * rows // (per_day * amount)) if amount else None
    return RunOut(budget, False, per_day * 1000, days, _day(on, days))  # noqa: FBT003  one shape for both


def at_observed_rate(budget: int, days: Sequence[tuple[date, int, int]]) -> RunOut | None:
    """With the days, numbers and amounts of the register's applications; beyond its last day at their mean.

    None where no row has a day.
    """
    if not days:
        return None
    first, last = days[0][0], days[-1][0]
    span = (last - first).days + 1
    thousandths = sum(number for _, number, _ in days) * 1000 // span
    total = 0
    for day, _, amount in days:
        total += amount
        if total >= budget:
            return RunOut(budget, True, thousandths, (day - first).days + 1, day)  # noqa: FBT003  one shape for both
    more = -(-(budget - total) * span // total) if total else None
    number = None if more is None or more > _FURTHEST else span + more
    return RunOut(budget, True, thousandths, number, _day(first, number))  # noqa: FBT003  one shape for both


def _day(first: date, number: int | None) -> date | None:
    if number is None or number > _FURTHEST:
        return None
    return first + timedelta(days=number - 1)
