"""Money that is not whole fen and an instant without a time zone never reach the database."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from vouchers.db.columns import Fen, Instant
from vouchers.kernel.clock import beijing_date

DIALECTS: list[Dialect] = [sqlite.dialect(), postgresql.dialect()]  # type: ignore[no-untyped-call]
BEIJING = timezone(timedelta(hours=8))


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
@pytest.mark.parametrize("value", [1.0, Decimal(1), True, "1", 1e3], ids=repr)
def test_anything_but_an_int_is_no_money(value: object, dialect: Dialect) -> None:
    with pytest.raises(TypeError, match="integer fen"):
        Fen().process_bind_param(value, dialect)  # type: ignore[arg-type]
    assert Fen().process_bind_param(7, dialect) == 7


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_an_instant_without_its_zone_is_refused(dialect: Dialect) -> None:
    with pytest.raises(TypeError, match="time zone"):
        Instant().process_bind_param(datetime(2026, 1, 1), dialect)  # noqa: DTZ001


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_an_instant_comes_back_as_it_was_and_belongs_to_its_beijing_day(naive: datetime) -> None:
    """Around midnight and the turn of the year as well, in whichever zone it was said."""
    said = naive.replace(tzinfo=BEIJING)
    for dialect in DIALECTS:
        kept = Instant().process_result_value(Instant().process_bind_param(said, dialect), dialect)
        assert kept == said
        assert kept is not None
        assert kept.tzinfo is UTC
        assert beijing_date(kept) == naive.date()
