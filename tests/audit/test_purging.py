"""Security logs may go after their time; the chain still holds, the purge is on record, money audit never goes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.factories.accounts import make_office
from tests.factories.accounts import make_user as somebody
from vouchers.accounts import services
from vouchers.audit.queries import count, head
from vouchers.audit.rules import SECURITY_LOG
from vouchers.audit.services import Subject, record
from vouchers.audit.verify import findings
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import now

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
OLD = timedelta(days=400)
REFUSED = re.compile("append-only|not changed")


@contextmanager
def raw() -> Iterator[None]:
    """Statements on the session's own connection, undone at the end."""
    db.session.rollback()
    try:
        yield
    finally:
        db.session.rollback()


def purge(app: Flask, *, days: int) -> Result:
    """Purge what is older than so many days."""
    return app.test_cli_runner().invoke(args=["audit", "purge", "--before", f"{now() - timedelta(days=days):%Y-%m-%d}"])


def sign_ins(actor: Actor, *, at: datetime, times: int = 3) -> None:
    for number in range(times):
        with transaction():
            record("sign_in", Subject("user", str(number)), actor=actor, at=at)


@pytest.mark.owner
def test_old_security_logs_go_and_the_chain_still_holds(app: Flask, actor: Actor) -> None:
    old = now() - OLD
    make_office(at=old)
    sign_ins(actor, at=old)
    make_office("财政局", at=old)
    sign_ins(actor, at=now())
    before, (last, _) = count(), head()

    result = purge(app, days=200)

    assert (result.exit_code, "已清理 3 条" in result.output) == (0, True), result.output
    assert count() == before - 3 + 1
    assert head()[0] == last + 1
    assert list(findings()) == []
    again = purge(app, days=200)
    assert "已清理 0 条" in again.output
    assert head()[0] == last + 1


def test_logs_of_the_last_six_months_stay(app: Flask, actor: Actor) -> None:
    sign_ins(actor, at=now() - timedelta(days=180))

    result = app.test_cli_runner().invoke(
        args=["audit", "purge", "--before", f"{now() - timedelta(days=100):%Y-%m-%d}"]
    )

    assert result.exit_code == 1
    assert "至少在线保留 184 天" in result.output


def test_an_event_that_vouches_for_a_row_is_not_purged(app: Flask, actor: Actor) -> None:
    old = now() - OLD
    user = somebody(at=old)
    with transaction():
        services.reset_password(user.user_id, reason="忘记密码", actor=actor, at=old)
        record("sign_in", Subject("user", "1"), actor=actor, at=old)
    purge(app, days=200)

    assert list(findings()) == []


@pytest.mark.owner
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_purged WHERE seq = 3",
        "UPDATE audit_purged SET purge = 'x' WHERE seq = 3",
    ],
)
def test_what_is_left_of_purged_events_is_not_changed(app: Flask, actor: Actor, statement: str) -> None:
    sign_ins(actor, at=now() - OLD)
    purge(app, days=200)

    with raw(), pytest.raises(DBAPIError, match=REFUSED):
        db.session.execute(text(statement))


@pytest.mark.database("sqlite")
def test_a_purge_whose_links_are_gone_or_changed_is_named(app: Flask, actor: Actor) -> None:
    sign_ins(actor, at=now() - OLD)
    purge(app, days=200)
    purged = db.session.execute(text("SELECT DISTINCT purge FROM audit_purged")).scalar_one()

    for change, row, told in (
        ("DELETE FROM audit_purged", f"audit_purged {purged}", "有清理记录，但所清理留痕的哈希不在"),
        ("DELETE FROM audit_purged WHERE seq = 1", "audit_purged 2", "清理掉的留痕与清理时的记录不符"),
        ("UPDATE audit_purged SET purge = 'x'", "audit_purged 1", "清理掉的留痕与清理时的记录不符"),
    ):
        with raw():
            for name in db.session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars():
                db.session.execute(text(f"DROP TRIGGER {name}"))
            db.session.execute(text(change))
            assert ("INV-48", row, told) in list(findings())


@pytest.mark.owner
def test_no_other_event_goes_by_the_way_of_a_purge(app: Flask, actor: Actor) -> None:
    """Neither with its link kept by hand, nor a security log without it."""
    make_office(at=now() - OLD)
    sign_ins(actor, at=now() - OLD)
    keep = "INSERT INTO audit_purged (seq, purge, previous_hash, hash) SELECT seq, 'x', previous_hash, hash"

    with raw():
        db.session.execute(text(f"{keep} FROM audit_events WHERE seq = 1"))
        with pytest.raises(DBAPIError, match=REFUSED):
            db.session.execute(text("DELETE FROM audit_events WHERE seq = 1"))
    with raw(), pytest.raises(DBAPIError, match=REFUSED):
        db.session.execute(text("DELETE FROM audit_events WHERE seq = 2"))
    with raw():  # a security log with its link kept goes, but no purge is on record
        db.session.execute(text(f"{keep} FROM audit_events WHERE seq = 2"))
        db.session.execute(text("DELETE FROM audit_events WHERE seq = 2"))
        assert [row for _, row, _ in findings()] == ["audit_purged 2"]
    assert "sign_in" in SECURITY_LOG
