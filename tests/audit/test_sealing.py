"""Rows the chain vouches for: what of a row counts, when it is noted, and what tampering with it looks like."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.orm import Session

from tests.factories.accounts import Somebody, make_office, make_user
from vouchers.accounts.models import CaseDuty, Office, User
from vouchers.accounts.states import Duty
from vouchers.audit import sealing
from vouchers.audit.models import AuditEvent
from vouchers.audit.rules import row_digest
from vouchers.audit.services import Subject, record
from vouchers.audit.verify import findings, of_all
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("app")]


def noted() -> dict[str, dict[str, str]] | None:
    """The digests in the newest event."""
    db.session.rollback()
    return db.session.scalars(select(AuditEvent.rows).order_by(AuditEvent.seq.desc()).limit(1)).one()


@pytest.fixture
def somebody(app: Flask, noon: datetime) -> Somebody:
    return make_user(at=noon)


@pytest.fixture
def unguarded(session: Session) -> None:
    """Duties are append-only by trigger; what is noted of tables that change is seen without it."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text("ALTER TABLE case_duties DISABLE TRIGGER USER"))
    else:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'case_duties'"
        for name in session.execute(text(triggers)).scalars().all():
            session.execute(text(f"DROP TRIGGER {name}"))
    session.commit()


def duty(somebody: Somebody, at: datetime, case: str = "c1") -> CaseDuty:
    return CaseDuty(case_id=case, person_id=somebody.person_id, duty=Duty.EXAMINE, part="", since=at)


def add(*rows: CaseDuty, at: datetime) -> None:
    with transaction() as session:
        session.add_all(rows)
        record("test.add", Subject("case", "c1"), actor=command("test"), at=at)


def expected(at: datetime, somebody: Somebody, case: str = "c1", duty: str = "examine") -> str:
    return row_digest({"case_id": case, "person_id": somebody.person_id, "duty": duty, "part": "", "since": at})


def test_rows_are_noted_with_key_and_digest_of_what_counts(somebody: Somebody, noon: datetime) -> None:
    add(duty(somebody, noon), duty(somebody, noon, "c2"), at=noon)

    keys = {case: f"{case}:{somebody.person_id}" for case in ("c1", "c2")}
    assert noted() == {"case_duties": {key: expected(noon, somebody, case) for case, key in keys.items()}}
    assert list(findings()) == []


@pytest.mark.owner
@pytest.mark.usefixtures("unguarded")
def test_a_change_of_what_counts_is_noted_and_of_what_does_not_is_not(somebody: Somebody, noon: datetime) -> None:
    add(duty(somebody, noon), at=noon)
    key = f"c1:{somebody.person_id}"

    with transaction() as session:
        session.get_one(User, somebody.user_id).locale = "en"  # moves along
        record("test.change", Subject("case", "c1"), actor=command("test"), at=noon)
    assert noted() is None
    with transaction() as session:
        session.scalars(select(CaseDuty)).one().duty = Duty.DECIDE
        record("test.change", Subject("case", "c1"), actor=command("test"), at=noon)
    assert noted() == {"case_duties": {key: expected(noon, somebody, duty="decide")}}
    assert list(findings()) == []


@pytest.mark.owner
@pytest.mark.usefixtures("unguarded")
def test_a_row_that_is_removed_is_noted_as_gone(somebody: Somebody, noon: datetime) -> None:
    add(duty(somebody, noon), at=noon)

    with transaction() as session:
        session.delete(session.scalars(select(CaseDuty)).one())
        record("test.remove", Subject("case", "c1"), actor=command("test"), at=noon)

    assert noted() == {"case_duties": {f"c1:{somebody.person_id}": ""}}
    assert list(findings()) == []


@pytest.mark.owner
@pytest.mark.usefixtures("unguarded")
def test_what_is_written_by_statements_is_noted_by_their_writer(somebody: Somebody, noon: datetime) -> None:
    add(duty(somebody, noon), duty(somebody, noon, "c2"), at=noon)
    keys = [("c1", somebody.person_id), ("c2", somebody.person_id)]

    with transaction() as session:
        session.execute(update(CaseDuty).where(CaseDuty.case_id == "c1").values(duty=Duty.DECIDE))
        session.execute(delete(CaseDuty).where(CaseDuty.case_id == "c2"))
        sealing.note(session, CaseDuty, keys[:1])
        sealing.note(session, CaseDuty, keys[1:])
        record("test.change", Subject("case", "c1"), actor=command("test"), at=noon)

    assert noted() == {
        "case_duties": {
            f"c1:{somebody.person_id}": expected(noon, somebody, duty="decide"),
            f"c2:{somebody.person_id}": "",
        }
    }
    assert list(findings()) == []


