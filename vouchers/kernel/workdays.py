"""Working days (工作日): holidays (节假日) and make-up days (调休) from a calendar that is handed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Deadline:
    """A last day. It is provisional when the official calendar does not reach it yet."""

    day: date
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Published working days: `exceptions` maps a day to whether it is worked; other days follow the week.

    `known_years` are those the State Council has published; beyond them results are marked provisional.
    """

    known_years: frozenset[int]
    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Whether the day is worked, by the published calendar or else by the week."""
        return self.exceptions.get(day, day.isoweekday() <= 5)  # noqa: PLR2004  Monday to Friday

    def after(self, start: date, working_days: int) -> Deadline:
        """The last day of a term of `working_days`; the day of the act is not counted."""
        day, left = start, working_days
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_working(day)
        return Deadline(day, any(year not in self.known_years for year in range(start.year, day.year + 1)))

    def between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative when the end has passed."""
        if end < start:
            return -self.between(end, start)
        return sum(self.is_working(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))
