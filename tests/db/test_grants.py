"""The role the product runs under on PostgreSQL: it works, and cannot touch what is recorded nor what guards it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from tests.db.roles import Role, asked, granted, role
from tests.factories.redemption import approved_claim, make_stage
from tests.invariants.verifying import broken
from vouchers.audit.models import AuditEvent
from vouchers.config import Environment
from vouchers.db.base import db
from vouchers.db.fitness import unfit
from vouchers.operation.checks import Check, Level, examine

__all__ = ["role"]

pytestmark = [pytest.mark.database("postgresql"), pytest.mark.owner]
NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)
MIGRATIONS = Path(__file__).parents[2] / "migrations"
NEWEST = (MIGRATIONS / "HEAD").read_text().strip()


def checked(app: Flask, environment: Environment = Environment.TEST) -> Check:
    """What the doctor says of the role."""
    settings = replace(app.config["SETTINGS"], environment=environment)
    (found,) = (one for one in examine(settings, MIGRATIONS, at=NOON) if one.name == "数据库角色")
    return found


REFUSED = [
    "UPDATE transfers SET amount = 1",
    "DELETE FROM transfers",
    "TRUNCATE transfers",
    "UPDATE ledger_accounts SET balance = 0",
    "DELETE FROM ledger_accounts",
    "UPDATE audit_events SET reason = 'x'",
    "DELETE FROM audit_events",
    "TRUNCATE audit_events",
    "SELECT seq FROM audit_events FOR UPDATE",
    "UPDATE allocations SET amount = 1",
    "UPDATE invoices SET allocated = 0",
    "DELETE FROM invoices",
    "UPDATE submissions SET application_id = application_id",
    "DELETE FROM users",
    "UPDATE alembic_version SET version_num = '0001_audit'",
    "ALTER TABLE transfers DISABLE TRIGGER ALL",
    "DROP TRIGGER transfers_no_change ON transfers",
    "CREATE TRIGGER one BEFORE INSERT ON transfers FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "ALTER TABLE audit_events RENAME TO others",
    "DROP TABLE transfers CASCADE",
    "SET session_replication_role = replica",
    "CREATE TABLE mine (one int)",
]
A_TABLE_OF_ONES_OWN = "CREATE TEMP TABLE mine (LIKE transfers)"
WITH_THE_OWNERS_HAND = "CREATE TRIGGER one AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION transfers_post()"


def refused(statement: str, before: str = "SELECT 1") -> bool:
    """Whether the server says that the role has no right to this."""
    with db.engine.connect() as connection:
        connection.execute(text(before))
        with pytest.raises(DBAPIError) as found:
            connection.execute(text(statement))
    return isinstance(found.value.orig, psycopg.errors.InsufficientPrivilege)


def test_the_product_works_and_the_server_refuses_to_touch_what_is_recorded(role: Role) -> None:
    stage = make_stage()
    granted(role)
    role.take_on()
    assert db.session.scalar(text("SELECT current_user")) == role.name
    db.session.remove()

    claim = approved_claim(stage, at=NOON)

    assert claim.number
    assert broken() == []
    db.session.remove()
    assert [one for one in REFUSED if not refused(one)] == []
    assert refused(WITH_THE_OWNERS_HAND, A_TABLE_OF_ONES_OWN), "sums are written for a table of one's own"


def test_doctor_tells_the_role_that_owns_the_tables_and_rights_that_are_not_those_needed(role: Role) -> None:
    owning = checked(role.app)
    granted(role)
    role.take_on()
    right = checked(role.app)
    role.owner("GRANT DELETE ON transfers TO {}")
    role.owner("REVOKE UPDATE (balance), INSERT ON ledger_accounts FROM {}")
    wrong = checked(role.app)

    assert (owning.level, "flask grant-app" in owning.message) == (Level.NOTE, True)
    assert (right.level, right.value, right.message) == (Level.GOOD, role.name, "")
    assert wrong.level is Level.FINDING
    assert "缺少（INSERT ledger_accounts），多出（DELETE transfers）" in wrong.message


def test_in_production_the_owner_is_a_finding(role: Role) -> None:
    assert checked(role.app, Environment.PRODUCTION).level is Level.FINDING


def test_a_role_without_its_rights_does_not_serve(role: Role) -> None:
    role.take_on()
    assert "不让这个角色读表" in unfit(role.app)
    role.let_go()
    granted(role)
    role.take_on()
    assert unfit(role.app) == ""
    role.owner("REVOKE INSERT ON transfers FROM {}")
    assert "缺少权限（INSERT transfers）" in unfit(role.app)


def test_what_the_server_refuses_says_whether_rights_lack_or_the_owner_is_wanted(role: Role) -> None:
    run = role.app.test_cli_runner().invoke
    role.take_on()
    daily = run(args=["jobs", "daily"]).output
    unseen = [
        one.message for one in examine(role.app.config["SETTINGS"], MIGRATIONS, at=NOON) if one.value == "未能检查"
    ]
    role.let_go()
    granted(role)
    role.take_on()
    downgrade = run(args=["db", "downgrade"])

    assert "flask grant-app" in daily
    assert "由表的所有者办理" in downgrade.output
    assert downgrade.exit_code == 1
    assert len(unseen) == 3
    assert all("permission denied" in one and "\n" not in one for one in unseen), unseen


def test_a_migration_renews_the_rights_and_only_the_owner_migrates(role: Role) -> None:
    granted(role)
    role.owner("REVOKE INSERT ON transfers FROM {}")
    upgrade(directory=str(MIGRATIONS))
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT has_table_privilege(:role, 'transfers', 'INSERT')"), {"role": role.name})
    before = "UPDATE alembic_version SET version_num = "
    role.owner(f"{before}'0037_waiting'")
    try:
        role.take_on()
        with pytest.raises(SystemExit, match=f"{role.name} 不是表的所有者"):
            upgrade(directory=str(MIGRATIONS))
    finally:
        role.let_go()
        role.owner(f"{before}'{NEWEST}'")


def test_rights_are_given_by_the_owner_to_a_role_that_is_not_above_them(role: Role) -> None:
    assert "没有角色 nobody-here" in asked(role.app, "nobody-here")
    assert "限制不了它" in asked(role.app, make_url(str(db.engine.url)).username or "postgres")
    granted(role)
    assert db.session.scalars(select(AuditEvent.subject_id).where(AuditEvent.act == "database.grant")).all() == [
        role.name
    ]
    role.take_on()
    assert "不是表的所有者，不能授权" in asked(role.app, role.name)