@pytest.mark.owner
@pytest.mark.usefixtures("unguarded")
def test_a_statement_whose_writer_says_nothing_is_found(somebody: Somebody, noon: datetime) -> None:
    add(duty(somebody, noon), duty(somebody, noon, "c2"), at=noon)

    with transaction() as session:
        session.execute(update(CaseDuty).where(CaseDuty.case_id == "c1").values(duty=Duty.DECIDE))
        session.execute(delete(CaseDuty).where(CaseDuty.case_id == "c2"))
        record("test.change", Subject("case", "c1"), actor=command("test"), at=noon)

    assert list(findings()) == [
        (
            "INV-48",
            f"case_duties/c1:{somebody.person_id}",
            "这一行与留痕记下的摘要不符：被改写，或不是经系统写入",
        ),
        ("INV-48", f"case_duties/c2:{somebody.person_id}", "留痕里有这一行，库里没有：被删去"),
    ]


def test_what_was_noted_in_an_act_that_was_undone_does_not_reach_the_next(somebody: Somebody, noon: datetime) -> None:
    def undone() -> None:
        with transaction() as session:
            sealing.note(session, CaseDuty, [("c9", 1)])
            sealing.note_digest(session, "elsewhere", "k", "ab")
            raise RuntimeError("undo")

    with pytest.raises(RuntimeError, match="undo"):
        undone()
    add(duty(somebody, noon), at=noon)

    assert noted() == {"case_duties": {f"c1:{somebody.person_id}": expected(noon, somebody)}}


def test_more_rows_than_one_question_asks_for_are_all_noted(somebody: Somebody, noon: datetime) -> None:
    add(*(duty(somebody, noon, f"c{number}") for number in range(801)), at=noon)

    rows = noted()
    assert rows is not None
    assert len(rows["case_duties"]) == 801
    assert all(rows["case_duties"].values())
    assert list(findings()) == []


def test_digests_a_slice_computes_itself_are_compared_with_its_source(
    noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = {"k1": "ab", "k2": "cd"}

    def source(_: Connection) -> Iterator[tuple[str, str]]:
        yield from standing.items()

    monkeypatch.setitem(sealing.SOURCES, "books", source)
    with transaction() as session:
        sealing.note_digest(session, "books", "k1", "ab")
        sealing.note_digest(session, "books", "k2", "cd")
        record("test.add", Subject("case", "c1"), actor=command("test"), at=noon)
    assert noted() == {"books": {"k1": "ab", "k2": "cd"}}
    assert list(findings()) == []

    standing["k2"] = "ce"

    assert [row for _, row, _ in findings()] == ["books/k2"]


def test_a_verifier_that_cannot_read_says_so_and_stops_no_other(
    noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_office(at=noon)
    db.session.execute(update(Office).values(name="别名"))
    db.session.commit()

    def unreadable(_: Connection) -> Iterator[tuple[str, str]]:
        yield "k1", "no hex"

    monkeypatch.setitem(sealing.SOURCES, "a_slice", unreadable)
    told = list(of_all(["vouchers.audit.verify", "vouchers.ledger.verify"]))

    assert told[-1][:2] == ("INV-48", "vouchers.audit.verify")
    assert "库里有本系统不会写入的内容，无法读取（ValueError: " in told[-1][2]
    assert len(told[-1][2]) < 300


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("rows", ["[1]", '{"case_duties": 5}', '{"case_duties": {"k": "no hex"}}', '{"x": {"k": 1}}'])
def test_digests_that_somebody_wrote_into_an_event_do_not_stop_the_comparison(
    somebody: Somebody, noon: datetime, rows: str
) -> None:
    add(duty(somebody, noon), at=noon)
    add(duty(somebody, noon, "c2"), at=noon)
    seq = db.session.scalars(select(AuditEvent.seq).order_by(AuditEvent.seq.desc()).offset(1).limit(1)).one()
    for name in db.session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
        db.session.execute(text(f"DROP TRIGGER {name}"))
    db.session.execute(text("UPDATE audit_events SET rows = :rows WHERE seq = :seq"), {"rows": rows, "seq": seq})

    told = [row for _, row, _ in findings()]

    assert told == [f"audit_events {seq}", f"case_duties/c1:{somebody.person_id}"]
    db.session.rollback()
