"""How often a job is tried again, and after how long."""

from datetime import date, timedelta

MOST_ATTEMPTS = 5
MOST_GAP = timedelta(days=1)
LEASE = timedelta(minutes=5)
_PAUSES = (timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts; None to give up.

    >>> pause_after(1), pause_after(5)
    (datetime.timedelta(seconds=30), None)
    """
    return _PAUSES[attempts - 1] if attempts < MOST_ATTEMPTS else None


def is_jump(last: date | None, today: date) -> bool:
    """Whether more than a day passed since the sweeps last ran: a clock that jumped, or a server that stood still.

    Sweeps end things for many at once and cannot be taken back, so a person looks at the clock first.

    >>> is_jump(date(2026, 3, 18), date(2026, 3, 19)), is_jump(date(2026, 3, 18), date(2027, 4, 22))
    (False, True)
    """
    return last is not None and today - last > MOST_GAP
