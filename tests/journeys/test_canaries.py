"""Values that nobody but their owner may read go through the system and are looked for wherever people look."""

import logging
from datetime import UTC, date, datetime
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from sqlalchemy import text

from tests.databases import SETTINGS
from tests.factories.accounts import MAKER, make_office
from tests.factories.parties import organisation as make_organisation
from tests.pages import PageClient
from vouchers.accounts import services as accounts
from vouchers.accounts.services import NewAppointment, NewUser, PersonDetails
from vouchers.accounts.states import Role
from vouchers.cli.backup import rows
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now
from vouchers.parties import services as parties
from vouchers.parties.services import NewBankAccount

LONG_AGO = datetime(2026, 1, 5, 2, tzinfo=UTC)
PASSWORD, WRONG = "金丝雀-Kanarienvogel-4711!", "Falscher-Vogel-0815!"
SECRET = "KANARIENVOGELKANARIENVOGELKANARI"
IDENTITY, PHONE, ACCOUNT = "500103199003071234", "13987650123", "6222021234567890123"
CANARIES = (PASSWORD, WRONG, SECRET, IDENTITY, PHONE, ACCOUNT, SETTINGS["SECRET_KEY"], SETTINGS["DATA_KEY"])


@pytest.fixture
def officer(app: Flask, noon: datetime, clock: Path) -> str:
    """An officer with an identity number, a phone and a second factor, and an organisation with a bank account."""
    office = make_office(at=LONG_AGO)
    details = PersonDetails("金丝雀", identity_number=IDENTITY, phone=PHONE)
    with transaction():
        new = NewUser("jinsique", details, password=PASSWORD, totp_secret=SECRET)
        user_id, _ = accounts.create_user(new, actor=MAKER, at=LONG_AGO)
        post = NewAppointment(user_id, Role.AUDIT_ADMIN, date(2026, 1, 5), office_id=office, organisation_id=None)
        accounts.appoint(post, actor=MAKER, at=LONG_AGO)
    with transaction():
        organisation = make_organisation(1, actor=MAKER, at=LONG_AGO)
        account = NewBankAccount("金丝雀科技有限公司", "重庆银行", ACCOUNT, date(2026, 1, 5))
        parties.add_bank_account(organisation.id, account, actor=MAKER, at=LONG_AGO)
    return "jinsique"


def test_no_canary_sings_in_logs_addresses_audit_errors_or_pages(
    app: Flask, officer: str, client: PageClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []

    def look(path: str) -> None:
        answer = client.get(path)
        seen.extend((path, answer.location or "", answer.get_data(as_text=True)))

    def send(values: dict[str, str], form: str) -> None:
        answer = client.submit(values, form=form)
        seen.extend((answer.location or "", answer.get_data(as_text=True)))

    look("/sign-in")
    send({"sign_in": officer, "password": WRONG}, "/sign-in")
    look("/sign-in")
    send({"sign_in": officer, "password": PASSWORD}, "/sign-in")
    look("/second-factor")
    send({"code": "000000"}, "/second-factor")
    look("/second-factor")
    send({"code": pyotp.TOTP(SECRET).at(now())}, "/second-factor")
    for path in ("/", "/verify/", "/audit-heads", "/office/", "/office/audit/", "/office/people/", "/nothing-here"):
        look(path)

    everything = "\n".join([*seen, caplog.text, *audited()])
    assert "sign_in" in "\n".join(audited())
    assert [canary for canary in CANARIES if canary in everything] == []


def test_no_canary_lies_readable_in_the_database(app: Flask, officer: str) -> None:
    with db.engine.connect() as connection:
        source = rows.DatabaseSource(connection, rows.tables(connection))
        lying = [
            (table, canary)
            for table in source.tables
            for row in source.rows(table)
            for canary in CANARIES
            if canary in "\n".join(map(str, row))
        ]

    assert lying == []


def audited() -> list[str]:
    """Every event as it lies in the database."""
    return [str(row) for row in db.session.execute(text("SELECT * FROM audit_events"))]
