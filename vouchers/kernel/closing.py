"""Whether something has closed: the one place where an instant is compared with the time that something closes at."""

from datetime import datetime, timedelta
from enum import StrEnum

LONGEST = timedelta(minutes=1)  # so much later than the time it names something may close


class Includes(StrEnum):
    """How much of the time that is named still counts as inside."""

    NOTHING = "nothing"
    SECOND = "second"
    MINUTE = "minute"


def has_closed(closes_at: datetime, at: datetime, includes: Includes) -> bool:
    """Whether an instant comes too late for what closes at another.

    >>> closes, late = datetime(2026, 3, 18, 17, 30), datetime(2026, 3, 18, 17, 30, 0, 999_000)
    >>> [has_closed(closes, late, one) for one in Includes]
    [True, False, False]
    """
    if includes is Includes.SECOND:
        return at >= closes_at.replace(microsecond=0) + timedelta(seconds=1)
    if includes is Includes.MINUTE:
        return at >= closes_at.replace(second=0, microsecond=0) + LONGEST
    return at >= closes_at
