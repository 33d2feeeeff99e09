"""工作日历: published holidays and make-up days, from the bundled almanac and the authority's own files."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from chinese_calendar import constants as almanac

from vouchers.kernel.workdays import WorkCalendar
from vouchers.policy.pack.reading import read_values

CALENDARS = Path(__file__).parents[2] / "seeds" / "calendars"


@lru_cache(maxsize=1)
def published_calendar() -> WorkCalendar:
    """The calendar of this installation, read once."""
    return work_calendar(CALENDARS)


def work_calendar(folder: Path) -> WorkCalendar:
    """The almanac's years, corrected and continued by the files of a folder; a file wins over the almanac."""
    exceptions = dict.fromkeys(almanac.holidays, False) | dict.fromkeys(almanac.workdays, True)
    years = {day.year for day in almanac.holidays}
    for file in sorted(folder.glob("*.yaml")):
        data = read_values(file.read_text(encoding="utf-8"), str(file))
        exceptions |= _days(data)
        if data.get("complete") is True:
            years.add(int(str(data["year"])))
    return WorkCalendar(frozenset(years), exceptions)


def _days(data: Mapping[str, object]) -> dict[date, bool]:
    days: dict[date, bool] = {}
    for key, is_worked in (("off", False), ("work", True)):
        listed = data.get(key)
        days |= {date.fromisoformat(str(day)): is_worked for day in (listed if isinstance(listed, list) else ())}
    return days
