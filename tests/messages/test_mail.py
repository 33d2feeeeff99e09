"""Messages reach mailboxes through a real mail server, once their owner confirmed them from there."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from flask import Flask
from jinja2 import meta
from sqlalchemy import select

from tests.factories.accounts import make_user, sign_in
from tests.pages import PageClient
from tests.ports import free_port
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.jobs.models import Job
from vouchers.jobs.states import JobState
from vouchers.jobs.worker import run_due
from vouchers.kernel.clock import now
from vouchers.messages import services
from vouchers.messages.services import to_office, to_organisation, to_user
from vouchers.messages.texts import text_of
from vouchers.signin.services import ask_for_password_link

pytestmark = pytest.mark.usefixtures("clock")

TEMPLATES = Path(__file__).parents[2] / "templates"
BOX = "zhang@example.com"
HOSTILE = "甲<script>\x0b乙\u2028丙\rBcc: evil@example.com\r\n\r\n丁"
EXPIRED = {"number": "SLQ-1", "last": "2026-12-31"}


class Mailroom:
    """What the server took, and what it answers to each recipient."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_RCPT(self, *given: Any) -> str:  # noqa: N802  the server's own name for it
        envelope, address = given[2], given[3]
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, *given: Any) -> str:  # noqa: N802
        envelope: Envelope = given[2]
        letter = message_from_bytes(bytes(envelope.original_content or b""), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 taken"


@pytest.fixture
def mailroom(app: Flask) -> Iterator[Mailroom]:
    room, port = Mailroom(), free_port()
    server = Controller(room, hostname="127.0.0.1", port=port)
    server.start()
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, smtp_url=f"smtp://127.0.0.1:{port}", mail_from="suanli@example.gov.cn")
    yield room
    app.config["SETTINGS"] = before
    server.stop()


def _confirmed(client: PageClient, app: Flask, room: Mailroom) -> None:
    """Name the mailbox of who is signed in, and open the letter's link."""
    client.get("/messages/mail/")
    client.submit({"address": BOX}, form="/messages/mail/")
    run_due(app, at=now())
    link = re.search(r"/messages/mail/confirm\?token=\S+", room.letters.pop().get_content())
    assert link
    client.get(link[0])
    client.submit(form="/messages/mail/confirm")


def _jobs() -> list[tuple[JobState, int, str]]:
    db.session.rollback()
    found = db.session.execute(select(Job.state, Job.attempts, Job.last_error).order_by(Job.id))
    return [(row.state, row.attempts, row.last_error) for row in found]


@pytest.mark.database
def test_a_message_reaches_the_mailbox_of_whoever_wants_it(
    client: PageClient, app: Flask, mailroom: Mailroom, noon: datetime
) -> None:
    handler, other = make_user(Role.HANDLER, at=noon, organisation_id=7), make_user(Role.REVIEWER, at=noon)
    sign_in(client, handler)
    _confirmed(client, app, mailroom)

    with transaction():
        for to in (to_organisation(7), to_organisation(8), to_user(other.user_id), to_office(other.office_id or 0)):
            services.enqueue("voucher_expire", EXPIRED, to=to, at=now(), link="/enterprise/vouchers/")
    run_due(app, at=now())
    run_due(app, at=now())

    (letter,) = mailroom.letters
    assert letter["To"] == BOX
    assert "SLQ-1" in letter["Subject"]
    assert "http://localhost/enterprise/vouchers/" in letter.get_content()
    assert letter["Message-ID"].endswith("@example.gov.cn>")


def test_nothing_is_sent_to_a_mailbox_before_its_owner_confirmed_it(
    client: PageClient, app: Flask, mailroom: Mailroom, noon: datetime
) -> None:
    handler = make_user(Role.HANDLER, at=noon, organisation_id=7)
    sign_in(client, handler)
    client.get("/messages/mail/")
    client.submit({"address": BOX}, form="/messages/mail/")
    run_due(app, at=now())
    mailroom.letters.clear()

    with transaction():
        services.enqueue("voucher_expire", EXPIRED, to=to_organisation(7), at=now())
    run_due(app, at=now())

    assert mailroom.letters == []


def test_a_link_sent_to_one_mailbox_confirms_no_other(
    client: PageClient, app: Flask, mailroom: Mailroom, noon: datetime
) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon, organisation_id=7))
    client.get("/messages/mail/")
    client.submit({"address": BOX}, form="/messages/mail/")
    run_due(app, at=now())
    link = re.search(r"/messages/mail/confirm\?token=\S+", mailroom.letters[0].get_content())
    assert link
    client.get("/messages/mail/")
    client.submit({"address": "other@example.com"}, form="/messages/mail/")

    client.get(link[0])

    assert client.page
    assert "这个确认地址不能用" in client.page.text


