"""The chain names the row that was changed, taken out, put in or swapped."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from tests.races import together
from vouchers.audit import queries
from vouchers.audit.rules import GENESIS, Link, first_break, link
from vouchers.audit.services import Subject, record
from vouchers.audit.verify import findings
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor

NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)
VALUES = st.one_of(st.text(max_size=8), st.integers(), st.none(), st.lists(st.integers(), max_size=3))
EVENTS = st.lists(st.dictionaries(st.sampled_from("abcdef"), VALUES, min_size=1), min_size=2, max_size=8)


def chain(events: list[dict[str, Any]]) -> list[Link]:
    rows, previous = [], GENESIS
    for seq, event in enumerate(events, start=1):
        fields = {**event, "seq": seq}
        own = link(previous, fields)
        rows.append(Link(seq, "sha256", previous, own, fields))
        previous = own
    return rows


@given(EVENTS)
def test_untouched_chain_holds(events: list[dict[str, Any]]) -> None:
    assert first_break(chain(events)) is None


@given(EVENTS, st.data())
def test_changed_row_is_named(events: list[dict[str, Any]], data: st.DataObject) -> None:
    rows = chain(events)
    place = data.draw(st.integers(0, len(rows) - 1))
    row = rows[place]
    fields, seq = dict(row.fields or {}), row.seq
    name = data.draw(st.sampled_from(sorted(fields.keys() - {"seq"})))
    value = data.draw(VALUES.filter(lambda new: new != fields[name]))
    rows[place] = replace(row, fields={**fields, name: value})

    found = first_break(rows)

    assert found is not None
    assert found.seq == seq


@given(EVENTS, st.data())
def test_row_taken_out_is_named(events: list[dict[str, Any]], data: st.DataObject) -> None:
    rows = chain(events)
    place = data.draw(st.integers(0, len(rows) - 2))  # the tail is compared with the head row
    seq = rows.pop(place).seq

    found = first_break(rows)

    assert found is not None
    assert found.seq == seq


@given(EVENTS, st.data())
def test_row_put_in_is_found_at_its_place(events: list[dict[str, Any]], data: st.DataObject) -> None:
    rows = chain(events)
    place = data.draw(st.integers(0, len(rows) - 1))
    rows.insert(place, rows[place])

    found = first_break(rows)

    assert found is not None
    assert found.seq == rows[place].seq + 1


@given(EVENTS, st.data())
def test_swapped_rows_are_found_at_the_first(events: list[dict[str, Any]], data: st.DataObject) -> None:
    rows = chain(events)
    place = data.draw(st.integers(0, len(rows) - 2))
    rows[place], rows[place + 1] = rows[place + 1], rows[place]

    found = first_break(rows)

    assert found is not None
    assert found.seq == place + 1


@pytest.mark.database
@pytest.mark.usefixtures("database")
def test_acts_at_the_same_moment_make_one_chain_without_gaps(app: Flask, actor: Actor) -> None:
    def act() -> None:
        for _ in range(5):
            with transaction():
                record("act", Subject("thing", "1"), actor=actor, at=NOON)

    results = together(app, [act] * 6)

    assert results == [None] * 6
    assert queries.head()[0] == 30
    assert list(findings()) == []


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE audit_events SET actor_name = '别人' WHERE seq = 2", 2),
        ("UPDATE audit_events SET at = '2026-03-18 05:00:00.000000' WHERE seq = 3", 3),
        ("DELETE FROM audit_events WHERE seq = 1", 1),
        ("DELETE FROM audit_events WHERE seq = 4", 4),
        ("UPDATE audit_head SET seq = 3", 4),
    ],
)
def test_tampering_with_the_database_is_named_by_the_command(
    app: Flask, actor: Actor, statement: str, seq: int
) -> None:
    _four_events(actor)
    _tamper(statement)

    result = app.test_cli_runner().invoke(args=["audit", "verify", "--json"])

    report = json.loads(result.output)
    assert result.exit_code == 1
    assert report["ok"] is False
    assert report["findings"][0]["row"] == f"audit_events {seq}"


def test_whole_chain_passes_the_command(app: Flask, actor: Actor) -> None:
    _four_events(actor)

    result = app.test_cli_runner().invoke(args=["audit", "verify", "--json"])

    assert result.exit_code == 0
    report = {"ok": True, "checked": {"audit_events": 4}, "anchored": None, "findings": []}
    assert json.loads(result.output) == report


def test_rewritten_chain_differs_from_a_head_kept_elsewhere(app: Flask, actor: Actor, tmp_path: Path) -> None:
    _four_events(actor)
    kept = str(tmp_path / "head.json")
    runner = app.test_cli_runner()
    runner.invoke(args=["audit", "export-head", kept])
    assert runner.invoke(args=["audit", "verify", "--head", kept]).exit_code == 0

    _tamper("DELETE FROM audit_events")
    _tamper("UPDATE audit_head SET seq = 0, hash = printf('%064d', 0)")
    _four_events(Actor(actor.kind, "别人"))

    assert "INV-48" in runner.invoke(args=["audit", "verify"]).output  # the folder of heads has it as well
    shutil.rmtree(Path(app.instance_path) / "heads")
    assert runner.invoke(args=["audit", "verify"]).exit_code == 0
    assert runner.invoke(args=["audit", "verify", "--head", kept]).exit_code == 1


def _four_events(actor: Actor) -> None:
    for number in range(4):
        with transaction():
            record("act", Subject("thing", str(number)), actor=actor, at=NOON)


def _tamper(statement: str) -> None:
    """As somebody with the file in hand would: triggers off."""
    db.session.rollback()
    with db.engine.connect() as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in names:
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text(statement))
        connection.exec_driver_sql("COMMIT")
