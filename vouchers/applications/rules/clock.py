"""Working days of a case: used, left, and stopped while the applicant mends."""

from datetime import date

from vouchers.kernel.workdays import WorkCalendar


def running_days(calendar: WorkCalendar, since: date, until: date, *, used_before: int) -> int:
    """Working days used up to a day: those before the last stop and those since the clock ran again.

    >>> running_days(WorkCalendar(frozenset()), date(2026, 3, 16), date(2026, 3, 18), used_before=3)
    5
    """
    return used_before + max(0, calendar.between(since, until))


def days_left(calendar: WorkCalendar, due_on: date | None, on: date) -> int | None:
    """Working days left up to and including the last day; negative when late, None without a promise.

    >>> days_left(WorkCalendar(frozenset()), date(2026, 3, 20), date(2026, 3, 18))
    2
    """
    return None if due_on is None else calendar.between(on, due_on)
