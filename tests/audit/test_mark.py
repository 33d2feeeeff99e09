"""The mark beside the SQLite file: how far the chain had come, whatever became of the file."""

import stat
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine

from tests.databases import Ground
from tests.factories.accounts import make_office
from vouchers.audit import mark
from vouchers.audit.queries import head
from vouchers.db.base import db
from vouchers.db.transaction import transaction


@pytest.fixture
def path(app: Flask) -> Path:
    return Path(f"{db.engine.url.database}{mark.ENDING}")


def test_each_commit_leaves_the_number_of_its_newest_event(path: Path, noon: datetime) -> None:
    assert not path.exists()

    make_office(at=noon)
    first = path.read_text()
    make_office("财政局", at=noon)

    assert (first, path.read_text()) == (f"{1:020d}\n", f"{2:020d}\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert mark.lost(db.engine) == ""


def test_a_transaction_without_an_event_leaves_the_mark_as_it_is(path: Path, noon: datetime) -> None:
    make_office(at=noon)
    path.unlink()

    with transaction():
        pass

    assert not path.exists()


def test_a_file_older_than_its_mark_is_told_with_the_way_back(
    app: Flask, database: Ground, path: Path, noon: datetime
) -> None:
    make_office(at=noon)
    kept = path.read_text()
    db.session.remove()
    database.renew()
    path.write_text(kept)

    told = mark.lost(db.engine)

    assert "只到第 0 条留痕，而曾经提交到第 1 条" in told
    assert f"删除 {path} 后再启动" in told


@pytest.mark.parametrize("text", ["", "no number", "\udce4"])
def test_a_mark_that_says_nothing_is_no_loss(path: Path, noon: datetime, text: str) -> None:
    make_office(at=noon)
    path.write_bytes(text.encode(errors="surrogateescape"))

    assert mark.lost(db.engine) == ""


@pytest.mark.parametrize(("ahead", "is_lost"), [(-1, False), (0, False), (1, True)])
def test_only_a_mark_ahead_of_the_chain_is_a_loss(path: Path, noon: datetime, ahead: int, *, is_lost: bool) -> None:
    make_office(at=noon)
    path.write_text(f"{head()[0] + ahead}\n")

    assert bool(mark.lost(db.engine)) is is_lost


def test_a_mark_that_cannot_be_written_fails_no_act(path: Path, noon: datetime) -> None:
    path.mkdir()
    try:
        make_office(at=noon)
        assert head()[0] == 1
    finally:
        path.rmdir()


@pytest.mark.database("postgresql")
def test_a_server_needs_no_mark(app: Flask, noon: datetime) -> None:
    make_office(at=noon)

    assert mark.lost(db.engine) == ""


def test_a_database_in_memory_has_no_mark() -> None:
    assert mark.lost(create_engine("sqlite://")) == ""
