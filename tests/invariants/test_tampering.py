"""Somebody with the database in their hands: whatever they change, the verifiers name the row."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tests.databases import Ground
from tests.factories.redemption import approved_claim, make_stage
from tests.invariants.verifying import broken
from tests.invariants.world import kept
from tests.races.conftest import NOON
from vouchers.audit.services import begin_restoration
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command

pytestmark = pytest.mark.database

Tamper = Callable[[Connection], None]

REFUSED = "append-only|never|not changed|frozen"


@pytest.fixture
def put_back(app: Flask, database: Ground) -> Iterator[Callable[[], None]]:
    """Books with something in them; calling it heals whatever was done to them."""
    approved_claim(make_stage(), at=NOON)
    assert broken() == []
    with kept(database) as heal:

        def healed() -> None:
            db.session.remove()
            heal()

        yield healed


def say(*statements: str) -> Tamper:
    """An attacker's statements."""

    def act(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    return act


def without_guards(act: Tamper) -> list[tuple[str, str, str]]:
    """What is found after an act on a database whose triggers somebody took away."""
    db.session.remove()
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
        else:
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                connection.execute(text(f"DROP TRIGGER {name}"))
        act(connection)
        connection.commit()
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = DEFAULT"))
            connection.commit()
    return broken()


COPIED = "at, act, subject_type, subject_id, actor_kind, actor_id, actor_name, actor_role, office, before, after"
REST = "details, reason, request_id, address, hash_alg, previous_hash"


EVENTS = [
    ("3", say("UPDATE audit_events SET reason = 'x' WHERE seq = 3")),
    ("4", say("UPDATE audit_events SET actor_name = '别人' WHERE seq = 4")),
    ("5", say("DELETE FROM audit_events WHERE seq = 5")),
    (
        "6",
        say(
            "UPDATE audit_events SET seq = 1000000 WHERE seq = 6",
            "UPDATE audit_events SET seq = 6 WHERE seq = 7",
            "UPDATE audit_events SET seq = 7 WHERE seq = 1000000",
        ),
    ),
    (
        "last",
        say(
            f"INSERT INTO audit_events (seq, {COPIED}, {REST}, hash)"
            f" SELECT seq + 1, {COPIED}, {REST}, 'made up' FROM audit_events ORDER BY seq DESC LIMIT 1"
        ),
    ),
    ("end", say("DELETE FROM audit_events WHERE seq = (SELECT max(seq) FROM audit_events)")),
]


@pytest.mark.owner
def test_an_event_that_was_tampered_with_is_named(app: Flask, put_back: Callable[[], None]) -> None:
    head = db.session.scalar(text("SELECT seq FROM audit_head"))
    places = {"last": str(head + 1), "end": str(head)}

    for seq, act in EVENTS:
        found = without_guards(act)

        named = [row for code, row, _ in found if code == "INV-48" and row.startswith("audit_events ")]
        assert named == [f"audit_events {places.get(seq, seq)}"]
        put_back()


A_TRANSFER = "(SELECT max(id) FROM transfers WHERE kind = 'redeem')"
ACT = "act_id, kind, debit_id, credit_id, amount, unit, key, reason, corrects_id, actor_name, at"


MONEY = [
    ("INV-04", say(f"UPDATE transfers SET amount = amount + 1 WHERE id = {A_TRANSFER}")),
    ("INV-04", say(f"DELETE FROM transfers WHERE id = {A_TRANSFER}")),
    (
        "INV-04",
        say(
            f"INSERT INTO transfers ({ACT}) SELECT act_id, kind, debit_id, credit_id, amount, unit, 'again',"
            f" reason, corrects_id, actor_name, at FROM transfers WHERE id = {A_TRANSFER}"
        ),
    ),
    ("INV-02", say(f"UPDATE transfers SET debit_id = credit_id, credit_id = debit_id WHERE id = {A_TRANSFER}")),
    ("INV-02", say(f"UPDATE transfers SET kind = 'pay' WHERE id = {A_TRANSFER}")),
    ("INV-04", say("UPDATE ledger_accounts SET balance = balance + 1 WHERE kind = 'payable'")),
    ("INV-01", say("UPDATE ledger_accounts SET balance = balance - 1 WHERE kind = 'voucher'")),
]


@pytest.mark.owner
def test_money_that_was_tampered_with_is_named(app: Flask, put_back: Callable[[], None]) -> None:
    for invariant, act in MONEY:
        found = without_guards(act)

        assert invariant in {code for code, _, _ in found}
        assert all(row for _, row, _ in found)
        put_back()


GUARDED = [
    "UPDATE audit_events SET reason = 'x' WHERE seq = 1",
    "DELETE FROM audit_events",
    "UPDATE transfers SET amount = 1",
    "DELETE FROM transfers",
    "DELETE FROM ledger_accounts",
    "DELETE FROM allocations",
    "UPDATE scheme_versions SET source = 'x'",
    "DELETE FROM restorations",
]
GUARDED_BY_KIND = {
    "sqlite": [
        "REPLACE INTO audit_events SELECT * FROM audit_events WHERE seq = 1",
        "INSERT OR REPLACE INTO transfers SELECT * FROM transfers WHERE id = 1",
    ],
    "postgresql": ["TRUNCATE audit_events", "TRUNCATE transfers", "TRUNCATE audit_purged", "TRUNCATE case_duties"],
}


@pytest.mark.owner
def test_the_guards_refuse_the_same_while_they_stand(app: Flask, put_back: Callable[[], None]) -> None:
    with transaction():
        begin_restoration(NOON, 1, actor=command("test"), at=NOON)
    db.session.remove()

    for statement in [*GUARDED, *GUARDED_BY_KIND[db.engine.dialect.name]]:
        with db.engine.connect() as connection, pytest.raises(DBAPIError, match=REFUSED):
            connection.execute(text(statement))
