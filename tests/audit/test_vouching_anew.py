"""A step that widens what the chain vouches for: what was sound stays sound, what was tampered with stays found out."""

from datetime import datetime

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from tests.databases import ROOT, let_go
from tests.factories.accounts import Somebody, make_user
from vouchers.accounts.services import hold_duty
from vouchers.accounts.states import Duty, Role
from vouchers.audit import verify
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command

pytestmark = pytest.mark.database
MIGRATIONS = str(ROOT / "migrations")
BEFORE = "0024_backup"


@pytest.fixture
def somebody(app: Flask, noon: datetime) -> Somebody:
    """Who examined three cases, one of them at a stage that is kept apart."""
    found = make_user(Role.REVIEWER, at=noon)
    for case, part in (("case-1", ""), ("case-2", "first"), ("case-3", "")):
        with transaction():
            hold_duty(case, found.person_id, duty=Duty.EXAMINE, part=part, at=noon)
            record("act", Subject("case", case), actor=command("test"), at=noon)
    return found


def tamper(statement: str) -> None:
    """Write past the guards."""
    with db.engine.connect() as connection:
        is_server = connection.dialect.name == "postgresql"
        if is_server:
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text(statement))
            connection.execute(text("SET session_replication_role = DEFAULT"))
        else:
            guard = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'case_duties_no_update'"))
            connection.execute(text("DROP TRIGGER case_duties_no_update"))
            connection.execute(text(statement))
            connection.exec_driver_sql(str(guard))
        connection.commit()


def named() -> list[str]:
    """The rows that are found."""
    found = sorted(row for _, row, _ in verify.findings())
    db.session.remove()
    return found


@pytest.mark.owner
def test_the_part_of_a_duty_is_vouched_for(somebody: Somebody) -> None:
    db.session.remove()

    tamper("UPDATE case_duties SET part = 'second' WHERE case_id = 'case-2'")

    assert named() == [f"case_duties/case-2:{somebody.person_id}"]
    tamper("UPDATE case_duties SET part = 'first' WHERE case_id = 'case-2'")
    assert named() == []


def test_a_duty_that_is_narrowed_is_vouched_for_anew(somebody: Somebody, noon: datetime) -> None:
    with transaction():
        hold_duty("case-1", somebody.person_id, duty=Duty.EXAMINE, part="second", at=noon)
        record("act", Subject("case", "case-1"), actor=command("test"), at=noon)

    assert named() == []


@pytest.mark.owner
def test_duties_from_before_are_vouched_for_with_their_part(app: Flask, somebody: Somebody) -> None:
    db.session.remove()
    let_go(app)
    downgrade(directory=MIGRATIONS, revision=BEFORE)
    tamper("UPDATE case_duties SET duty = 'decide' WHERE case_id = 'case-3'")
    let_go(app)

    upgrade(directory=MIGRATIONS)

    assert named() == [f"case_duties/case-3:{somebody.person_id}"]  # not laundered by the step
    tamper("UPDATE case_duties SET part = 'second' WHERE case_id = 'case-2'")
    assert named() == [f"case_duties/case-{number}:{somebody.person_id}" for number in (2, 3)]
    tamper("UPDATE case_duties SET part = 'first' WHERE case_id = 'case-2'")
    tamper("UPDATE case_duties SET duty = 'examine' WHERE case_id = 'case-3'")
    let_go(app)