def test_a_server_that_is_away_is_tried_again_and_one_that_refuses_for_good_is_not(
    client: PageClient, app: Flask, mailroom: Mailroom, noon: datetime
) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon, organisation_id=7))
    _confirmed(client, app, mailroom)

    mailroom.answer = "451 later"
    with transaction():
        services.enqueue("voucher_expire", EXPIRED, to=to_organisation(7), at=now())
    run_due(app, at=now())
    assert _jobs()[-1] == (JobState.QUEUED, 1, "OSError: 邮件服务器答复 451")

    mailroom.answer = "250 OK"
    run_due(app, at=now() + timedelta(seconds=31))
    assert _jobs()[-1][0] is JobState.DONE

    mailroom.answer = "550 no such mailbox"
    with transaction():
        services.enqueue("voucher_expire", EXPIRED, to=to_organisation(7), at=now())
    run_due(app, at=now())
    assert _jobs()[-1] == (JobState.DEAD, 1, "邮件服务器答复 550")


def test_what_lay_before_mail_was_set_up_is_not_sent_after_all(
    client: PageClient, app: Flask, mailroom: Mailroom, noon: datetime
) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon, organisation_id=7))
    _confirmed(client, app, mailroom)
    with transaction():
        services.enqueue("voucher_expire", EXPIRED, to=to_organisation(7), at=now() - timedelta(days=4))

    run_due(app, at=now())

    assert mailroom.letters == []


def test_a_link_to_set_a_password_goes_to_the_mailbox_and_stands_in_no_inbox(
    client: PageClient, app: Flask, mailroom: Mailroom, noon: datetime
) -> None:
    handler = make_user(Role.HANDLER, at=noon, organisation_id=7)
    sign_in(client, handler)
    _confirmed(client, app, mailroom)
    with transaction():
        ask_for_password_link(handler.sign_in, actor=handler.actor(Role.HANDLER), at=now())

    run_due(app, at=now())
    client.get("/messages/")

    (letter,) = mailroom.letters
    assert re.search(r"^http://localhost/reset-password/\S{40,}$", letter.get_content(), re.MULTILINE)
    assert client.page
    assert "/reset-password/" not in client.page.text


def test_a_taken_back_mailbox_gets_nothing_more(
    client: PageClient, app: Flask, mailroom: Mailroom, noon: datetime
) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon, organisation_id=7))
    _confirmed(client, app, mailroom)
    with transaction():
        services.enqueue("voucher_expire", EXPIRED, to=to_organisation(7), at=now())
    client.get("/messages/mail/")
    client.submit(form="/messages/mail/remove")

    run_due(app, at=now())

    assert mailroom.letters == []


def test_no_value_breaks_the_subject_of_any_message(app: Flask) -> None:
    """D02, D11: whatever stands in a name or a number, the subject is one line, and all of it is shown as text."""
    loader, codes = app.jinja_env, [one.stem for one in (TEMPLATES / "messages").glob("*.txt")]
    seen = 0
    for code in codes:
        source, _, _ = loader.loader.get_source(loader, f"messages/{code}.txt")  # type: ignore[union-attr]
        names = meta.find_undeclared_variables(loader.parse(source)) - {"_"}
        with app.test_request_context():
            subject, body = text_of(code, dict.fromkeys(names, HOSTILE))
        seen += "<script>" in subject + body
        assert len(subject.splitlines()) == 1, code
        assert "&lt;" not in subject + body, code

    assert seen > 30


def test_a_hostile_name_adds_no_header_to_a_letter(
    client: PageClient, app: Flask, mailroom: Mailroom, noon: datetime
) -> None:
    """D11"""
    sign_in(client, make_user(Role.HANDLER, at=noon, organisation_id=7))
    _confirmed(client, app, mailroom)
    with transaction():
        services.enqueue("voucher_expire", {**EXPIRED, "number": HOSTILE}, to=to_organisation(7), at=now())

    run_due(app, at=now())

    (letter,) = mailroom.letters
    assert "Bcc" not in letter
    assert letter.get_content_type() == "text/plain"
    assert "<script>" in letter["Subject"]
    assert "evil" in letter["Subject"]


@pytest.mark.parametrize("address", ["zhang", "a@b", "a b@example.com", "a@example.com\r\nBcc: x@example.com", "a@-"])
@pytest.mark.usefixtures("mailroom")
def test_what_is_no_address_is_refused(client: PageClient, noon: datetime, address: str) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon, organisation_id=7))
    client.get("/messages/mail/")

    answer = client.submit({"address": address}, form="/messages/mail/")

    assert answer.status_code == 422
