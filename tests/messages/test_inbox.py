"""Messages reach those they are for and nobody else."""

import html
import re
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import Somebody, make_office, make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts.states import OfficeKind, Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.messages import queries, services
from vouchers.messages.models import Message
from vouchers.messages.services import Recipient, to_office, to_organisation, to_user
from vouchers.messages.texts import text_of

pytestmark = pytest.mark.usefixtures("clock")
MANY = 120


def leave(to: Recipient, at: datetime, link: str = "") -> None:
    with transaction():
        services.enqueue("no-such-text", {"n": 1}, to=to, at=at, link=link)


@pytest.mark.database
@pytest.mark.usefixtures("app")
def test_messages_reach_whom_they_are_for(noon: datetime) -> None:
    reviewer, handler = make_user(Role.REVIEWER, at=noon), make_user(Role.HANDLER, at=noon, organisation_id=7)
    finance = make_office("渝中区财政局", OfficeKind.FINANCE, at=noon)
    assert reviewer.office_id is not None
    recipients = [
        to_user(reviewer.user_id),
        to_office(reviewer.office_id),
        to_office(reviewer.office_id, Role.REVIEWER),
        to_office(reviewer.office_id, Role.DECIDER),
        to_office(finance),
        to_organisation(7),
        to_organisation(8),
    ]

    for recipient in recipients:
        leave(recipient, noon)

    assert queries.unread_count(reviewer.actor(Role.REVIEWER)) == 3
    assert queries.unread_count(handler.actor(Role.HANDLER)) == 1


def test_inbox_counts_and_leads_on(client: PageClient, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon, organisation_id=7)
    leave(to_organisation(7), noon, link="/account")
    sign_in(client, handler)
    client.get("/messages/")
    before = client.page.text if client.page else ""

    answer = client.submit(form=f"/messages/{_public_id()}/open")
    client.get("/messages/")

    assert answer.location == "/account"
    assert "未读" in before
    assert client.page is not None
    assert "未读" not in client.page.text


def test_what_colleagues_read_stays_new_for_others(client: PageClient, noon: datetime) -> None:
    one, other = (make_user(Role.HANDLER, at=noon, organisation_id=7) for _ in range(2))
    leave(to_organisation(7), noon)
    sign_in(client, one)
    client.get("/messages/")

    client.submit(form="/messages/read")

    assert _unread(one) == 0
    assert _unread(other) == 1


def test_no_message_is_left_out_however_many_there_are(client: PageClient, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon, organisation_id=7)
    with transaction():
        for number in range(MANY):
            services.enqueue("no-such-text", {"n": number}, to=to_organisation(7), at=noon, link=f"/first-{number}")
    sign_in(client, handler)
    found: list[str] = []
    following = "/messages/"
    while following:
        text = client.get(following).get_data(as_text=True)
        assert f"共 {MANY} 条" in text
        found += re.findall(r"/messages/[A-Za-z0-9_-]{22}/open", text)
        following = html.unescape(next(iter(re.findall(r'rel="next" href="([^"]+)"', text)), ""))

    assert len(set(found)) == len(found) == MANY

    client.submit(form="/messages/read")
    text = client.get("/messages/").get_data(as_text=True)
    assert _unread(handler) == 0
    assert 'action="/messages/read"' not in text


def test_a_message_seen_twice_is_seen_once(client: PageClient, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon, organisation_id=7)
    leave(to_organisation(7), noon, link="/account")
    sign_in(client, handler)
    for _ in range(2):
        client.get("/messages/")
        assert client.submit(form=f"/messages/{_public_id()}/open").location == "/account"

    assert _unread(handler) == 0


def test_strangers_message_cannot_be_opened(client: PageClient, noon: datetime) -> None:
    leave(to_organisation(8), noon, link="/account")
    sign_in(client, make_user(Role.HANDLER, at=noon, organisation_id=7))
    client.get("/account")
    token = client.page.forms[-1].values["csrf_token"] if client.page else []

    answer = client.post(f"/messages/{_public_id()}/open", data={"csrf_token": token})

    assert answer.status_code == 404


def test_empty_inbox_says_why(client: PageClient, noon: datetime) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon))

    client.get("/messages/")

    assert client.page is not None
    assert "还没有消息" in client.page.text


def _unread(somebody: Somebody) -> int:
    db.session.rollback()
    return queries.unread_count(somebody.actor(Role.HANDLER))


def _public_id() -> str:
    return str(db.session.scalar(select(Message.public_id)))


@pytest.mark.parametrize(
    ("code", "params", "said"),
    [
        ("order_cancel", {"number": "DD1", "reason": "项目调整。"}, "原因：项目调整。占用已释放。"),
        ("order_cancel", {"number": "DD1", "reason": "项目调整"}, "原因：项目调整。占用已释放。"),
        ("application_approve", {"number": "SQ1", "reason": "某数〔2026〕1号", "direct": 1}, "不发券"),
        ("application_approve", {"number": "SQ1", "reason": "某数〔2026〕1号"}, "发券后可以在“算力券”里查看"),
    ],
)
def test_a_message_says_what_is_so_and_stops_once(
    app: Flask, code: str, params: dict[str, str | int], said: str
) -> None:
    with app.test_request_context():
        _, body = text_of(code, params)

    assert said in body
    assert "。。" not in body
