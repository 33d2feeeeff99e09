"""Every invariant that rows can tell, broken by somebody with the file in hand, is named: statement by statement."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module

import pytest
from flask import Flask
from sqlalchemy import text

from tests.factories import enterprises
from tests.factories.accounts import MAKER
from tests.factories.applications import make_applicant, make_ground
from tests.factories.issuance import make_case
from tests.factories.redemption import approved_claim, make_stage
from tests.factories.review import make_decided
from tests.factories.settlement import Bureau, make_indicators, sent_batch
from tests.races.conftest import NOON
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import services as issuance
from vouchers.ledger import services as posting
from vouchers.ledger.rules import Cap

pytestmark = pytest.mark.database("sqlite")

Broken = tuple[str, str, str]
"""Invariant, slice, statements (parted by semicolons)."""

TABLES = (
    *("transfers", "ledger_accounts", "vouchers", "orders", "admissions", "claims", "allocations", "invoices"),
    *("batches", "persons", "stored_answers", "jobs", "audit_events", "payment_proofs", "delivery_confirmations"),
    *("case_duties", "appointments", "applications", "submissions", "mandates", "conflicts", "opinions"),
    *("number_series", "scheme_versions"),
)
ANSWER = "'user:1', 'claim.submit', 'key', 'f', 303, 'null', '', '2026-03-18 04:00:00.000000'"
JOB = "'mail', 'one', 'null', 'done', '2026-03-18 04:00:00.000000', 0, 0, '', '2026-03-18 04:00:00.000000'"
OF_ANSWERS = "principal, operation, key, fingerprint, status, body, location, created_at"
OF_JOBS = "kind, key, payload, state, due_at, attempts, fence, last_error, created_at"
SECOND_POST = (
    "INSERT INTO appointments SELECT * FROM appointments WHERE role = 'reviewer';"
    "UPDATE appointments SET role = 'audit_admin' WHERE rowid = (SELECT max(rowid) FROM appointments)"
)

TO_ANOTHER_LAYER = (
    "UPDATE transfers SET amount = amount + 1 WHERE id = (SELECT min(id) FROM transfers WHERE kind = 'issue');"
    "UPDATE transfers SET amount = amount - 1 WHERE id = (SELECT max(id) FROM transfers WHERE kind = 'issue')"
)
ANSWERED_TWICE = f"INSERT INTO stored_answers ({OF_ANSWERS}) VALUES ({ANSWER}), ({ANSWER})"  # noqa: S608
ASKED_TWICE = f"INSERT INTO jobs ({OF_JOBS}) VALUES ({JOB}), ({JOB})"  # noqa: S608

PAID: list[Broken] = [
    ("INV-06", "ledger", "UPDATE transfers SET amount = amount + 0.5 WHERE id = 1"),
    ("INV-06", "ledger", "UPDATE transfers SET amount = 0 WHERE id = 1"),
    ("INV-06", "ledger", "UPDATE transfers SET amount = 10000000000001 WHERE id = 1"),
    ("INV-09", "redemption", "UPDATE vouchers SET valid_until = '2026-02-10'"),
    ("INV-09", "redemption", "UPDATE vouchers SET valid_from = '2026-02-10'"),
    ("INV-09", "redemption", "UPDATE orders SET service_until = '2026-02-10'"),
    ("INV-09", "redemption", "UPDATE admissions SET valid_from = '2026-02-10'"),
    ("INV-09", "redemption", "UPDATE admissions SET valid_until = '2026-02-10'"),
    ("INV-09", "redemption", "UPDATE admissions SET ended_at = '2026-02-10 04:00:00.000000'"),
    ("INV-09", "redemption", "UPDATE admissions SET kinds = 'data'"),
    (
        "INV-10",
        "ledger",
        "UPDATE ledger_accounts SET balance = balance + 1 WHERE kind = 'quota' AND party = 'somebody'",
    ),
    ("INV-11", "issuance", TO_ANOTHER_LAYER),
    ("INV-11", "redemption", "UPDATE claims SET approved = approved - 1"),
    ("INV-13", "policy", "UPDATE scheme_versions SET content = json_set(content, '$.title', 'another')"),
    ("INV-13", "redemption", "UPDATE claims SET decision = json_set(decision, '$.tier', 'another')"),
    ("INV-13", "redemption", "UPDATE claims SET decision = json_set(decision, '$.digest', 'another')"),
    ("INV-15", "redemption", "UPDATE claims SET base = base + 1"),
    ("INV-15", "redemption", "DELETE FROM allocations"),
    ("INV-16", "redemption", "UPDATE invoices SET allocated = allocated + 1"),
    ("INV-16", "redemption", "UPDATE invoices SET eligible = allocated - 1"),
    ("INV-17", "redemption", "UPDATE invoices SET sha256 = 'other'"),
    ("INV-17", "redemption", "INSERT INTO invoices SELECT * FROM invoices"),
    ("INV-18", "redemption", "UPDATE number_series SET last = 0"),
    ("INV-18", "redemption", "INSERT INTO claims SELECT * FROM claims"),
    ("INV-18", "settlement", "UPDATE number_series SET last = 0"),
    ("INV-18", "settlement", "INSERT INTO batches SELECT * FROM batches"),
    ("INV-20", "accounts", "UPDATE persons SET phone_index = 'same'"),
    ("INV-20", "accounts", "UPDATE persons SET identity_index = 'same'"),
    ("INV-21", "accounts", ANSWERED_TWICE),
    ("INV-25", "jobs", ASKED_TWICE),
    ("INV-27", "operation", "UPDATE audit_events SET before = 'returned' WHERE act = 'claim.approve'"),
    ("INV-28", "redemption", "UPDATE payment_proofs SET amount = amount + 1"),
    ("INV-28", "redemption", "DELETE FROM delivery_confirmations"),
    ("INV-32", "redemption", "DELETE FROM case_duties WHERE duty = 'decide'"),
    ("INV-32", "redemption", "UPDATE case_duties SET duty = 'enter' WHERE duty = 'examine'"),
    ("INV-32", "settlement", "DELETE FROM case_duties WHERE duty = 'make_payment'"),
    ("INV-32", "settlement", "DELETE FROM case_duties WHERE duty = 'check_payment'"),
    ("INV-35", "accounts", SECOND_POST),
    ("INV-36", "accounts", "UPDATE appointments SET office_id = (SELECT id FROM offices WHERE kind = 'lead')"),
    ("INV-47", "operation", "UPDATE claims SET state = 'paid'"),
    ("INV-47", "operation", "DELETE FROM audit_events WHERE act = 'claim.verify'"),
    ("INV-47", "operation", "UPDATE batches SET state = 'closed'"),
]

TIE = (
    "SELECT o.reviewer_person_id, e.organisation_id FROM opinions o"
    " JOIN applications a ON a.id = o.application_id JOIN enterprises e ON e.id = a.enterprise_id LIMIT 1"
)
MEMBER = f"UPDATE mandates SET valid_from = '2020-01-01', (person_id, organisation_id) = ({TIE})"  # noqa: S608
TIED = f"SELECT 1, t.*, '', '2020-01-01 00:00:00.000000' FROM ({TIE}) t"  # noqa: S608
DECLARED = f"INSERT INTO conflicts (id, person_id, organisation_id, reason, declared_at) {TIED}"
BOTH_STAGES = (
    "UPDATE case_duties SET part = 'another' WHERE duty = 'examine';"
    "INSERT INTO case_duties SELECT case_id, person_id + 1000, duty, (SELECT max(stage) FROM opinions), since"
    " FROM case_duties WHERE duty = 'examine'"
)
DECIDED: list[Broken] = [
    ("INV-11", "issuance", "UPDATE vouchers SET face = face + 2"),
    ("INV-13", "applications", "UPDATE applications SET decision = json_set(decision, '$.amount.maximum', 1)"),
    ("INV-13", "applications", "UPDATE applications SET decision = json_set(decision, '$.result', 'ineligible')"),
    ("INV-18", "applications", "UPDATE number_series SET last = 0"),
    ("INV-18", "applications", "INSERT INTO applications SELECT * FROM applications"),
    ("INV-18", "issuance", "UPDATE number_series SET last = 0"),
    ("INV-18", "issuance", "INSERT INTO vouchers SELECT * FROM vouchers"),
    ("INV-19", "applications", "INSERT INTO applications SELECT * FROM applications"),
    ("INV-28", "applications", "UPDATE submissions SET hash = 'other'"),
    ("INV-28", "applications", "UPDATE submissions SET snapshot = '{}'"),
    ("INV-32", "applications", "DELETE FROM case_duties WHERE duty = 'enter'"),
    ("INV-32", "review", "UPDATE case_duties SET duty = 'enter'"),
    ("INV-33", "review", MEMBER),
    ("INV-33", "review", DECLARED),
    ("INV-34", "review", BOTH_STAGES),
    ("INV-36", "review", "UPDATE opinions SET office = 'another'"),
    ("INV-47", "operation", "UPDATE applications SET state = 'rejected'"),
    ("INV-47", "operation", "UPDATE vouchers SET state = 'void'"),
]


def test_of_what_was_paid_every_break_is_named(app: Flask) -> None:
    stage, bureau = make_stage(), Bureau()
    approved_claim(stage, at=NOON)
    make_indicators(stage, bureau)
    sent_batch(stage, bureau, at=NOON)
    with transaction():
        cap = Cap("cap-test", stage.scheme_id, "somebody", "2026", 1_000)
        posting.draw(cap, 999, key="a", actor=MAKER, at=NOON)
        record("test.draw", Subject("cap", "a"), actor=MAKER, at=NOON)

    assert missed(PAID) == []


def test_of_what_was_decided_and_issued_every_break_is_named(app: Flask) -> None:
    ground = make_ground(at=NOON, granted=10_000_000)
    make_decided(ground, make_applicant(at=NOON), at=NOON)
    case = make_case(ground, enterprises.enterprise(77, at=NOON), at=NOON).public_id
    with transaction():
        issuance.issue(case, actor=ground.officer("decider"), at=NOON + timedelta(hours=1))

    assert missed(DECIDED) == []


def missed(breaks: list[Broken]) -> list[Broken]:
    """The breaks that are not found, or that were findings before anybody broke anything."""
    found = []
    with loosened():
        for invariant, name, statements in breaks:
            verify: Callable[[], Iterator[tuple[str, str, str]]] = import_module(f"vouchers.{name}.verify").findings
            before = {code for code, _, _ in verify()}
            with db.session.begin_nested() as point:
                for statement in statements.split(";"):
                    db.session.execute(text(statement))
                told = {code for code, row, words in verify() if row and words}
                point.rollback()
            if invariant in before or invariant not in told:
                found.append((invariant, name, statements))
    return found


@contextmanager
def loosened() -> Iterator[None]:
    """Tables of the same rows without keys, checks and triggers stand before the real ones until the block ends."""
    db.session.rollback()
    for table in TABLES:
        db.session.execute(text(f"CREATE TEMP TABLE {table} AS SELECT * FROM main.{table}"))  # noqa: S608
    try:
        yield
    finally:
        db.session.rollback()
