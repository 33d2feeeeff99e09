"""Nothing changes without an event, whatever way it is written."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from tests.factories.accounts import make_office
from vouchers.accounts.models import Office, Person, StoredAnswer
from vouchers.accounts.states import OfficeKind
from vouchers.audit import watch
from vouchers.audit.models import AuditEvent
from vouchers.audit.services import Subject, record
from vouchers.audit.watch import SilentWriteError
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("app")]
VALUES = {"public_id": "p", "kind": OfficeKind.LEAD, "name": "财政局", "region": "", "uscc": ""}
SUBJECT = Subject("office", "p")


def _orm_add(session: Session) -> None:
    session.add(Office(**VALUES))


def _orm_change(session: Session) -> None:
    session.scalars(select(Office)).one().name = "财政局"


def _orm_delete(session: Session) -> None:
    session.delete(session.scalars(select(Office)).one())


def _core_insert(session: Session) -> None:
    session.execute(insert(Office).values(VALUES))


def _core_update(session: Session) -> None:
    session.execute(update(Office).values(region="x"))


def _core_delete(session: Session) -> None:
    session.execute(delete(Office))


def _table_insert(session: Session) -> None:
    session.execute(Office.metadata.tables["offices"].insert().values(VALUES))


def _text_update(session: Session) -> None:
    session.execute(text("UPDATE offices SET region = 'x'"))


def _bare_connection(session: Session) -> None:
    session.connection().exec_driver_sql("UPDATE offices SET region = 'x'")


def _returning(session: Session) -> None:
    session.execute(update(Office).values(region="x").returning(Office.id)).one()


def _insert_returning(session: Session) -> None:
    session.execute(insert(Office).returning(Office.id), [VALUES]).one()


WAYS = [
    _orm_add,
    _orm_change,
    _orm_delete,
    _core_insert,
    _core_update,
    _core_delete,
    _table_insert,
    _text_update,
    _bare_connection,
    _returning,
    _insert_returning,
]


@pytest.mark.owner
@pytest.mark.parametrize("write", WAYS)
def test_silent_write_is_refused_and_undone(noon: datetime, write: Callable[[Session], None]) -> None:
    make_office(at=noon)
    before = _offices()

    with pytest.raises(SilentWriteError, match="offices"), transaction() as session:
        write(session)

    assert _offices() == before


@pytest.mark.owner
@pytest.mark.parametrize("write", WAYS)
def test_write_with_an_event_goes_through(noon: datetime, actor: Actor, write: Callable[[Session], None]) -> None:
    make_office(at=noon)
    before = _offices()

    with transaction() as session:
        write(session)
        record("change", SUBJECT, actor=actor, at=noon)

    assert _offices() != before


def test_update_that_meets_no_row_is_no_change(noon: datetime) -> None:
    make_office(at=noon)

    with transaction() as session:
        none = update(Office).where(Office.name == "没有").values(region="x")
        session.execute(none)
        session.execute(none.returning(Office.id)).all()


def test_savepoint_that_goes_back_keeps_the_events_before_it(noon: datetime, actor: Actor) -> None:
    make_office(at=noon)
    before = _events()

    with transaction() as session:
        session.execute(update(Office).values(region="x"))
        record("change", SUBJECT, actor=actor, at=noon)
        savepoint = session.begin_nested()
        session.add(Office(**VALUES))
        session.flush()
        savepoint.rollback()

    assert _events() == before + 1


def test_events_of_an_undone_act_do_not_reach_the_next(noon: datetime, actor: Actor) -> None:
    def undone() -> None:
        with transaction():
            record("lost", SUBJECT, actor=actor, at=noon)
            raise RuntimeError("undo")

    with pytest.raises(RuntimeError, match="undo"):
        undone()

    make_office(at=noon)

    acts = db.session.scalars(select(AuditEvent.act)).all()
    assert acts == ["open_office"]


def test_event_outside_a_transaction_is_refused(noon: datetime, actor: Actor) -> None:
    with pytest.raises(RuntimeError, match=r"^an event is recorded only inside a transaction$"):
        record("change", SUBJECT, actor=actor, at=noon)


@pytest.mark.parametrize("statement", ["UPDATE audit_events SET act = 'x'", "DELETE FROM audit_events"])
def test_the_database_itself_keeps_events_as_they_are(app: Flask, noon: datetime, statement: str) -> None:
    make_office(at=noon)

    with pytest.raises(Exception, match=r"(?i)audit"), app.app_context(), transaction() as session:
        session.execute(text(statement))

    assert _events() == 1


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("INSERT INTO offices (name) VALUES ('x')", {"offices"}),
        ("insert  or  replace\ninto offices VALUES (1)", {"offices"}),
        ('REPLACE INTO "offices" VALUES (1)', {"offices"}),
        ("MERGE INTO `offices` USING x ON true", {"offices"}),
        ("UPDATE offices SET name = 'x'", {"offices"}),
        ("DELETE FROM offices", {"offices"}),
        ("WITH gone AS (DELETE FROM a RETURNING id) INSERT INTO b SELECT id FROM gone", {"a", "b"}),
        ("SELECT * FROM offices FOR UPDATE OF offices", set()),
        ("SELECT * FROM offices FOR UPDATE SKIP LOCKED", set()),
        ("SELECT * FROM offices FOR UPDATE NOWAIT", set()),
        ("INSERT INTO a VALUES (1) ON CONFLICT (id) DO UPDATE SET x = 1", {"a"}),
    ],
)
def test_tables_are_read_off_any_statement_that_writes(statement: str, tables: set[str]) -> None:
    assert watch._written(statement) == tables


def test_every_table_that_changed_is_named_once_in_order(noon: datetime) -> None:
    make_office(at=noon)

    def silent() -> None:
        with transaction() as session:
            session.execute(text("UPDATE offices SET region = 'y'"))
            session.execute(text("UPDATE jobs SET kind = kind WHERE 1 = 0"))
            session.execute(text("UPDATE offices SET region = 'x'"))
            session.execute(insert(Person).values(public_id="q", name="x", phone_index="i", created_at=noon))

    with pytest.raises(SilentWriteError) as refused:
        silent()

    assert str(refused.value) == "changed without an audit event: offices, persons"


def test_what_was_changed_before_an_undone_act_is_not_held_against_the_next(noon: datetime) -> None:
    def undone() -> None:
        with transaction() as session:
            session.execute(text("UPDATE offices SET region = 'y'"))
            raise RuntimeError("undo")

    make_office(at=noon)
    with pytest.raises(RuntimeError, match="undo"):
        undone()

    with transaction():
        pass

    assert _events() == 1


@pytest.mark.owner
def test_tables_without_business_state_change_without_an_event(noon: datetime) -> None:
    assert "stored_answers" in watch.EXEMPT
    with transaction() as session:
        session.execute(text("UPDATE audit_head SET seq = seq"))
        session.execute(text("DELETE FROM stored_answers"))
        kept = {"principal": "a", "operation": "b", "key": "c", "fingerprint": "d", "status": 0, "body": []}
        session.execute(insert(StoredAnswer).values(**kept, location="", created_at=noon))

    assert _events() == 0


def _offices() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(row.name, row.region) for row in db.session.execute(select(Office.name, Office.region))]


def _events() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0
