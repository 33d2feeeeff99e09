"""Prepared worlds: laid out again they are what was made, and whoever wrote something of their own gets a new one."""

import threading
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.databases import Ground
from tests.factories.accounts import make_office
from tests.worlds import keeper_of, kept
from vouchers.accounts.models import Office
from vouchers.db.base import Base, db
from vouchers.db.transaction import transaction
from vouchers.jobs import services as jobs

pytestmark = pytest.mark.database
RUNS: list[str] = []


@kept
def offices(name: str, *, at: datetime) -> list[Office]:
    """Two offices, and a note that they were really made."""
    RUNS.append(name)
    made = [make_office(f"{name}{number}", at=at) for number in (1, 2)]
    return [office for office in (db.session.get(Office, one) for one in made) if office is not None]


@pytest.fixture(autouse=True)
def nothing_was_run() -> None:
    RUNS.clear()


def next_test(database: Ground) -> None:
    """What the fixtures do between two tests."""
    db.session.rollback()
    keeper_of(database).begin()
    keeper_of(database).settle()


def rows() -> dict[str, list[Any]]:
    found = {table.name: list(db.session.execute(select(table)).all()) for table in Base.metadata.sorted_tables}
    db.session.rollback()
    return {name: table for name, table in found.items() if table}


def test_a_world_that_is_laid_out_is_the_one_that_was_made(database: Ground, app: Flask, noon: datetime) -> None:
    made = [(office.id, office.name) for office in offices("甲", at=noon)]
    before = rows()
    next_test(database)
    empty = rows()

    laid = offices("甲", at=noon)

    assert RUNS == ["甲"]
    assert [(office.id, office.name) for office in laid] == made
    assert rows() == before != empty
    assert make_office("丙", at=noon) not in {one for one, _ in made}
    del app


def test_another_call_makes_another_world(database: Ground, app: Flask, noon: datetime) -> None:
    offices("乙", at=noon)
    next_test(database)

    assert [office.name for office in offices("丙", at=noon)] == ["丙1", "丙2"]
    assert RUNS == ["乙", "丙"]
    del app


def test_after_anything_written_by_hand_everything_is_made_anew(database: Ground, app: Flask, noon: datetime) -> None:
    make_office(at=noon)
    offices("丁", at=noon)
    next_test(database)
    make_office(at=noon)
    with transaction():  # no event tells of a job
        jobs.enqueue("test", "one", payload={}, at=noon)

    offices("丁", at=noon)

    assert RUNS == ["丁", "丁"]
    assert len(rows()["jobs"]) == 1
    del app


def test_threads_and_open_transactions_make_their_own(database: Ground, app: Flask, noon: datetime) -> None:
    offices("戊", at=noon)
    next_test(database)

    def make() -> None:
        with app.app_context():
            offices("戊", at=noon)

    racer = threading.Thread(target=make)
    racer.start()
    racer.join()
    with transaction(), pytest.raises(RuntimeError, match="already open"):
        offices("戊", at=noon)

    assert RUNS == ["戊", "戊", "戊"]
