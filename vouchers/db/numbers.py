"""Number series: gapless within an act, unique for good; a series belongs to an office, a prefix and a year.

The number names all three, so that two offices never give the same one.
"""

import re
from collections.abc import Iterator

from sqlalchemy import select, text
from sqlalchemy.orm import InstrumentedAttribute

from vouchers.db.base import db
from vouchers.db.models import NumberSeries
from vouchers.kernel.faults import fault

_OPEN = text("INSERT INTO number_series (series, last) VALUES (:series, 0) ON CONFLICT (series) DO NOTHING")
_NEXT = text(
    "INSERT INTO number_series (series, last) VALUES (:series, 1)"
    " ON CONFLICT (series) DO UPDATE SET last = number_series.last + 1"
)

_NUMBER = re.compile(r"([A-Z]{1,8})(\d{2,9})-(\d{4})-(\d{5,12})", re.ASCII)


def next_number(prefix: str, *, year: int, office_id: int) -> str:
    """The next number of a series, such as SQ01-2026-00042 of office 1; the series stays locked until the commit."""
    series = _series(prefix, year=year, office_id=office_id)
    fault("number.before")
    db.session.execute(_NEXT, {"series": series})
    last = db.session.scalar(select(NumberSeries.last).where(NumberSeries.series == series))
    fault("number.drawn")
    return f"{prefix}{office_id:02d}-{year}-{last:05d}"


def hold_series(prefix: str, *, year: int, office_id: int) -> None:
    """Lock a series before other rows without drawing on it: who draws later, holding those rows, waits for nobody."""
    series = _series(prefix, year=year, office_id=office_id)
    db.session.execute(_OPEN, {"series": series})  # the first of a year has nothing to hold yet
    db.session.scalar(select(NumberSeries.last).where(NumberSeries.series == series).with_for_update())


def beyond(column: InstrumentedAttribute[str]) -> Iterator[str]:
    """Numbers that their series has not given yet: it was set back, and will give them a second time."""
    given = {row.series: row.last for row in db.session.execute(select(NumberSeries.series, NumberSeries.last))}
    for number in db.session.scalars(select(column).execution_options(yield_per=1000)):
        found = _NUMBER.fullmatch(number)
        if found is None:
            continue
        prefix, office, year, serial = found.groups()
        if int(serial) > given.get(_series(prefix, year=int(year), office_id=int(office)), 0):
            yield number


def _series(prefix: str, *, year: int, office_id: int) -> str:
    return f"{office_id}:{prefix}:{year}"
