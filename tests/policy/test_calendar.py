"""工作日历: the almanac, continued and corrected by files."""

from datetime import date
from pathlib import Path

import pytest

from vouchers.policy.calendar import CALENDARS, published_calendar, work_calendar


def test_holidays_and_makeup_days_of_2026_are_known() -> None:
    calendar = published_calendar()

    assert 2026 in calendar.known_years
    assert not calendar.is_working(date(2026, 10, 1))
    assert calendar.is_working(date(2026, 10, 10))
    assert not calendar.after(date(2026, 9, 25), 5).is_provisional


def test_beyond_the_published_years_a_term_is_provisional() -> None:
    calendar = published_calendar()

    assert calendar.after(date(max(calendar.known_years), 12, 30), 5).is_provisional


def test_a_file_continues_and_corrects_the_almanac(tmp_path: Path) -> None:
    text = "year: 2027\nsource: 通知\ncomplete: true\noff: [2027-10-01]\nwork: [2027-10-09]\n"
    (tmp_path / "2027.yaml").write_text(text, encoding="utf-8")

    calendar = work_calendar(tmp_path)

    assert 2027 in calendar.known_years
    assert not calendar.is_working(date(2027, 10, 1))
    assert calendar.is_working(date(2027, 10, 9))


def test_an_incomplete_year_stays_provisional(tmp_path: Path) -> None:
    (tmp_path / "2028.yaml").write_text("year: 2028\ncomplete: false\noff: [2028-01-03]\n", encoding="utf-8")

    assert 2028 not in work_calendar(tmp_path).known_years


def test_a_broken_calendar_stops_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "2029.yaml").write_text("year: 2029\noff: [", encoding="utf-8")

    with pytest.raises(ValueError, match="第"):
        work_calendar(tmp_path)


def test_every_shipped_calendar_can_be_read() -> None:
    assert work_calendar(CALENDARS).known_years
