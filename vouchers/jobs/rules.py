"""How often a job is tried again, and after how long."""

from datetime import timedelta

MOST_ATTEMPTS = 5
LEASE = timedelta(minutes=5)
_PAUSES = (timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts; None to give up.

    >>> pause_after(1), pause_after(5)
    (datetime.timedelta(seconds=30), None)
    """
    return _PAUSES[attempts - 1] if attempts < MOST_ATTEMPTS else None
