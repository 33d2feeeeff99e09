"""Working days, periods and the clock."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.kernel.clock import beijing_date, now
from vouchers.kernel.periods import DateRange, add_months
from vouchers.kernel.workdays import WorkCalendar

# National Day 2026: 1 to 7 October off, 20 September and 10 October worked
CALENDAR = WorkCalendar(
    frozenset({2026}),
    {date(2026, 10, day): False for day in range(1, 8)} | {date(2026, 9, 20): True, date(2026, 10, 10): True},
)
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("start", "term", "last"),
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 9, 18), 1, date(2026, 9, 20)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
    ],
)
def test_holidays_are_skipped_and_make_up_days_count(start: date, term: int, last: date) -> None:
    assert CALENDAR.after(start, term).day == last


def test_a_deadline_beyond_the_published_calendar_is_provisional() -> None:
    assert not CALENDAR.after(date(2026, 12, 1), 5).is_provisional
    assert CALENDAR.after(date(2026, 12, 30), 5).is_provisional


@given(DAYS, st.integers(1, 60))
def test_counting_back_gives_the_term(start: date, term: int) -> None:
    last = CALENDAR.after(start, term).day

    assert CALENDAR.between(start, last) == term
    assert CALENDAR.between(last, start) == -term
    assert CALENDAR.is_working(last)


@given(DAYS, st.integers(0, 240))
def test_a_month_later_is_the_same_day_or_the_last_of_the_month(day: date, months: int) -> None:
    later = add_months(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


@given(DAYS, DAYS, DAYS, DAYS)
def test_ranges_overlap_when_they_share_a_day(a: date, b: date, c: date, d: date) -> None:
    one, other = DateRange(min(a, b), max(a, b)), DateRange(min(c, d), max(c, d))

    assert one.overlaps(other) == (max(one.first, other.first) in one and max(one.first, other.first) in other)
    assert one.overlaps(other) == other.overlaps(one)


def test_the_day_is_that_of_beijing() -> None:
    assert beijing_date(datetime(2026, 12, 31, 15, 59, 59, 999999, tzinfo=UTC)) == date(2026, 12, 31)
    assert beijing_date(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == date(2027, 1, 1)


def test_the_clock_can_be_set_only_where_tests_run(
    clock: Path, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert now() == noon

    monkeypatch.setenv("APP_ENV", "production")

    assert now() > noon + timedelta(days=30)
