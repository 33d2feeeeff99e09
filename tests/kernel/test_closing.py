"""INV-31: an instant is held against a closing in one place, and what counts is what the policy says."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.kernel.closing import LONGEST, Includes, has_closed

BEIJING = timezone(timedelta(hours=8))
CLOSES = datetime(2026, 3, 18, 17, 30, tzinfo=BEIJING)
TIMES = ("17:29:59.999", "17:30:00.000", "17:30:00.999", "17:30:01.000", "17:30:59.999", "17:31:00.000")
FIRST, LAST = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001  the same in every zone


@pytest.mark.parametrize(("includes", "inside"), [(Includes.NOTHING, 1), (Includes.SECOND, 3), (Includes.MINUTE, 5)])
def test_what_counts_as_inside_is_as_the_policy_says(includes: Includes, inside: int) -> None:
    taken = [not has_closed(CLOSES, datetime.fromisoformat(f"2026-03-18T{time}+08:00"), includes) for time in TIMES]

    assert taken == [place < inside for place in range(len(TIMES))]


@given(st.datetimes(FIRST, LAST), st.integers(-(10**8), 10**8), st.sampled_from(Includes))
def test_closed_stays_closed_and_nothing_is_open_longer_than_a_minute(
    closes: datetime, microseconds: int, includes: Includes
) -> None:
    at = closes + timedelta(microseconds=microseconds)

    assert has_closed(closes, at + timedelta(microseconds=1), includes) or not has_closed(closes, at, includes)
    assert at >= closes or not has_closed(closes, at, includes)
    assert at < closes + LONGEST or has_closed(closes, at, includes)
