"""Values that nobody but their owner may read go through the system and are looked for wherever people look."""

import logging
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from sqlalchemy import text

from tests.databases import SETTINGS
from tests.factories import enterprises
from tests.factories.accounts import MAKER, make_office, make_user, sign_in
from tests.factories.enterprises import enterprise
from tests.factories.parties import organisation as make_organisation
from tests.factories.redemption import add_account, approved_claim, make_stage
from tests.factories.settlement import Bureau, approved_batch, make_indicators
from tests.pages import PageClient
from vouchers.accounts import services as accounts
from vouchers.accounts.services import NewAppointment, NewUser, PersonDetails
from vouchers.accounts.states import Role
from vouchers.cli.backup import rows
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.jobs.worker import run_due
from vouchers.kernel.clock import now
from vouchers.parties import services as parties
from vouchers.parties.services import NewBankAccount
from vouchers.settlement import services as settlement

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


@dataclass
class Watcher:
    """What somebody is shown, and where they are sent."""

    client: PageClient
    seen: list[str] = field(default_factory=list)

    def look(self, *paths: str) -> None:
        for path in paths:
            answer = self.client.get(path)
            self.seen.extend((answer.location or "", answer.get_data(as_text=True)))


def released(noon: datetime, bureau: Bureau) -> str:
    """A batch, let go, that pays to the account of the canary."""
    stage = make_stage(accounts=False)
    with transaction():
        add_account(stage.provider_organisation_id, actor=MAKER, number=ACCOUNT)
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    batch = approved_batch(stage, bureau, at=noon).public_id
    with transaction():
        settlement.release(batch, actor=bureau.checking, at=noon)
    return batch


def test_no_canary_sings_on_the_way_from_a_profile_to_the_payment(
    app: Flask, noon: datetime, clock: Path, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """I12, INV-50: payee, batch, file for the bank, messages, refusals, faults and the words of a backup."""
    caplog.set_level(logging.DEBUG)
    bureau = Bureau()
    batch = released(noon, bureau)
    applicant = enterprise(71, at=noon, identity_number=IDENTITY, phone=PHONE).enterprise
    maker, own, officer = (Watcher(PageClient(app)) for _ in range(3))
    sign_in(maker.client, bureau.maker)
    maker.look(f"/office/batches/{batch}", "/office/batches/", "/office/nothing-here", f"/office/batches/{batch}/file")
    file = maker.client.submit(form=f"/office/batches/{batch}/file")
    sign_in_by_name(own.client, "qiye71")
    own.look("/enterprise/profile/", "/messages/", "/register/enterprise")
    sign_in(officer.client, make_user(Role.ADMISSION_OFFICER, at=noon))
    officer.look(f"/office/enterprises/{applicant.public_id}", "/office/providers/", f"/office/batches/{batch}")
    run_due(app, at=now())
    backup = app.test_cli_runner().invoke(args=["backup", "make", str(tmp_path / "backup")])

    assert ACCOUNT in file.get_data(as_text=True), "the bank needs it, and nobody else gets it"
    assert backup.exit_code == 0, backup.output
    kept = [str(row) for table in ("messages", "jobs") for row in db.session.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608
    shown = [*maker.seen, *own.seen, *officer.seen, caplog.text, backup.output, *kept, *audited()]
    everything = "\n".join(shown)
    assert ACCOUNT[-4:] in everything
    assert [one for one in (ACCOUNT, IDENTITY, PHONE) if one in everything] == []


def sign_in_by_name(client: PageClient, name: str) -> None:
    client.get("/sign-in")
    client.submit({"sign_in": name, "password": enterprises.PASSWORD}, form="/sign-in")


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
