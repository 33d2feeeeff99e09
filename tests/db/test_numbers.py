"""A series may be held before its first number is drawn: whoever draws meanwhile waits."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.numbers import hold_series, next_number
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command


@pytest.mark.database
def test_a_series_that_was_held_first_begins_with_one(app: Flask, noon: datetime) -> None:
    with transaction():
        record("thing.make", Subject("thing", "1"), actor=command("test"), at=noon)
        hold_series("SQ", year=2026, office_id=1)
        assert next_number("SQ", year=2026, office_id=1) == "SQ01-2026-00001"


@pytest.mark.database("postgresql")  # on SQLite one writes after the other
def test_nobody_draws_on_a_series_that_is_held(app: Flask) -> None:
    draw = text("INSERT INTO number_series VALUES ('1:SQ:2026', 1) ON CONFLICT (series) DO UPDATE SET last = 9")
    with db.engine.connect() as rival:
        rival.execute(text("SET lock_timeout = '100ms'"))
        hold_series("SQ", year=2026, office_id=1)
        with pytest.raises(OperationalError, match="lock timeout"):
            rival.execute(draw)
    db.session.rollback()
