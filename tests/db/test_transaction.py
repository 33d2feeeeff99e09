"""One transaction at a time: no nesting, all or nothing, one fair writer over threads and processes."""

import os
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from tests.factories.accounts import make_office
from tests.races import together
from vouchers.accounts.models import Office
from vouchers.accounts.states import OfficeKind
from vouchers.audit.models import AuditEvent
from vouchers.audit.services import Subject, record
from vouchers.db import transaction as opener
from vouchers.db.base import db, has_wal_reset_bug
from vouchers.db.numbers import next_number
from vouchers.db.transaction import transaction
from vouchers.db.writing import Busy
from vouchers.kernel.actor import command

ACTOR = command("test")
ROOT = Path(__file__).parents[2]


@pytest.mark.database
@pytest.mark.usefixtures("app")
def test_nesting_is_refused() -> None:
    def nested() -> None:
        with transaction(), transaction():
            pass

    with pytest.raises(RuntimeError, match="already open"):
        nested()

    with transaction():
        pass


@pytest.mark.database
@pytest.mark.usefixtures("app")
def test_what_was_changed_outside_is_refused(noon: datetime) -> None:
    make_office(at=noon)
    db.session.scalars(select(Office)).one().name = "改名"

    with pytest.raises(RuntimeError, match="outside a transaction"), transaction():
        pass

    db.session.rollback()


@pytest.mark.database
@pytest.mark.usefixtures("app")
def test_anything_raised_inside_undoes_everything(noon: datetime) -> None:
    def broken() -> None:
        with transaction() as session:
            session.add(Office(kind=OfficeKind.LEAD, name="甲", region="", uscc=""))
            session.flush()
            record("open_office", Subject("office", "1"), actor=ACTOR, at=noon)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()

    assert db.session.scalar(select(func.count()).select_from(Office)) == 0
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == 0


@pytest.mark.database
def test_threads_count_without_losing_one(app: Flask, noon: datetime) -> None:
    """Read, think, write: what is read inside is still true at the end."""
    make_office(at=noon)

    def add_one() -> None:
        for _ in range(5):
            with transaction() as session:
                office = session.scalars(select(Office).with_for_update()).one()
                seen = int(office.region or 0) if office.region.isdigit() else 0
                sleep(0.002)
                office.region = str(seen + 1)
                record("count", Subject("office", "1"), actor=ACTOR, at=noon)

    results = together(app, [add_one] * 6)

    db.session.rollback()
    assert results == [None] * 6
    assert db.session.scalars(select(Office.region)).one() == "30"


@pytest.fixture
def writers(app: Flask, tmp_path: Path) -> list[str]:
    """A command line for another process that writes into the same database."""
    code = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from tests.databases import SETTINGS; from vouchers.config import load\n"
        "from vouchers.factory import create_app\n"
        "from vouchers.audit.services import Subject, record; from vouchers.db.transaction import transaction\n"
        "from vouchers.kernel.actor import command\n"
        "app = create_app(load({**SETTINGS, 'DATABASE_URL': sys.argv[1]}, Path(sys.argv[2])))\n"
        "with app.app_context():\n"
        "    for n in range(10):\n"
        "        with transaction():\n"
        "            record('act', Subject('thing', str(n)), actor=command('x'), at=datetime.now(UTC))\n"
    )
    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    return [sys.executable, "-c", code, url.replace("+psycopg", ""), str(tmp_path)]


@pytest.mark.database
def test_processes_share_one_chain(app: Flask, writers: list[str]) -> None:
    running = [
        subprocess.Popen(writers, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})  # noqa: S603
        for _ in range(3)
    ]

    codes = [process.wait(timeout=120) for process in running]

    assert codes == [0, 0, 0]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == 30


def test_writers_are_served_in_the_order_they_came(app: Flask) -> None:
    order: list[int] = []
    threads = []

    def write(place: int) -> None:
        with app.app_context(), transaction():
            order.append(place)

    with transaction():
        for place in range(6):
            threads.append(threading.Thread(target=write, args=(place,)))
            threads[-1].start()
            sleep(0.02)
    for thread in threads:
        thread.join()

    assert order == sorted(order)


def test_waiting_too_long_is_said_and_harms_nobody(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opener, "PATIENCE_SECONDS", 0.2)

    def write() -> None:
        with transaction():
            pass

    with transaction():
        start = monotonic()
        results = together(app, [write, write])

    assert all(isinstance(result, Busy) for result in results)
    assert monotonic() - start < 5
    write()


def test_a_long_reader_never_makes_writers_wait_and_the_journal_is_emptied_after_it(app: Flask, noon: datetime) -> None:
    journal = Path(f"{db.engine.url.database}-wal")

    def write(times: int) -> float:
        longest = 0.0
        for _ in range(times):
            start = monotonic()
            with transaction():
                record("act", Subject("thing", "1"), actor=ACTOR, at=noon)
            longest = max(longest, monotonic() - start)
        return longest

    write(1)
    with db.engine.connect() as reader:
        reader.execute(select(func.count()).select_from(AuditEvent))  # a snapshot that stays open
        longest = write(opener.CHECKPOINT_EVERY + opener.RETRY_CHECKPOINT_AFTER)
        kept = journal.stat().st_size
    write(opener.RETRY_CHECKPOINT_AFTER)

    assert longest < 5
    assert kept > journal.stat().st_size


@pytest.mark.parametrize(
    ("version", "has_bug"),
    [((3, 40, 1), True), ((3, 44, 6), False), ((3, 45, 0), True), ((3, 50, 7), False), ((3, 51, 3), False)],
)
def test_versions_that_can_lose_a_commit_are_known(version: tuple[int, int, int], *, has_bug: bool) -> None:
    assert has_wal_reset_bug(version) is has_bug


def test_every_connection_is_set_up(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        }

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}


@pytest.mark.database
def test_two_offices_never_give_the_same_number(app: Flask, noon: datetime) -> None:
    with transaction():
        drawn = [next_number("SQ", year=2026, office_id=office) for office in (1, 2, 1, 120)]
        record("draw", Subject("series", "test"), actor=ACTOR, at=noon)

    assert drawn == ["SQ01-2026-00001", "SQ02-2026-00001", "SQ01-2026-00002", "SQ120-2026-00001"]


@pytest.mark.database
def test_numbers_have_no_gap_and_no_twin(app: Flask, noon: datetime) -> None:
    def draw() -> list[str]:
        drawn = []
        for _ in range(4):
            with transaction():
                drawn.append(next_number("SQ", year=2026, office_id=1))
                record("draw", Subject("series", "test"), actor=ACTOR, at=noon)
        return drawn

    results = together(app, [draw] * 5)

    numbers = sorted(number for result in results if isinstance(result, list) for number in result)
    assert numbers == [f"SQ01-2026-{number:05d}" for number in range(1, 21)], results
