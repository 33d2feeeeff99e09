"""The only reader of the clock. Entry points call it; everything below takes the time as an argument."""

import os
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
_MOST_BYTES = 100


def now() -> datetime:
    """This instant in UTC. With APP_ENV=test, the instant written in the file named by APP_CLOCK, when it exists."""
    frozen = _test_clock()
    return frozen if frozen is not None else datetime.now(UTC)


def today() -> date:
    """The calendar day in Beijing."""
    return beijing_date(now())


def beijing_date(at: datetime) -> date:
    """The Beijing calendar day of an instant.

    >>> beijing_date(datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
    datetime.date(2027, 1, 1)
    """
    return at.astimezone(BEIJING).date()


def _test_clock() -> datetime | None:
    if os.environ.get("APP_ENV") != "test" or not (name := os.environ.get("APP_CLOCK")):
        return None
    try:
        place = os.open(name, os.O_RDONLY)  # three calls of the system instead of ten: a page asks several times
    except FileNotFoundError:
        return None
    try:
        return _instant(os.read(place, _MOST_BYTES))
    finally:
        os.close(place)


@lru_cache(maxsize=8)
def _instant(written: bytes) -> datetime:
    return datetime.fromisoformat(written.decode().strip()).astimezone(UTC)
