"""When things happened: stories tell their acts with instants, and all are played in the order of time."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from vouchers.kernel.clock import BEIJING
from vouchers.kernel.workdays import WorkCalendar

Story = Iterator[datetime]
"""A generator: it yields the instant of its next act, and is resumed when that instant has come."""

DEPTH = 210


@dataclass(frozen=True, slots=True)
class Days:
    """The working days before the demonstration is loaded, the nearest first."""

    worked: tuple[date, ...]

    def day(self, ago: int) -> date:
        """The day so many working days before the last one."""
        return self.worked[ago]

    def at(self, ago: int, clock: str = "10:00") -> datetime:
        """A time of Beijing on the day so many working days before the last one."""
        return instant(self.worked[ago], clock)

    def first_of(self, year: int) -> date:
        """The earliest of these days that lies in a year."""
        return min(day for day in self.worked if day.year == year)

    @property
    def years(self) -> tuple[int, ...]:
        """The calendar years that these days touch."""
        return tuple(sorted({day.year for day in self.worked}))


def instant(day: date, clock: str = "10:00") -> datetime:
    """The instant of a time of Beijing on a day."""
    return datetime.combine(day, time.fromisoformat(clock), BEIJING).astimezone(UTC)


def days_before(last: date, calendar: WorkCalendar) -> Days:
    """The working days that end before this day."""
    found: list[date] = []
    day = last
    while len(found) <= DEPTH:
        day -= timedelta(days=1)
        if calendar.is_working(day):
            found.append(day)
    return Days(tuple(found))


def play(stories: Iterable[Story]) -> int:
    """Run all stories side by side, always the one whose act comes first; returns how many acts there were.

    >>> told = []
    >>> def story(name, *days):
    ...     for day in days:
    ...         yield instant(date(2026, 1, day))
    ...         told.append(name)
    >>> play([story("a", 5, 9), story("b", 7)]), told
    (3, ['a', 'b', 'a'])
    """
    waiting: list[tuple[datetime, int, Story]] = []
    for order, story in enumerate(stories):
        _await(waiting, order, story)
    acts = 0
    while waiting:
        _, order, story = heapq.heappop(waiting)
        acts += 1
        _await(waiting, order, story)
    return acts


def _await(waiting: list[tuple[datetime, int, Story]], order: int, story: Story) -> None:
    at = next(story, None)
    if at is not None:
        heapq.heappush(waiting, (at, order, story))
