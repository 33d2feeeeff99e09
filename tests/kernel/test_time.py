"""Working days, periods and the clock."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.kernel.clock import BEIJING, beijing_date, now
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


@pytest.mark.parametrize(
    ("start", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
    ],
)
def test_the_end_of_a_short_month_is_its_last_day(start: date, months: int, later: date) -> None:
    assert add_months(start, months) == later


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 12, 31)))  # noqa: DTZ001  what clocks show
def test_an_instant_belongs_to_the_day_that_clocks_in_beijing_show(moment: datetime) -> None:
    at = moment.replace(tzinfo=BEIJING).astimezone(UTC)

    assert beijing_date(at) == moment.date()


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai", "Pacific/Kiritimati"])
@pytest.mark.parametrize(
    ("instant", "day"), [("2026-12-31T23:59:59.999+08:00", "2026-12-31"), ("2027-01-01T00:00:00+08:00", "2027-01-01")]
)
def test_the_year_ends_in_beijing_wherever_the_server_stands(clock: Path, zone: str, instant: str, day: str) -> None:
    clock.write_text(instant)
    told = "from vouchers.kernel.clock import now, today; print(today(), now().utcoffset())"

    said = subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-c", told], env=os.environ | {"TZ": zone}, capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == f"{day} 0:00:00"


def test_the_clock_can_be_set_only_where_tests_run(
    clock: Path, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert now() == noon

    monkeypatch.setenv("APP_ENV", "production")

    assert now() > noon + timedelta(days=30)
