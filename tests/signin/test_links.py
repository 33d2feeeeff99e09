"""Setting a password by a link, and the very first account of an installation."""

import re
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.factories.accounts import PASSWORD, Somebody, make_user, sign_in
from tests.pages import PageClient
from tests.races import together
from vouchers.accounts import services as accounts
from vouchers.accounts.models import Appointment, User
from vouchers.accounts.services import NewPassword
from vouchers.accounts.states import Role
from vouchers.audit.models import AuditEvent
from vouchers.audit.watch import SilentWriteError
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.kernel.errors import NotFound
from vouchers.messages.models import Message
from vouchers.messages.queries import private_link
from vouchers.signin import services
from vouchers.signin.models import IdentityLink, OneTimeLink
from vouchers.signin.services import Identity

pytestmark = pytest.mark.usefixtures("clock")
ADMIN = command("test")
NEW = "Tiedan-2026-liushui"
IDENTITY = services.Identity("https://idp.example", "sub-1", "李华", has_factor=False)
FIRST = {
    "office": "渝中区大数据局",
    "name": "李华",
    "phone": "13800000000",
    "sign_in": "lihua",
    "new_password": NEW,
    "again": NEW,
}


def test_a_link_sets_a_new_password_and_ends_all_sessions(app: Flask, client: PageClient, noon: datetime) -> None:
    """A06"""
    handler = make_user(Role.HANDLER, at=noon)
    browser = PageClient(app)
    sign_in(browser, handler)
    link = _link_for(client, handler)

    answer = _set(client, link, NEW)

    assert (answer, browser.get("/account").location[:8]) == (303, "/sign-in")
    client.get("/sign-in")
    assert client.submit({"sign_in": handler.sign_in, "password": PASSWORD}, form="/sign-in").status_code == 422
    assert client.submit({"sign_in": handler.sign_in, "password": NEW}, form="/sign-in").status_code == 303


def test_a_link_does_not_replace_the_second_factor(client: PageClient, noon: datetime) -> None:
    reviewer = make_user(Role.REVIEWER, at=noon)
    _set(client, _link_for(client, reviewer), NEW)

    client.get("/sign-in")
    client.submit({"sign_in": reviewer.sign_in, "password": NEW}, form="/sign-in")

    assert client.get("/account").location.startswith("/second-factor")


def test_a_link_is_used_once(client: PageClient, noon: datetime) -> None:
    """A06"""
    link = _link_for(client, make_user(Role.HANDLER, at=noon))
    _set(client, link, NEW)

    assert client.get(link).status_code == 410
    assert client.page is not None
    assert "这个链接不能用了" in client.page.text


def test_a_link_dies_after_half_an_hour(client: PageClient, noon: datetime, clock: Path) -> None:
    """A06"""
    link = _link_for(client, make_user(Role.HANDLER, at=noon))
    clock.write_text((noon + timedelta(minutes=29)).isoformat())
    in_time = client.get(link).status_code
    clock.write_text((noon + timedelta(minutes=30)).isoformat())

    assert (in_time, client.get(link).status_code) == (200, 410)


@pytest.mark.parametrize("witness", ["who looked", "who worked", "nobody"])
def test_a_lapsed_link_stays_dead_when_the_clock_goes_back(
    app: Flask, client: PageClient, noon: datetime, clock: Path, witness: str
) -> None:
    """I07: found lapsed by somebody, lapsed while others worked, or made at a time still to come."""
    other = PageClient(app)
    sign_in(other, make_user(Role.HANDLER, at=noon))
    link = _link_for(client, make_user(Role.HANDLER, at=noon))
    clock.write_text((noon + timedelta(minutes=29)).isoformat())
    other.get("/messages/")
    in_time = client.get(link).status_code
    clock.write_text((noon + timedelta(minutes=40)).isoformat())
    if witness == "who looked":
        client.get(link)
    elif witness == "who worked":
        other.get("/messages/")

    back = timedelta(hours=2) if witness == "nobody" else timedelta(minutes=20)
    clock.write_text((noon + timedelta(minutes=40) - back).isoformat())

    assert (in_time, client.get(link).status_code) == (200, 410)


def test_that_time_ends_a_link_is_no_act_and_any_other_change_of_one_is(app: Flask, noon: datetime) -> None:
    handler, late = make_user(Role.HANDLER, at=noon), noon + timedelta(days=8)
    with transaction():
        services.invite(handler.user_id, actor=ADMIN, at=noon)

    with pytest.raises(SilentWriteError, match="one_time_links"), transaction():
        db.session.execute(update(OneTimeLink).values(expires_at=late))
    with transaction():
        services.end_lapsed_links(late)

    assert db.session.scalars(select(OneTimeLink.used_at)).all() == [late]


def test_a_lapsed_invitation_stays_dead_when_the_clock_goes_back(app: Flask, noon: datetime) -> None:
    """I07"""
    handler, late = make_user(Role.HANDLER, at=noon), noon + timedelta(days=7, hours=1)
    with transaction():
        code = services.invite(handler.user_id, actor=ADMIN, at=noon)
    with transaction():
        services.end_lapsed_links(late)  # what every act does

    with transaction():
        taken = services.accept_invitation(code, IDENTITY, actor=ADMIN, at=late - timedelta(hours=2))
    assert taken is None


def test_a_lapsed_code_of_the_console_stays_dead_when_the_clock_goes_back(
    client: PageClient, noon: datetime, clock: Path
) -> None:
    """I07"""
    code, late = _setup_code(noon), noon + timedelta(days=1, hours=1)
    for at in (late, late - timedelta(hours=2)):
        clock.write_text(at.isoformat())
        client.get("/set-up")
        assert client.submit({"code": code, **FIRST}, form="/set-up").status_code == 422


def test_a_page_left_open_is_refused_when_the_link_died_meanwhile(
    client: PageClient, noon: datetime, clock: Path
) -> None:
    link = _link_for(client, make_user(Role.HANDLER, at=noon))
    client.get(link)
    clock.write_text((noon + timedelta(minutes=31)).isoformat())

    assert client.submit({"new_password": NEW, "again": NEW}, form=link).status_code == 410


def test_a_newer_link_is_the_only_one(client: PageClient, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon)
    older, newer = _link_for(client, handler), _link_for(client, handler)

    assert (client.get(older).status_code, client.get(newer).status_code) == (410, 200)


def test_a_link_is_dead_when_the_password_was_changed_otherwise(client: PageClient, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon)
    link = _link_for(client, handler)
    later = noon + timedelta(minutes=1)
    with transaction():
        accounts.replace_password(handler.user_id, NewPassword(NEW, needs_classes=True), actor=ADMIN, at=later)

    assert _set(client, link, "Another-one-2026") == 410


def test_a_link_changes_its_own_account_and_no_other(client: PageClient, noon: datetime) -> None:
    """A06: nothing that is sent says whose password it is."""
    handler, other = make_user(Role.HANDLER, at=noon), make_user(Role.HANDLER, at=noon)
    before = _hash(other)
    link = _link_for(client, handler)
    client.get(link)
    client.post(
        link,
        data={
            "csrf_token": client.page.forms[-1].values["csrf_token"] if client.page else "",
            "new_password": NEW,
            "again": NEW,
            "user_id": str(other.user_id),
            "sign_in": other.sign_in,
        },
    )

    assert _hash(other) == before


def test_a_link_never_names_the_host_that_was_sent(client: PageClient, noon: datetime) -> None:
    """A06: the message holds a path; whoever sends it on puts PUBLIC_URL before it."""
    handler = make_user(Role.HANDLER, at=noon)
    client.get("/forgotten")
    token = client.page.forms[-1].values["csrf_token"] if client.page else []
    forged = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    client.post("/forgotten", data={"sign_in": handler.sign_in, "csrf_token": token}, headers=forged)

    assert re.fullmatch(r"/reset-password/[\w-]{43}", _sent())


@pytest.mark.parametrize("who", ["known", "unknown", "stopped"])
def test_asking_for_a_link_answers_alike_for_everybody(client: PageClient, noon: datetime, who: str) -> None:
    """A01"""
    make_user(Role.HANDLER, at=noon, sign_in="known")
    stopped = make_user(Role.HANDLER, at=noon, sign_in="stopped")
    with transaction():
        accounts.deactivate(stopped.user_id, reason="离职", actor=ADMIN, at=noon)
    client.get("/forgotten")

    answer = client.submit({"sign_in": who}, form="/forgotten")

    assert answer.status_code == 200
    assert client.page is not None
    assert "有这个账号的，链接已经发出" in client.page.text
    assert db.session.scalars(select(Message.code)).all() == (["password_link"] if who == "known" else [])
    events = db.session.scalars(select(AuditEvent.act).where(AuditEvent.act == "ask_password_link")).all()
    assert len(events) == 1, "the same work is done for all three"


@pytest.mark.parametrize("who", ["known", "unknown"])
def test_the_sixth_link_of_a_day_waits(client: PageClient, noon: datetime, who: str) -> None:
    make_user(Role.HANDLER, at=noon, sign_in="known")
    answers = []
    for _ in range(6):
        client.get("/forgotten")
        answers.append(client.submit({"sign_in": who}, form="/forgotten").status_code)

    assert answers == [200] * 5 + [429]


@pytest.mark.parametrize("new", ["kurz", "Password123!", PASSWORD])
def test_a_bad_password_is_refused_and_the_link_lives_on(client: PageClient, noon: datetime, new: str) -> None:
    link = _link_for(client, make_user(Role.HANDLER, at=noon))

    assert _set(client, link, new) == 422
    assert _set(client, link, NEW) == 303


def test_links_are_kept_as_hashes_only(client: PageClient, noon: datetime) -> None:
    link = _link_for(client, make_user(Role.HANDLER, at=noon))

    kept = db.session.scalars(select(OneTimeLink.token_hash)).all()

    assert link.rpartition("/")[2] not in kept
    assert [len(one) for one in kept] == [64]


def test_whoever_sits_at_an_open_session_does_not_find_the_link(client: PageClient, noon: datetime) -> None:
    """Otherwise an unattended screen would be enough to set a new password without the old one."""
    handler = make_user(Role.HANDLER, at=noon)
    sign_in(client, handler)
    token = _link_for(client, handler).rpartition("/")[2]

    client.get("/messages/")

    assert client.page is not None
    assert "有人申请为您的账号设置新密码" in client.page.text
    assert not [link for link in client.page.links() if "reset-password" in link]
    rows = [str(row) for row in db.session.execute(select(Message.__table__)).all()]
    assert not any(token in row for row in rows)


@pytest.mark.database
def test_of_many_uses_of_a_link_at_once_one_counts(app: Flask, noon: datetime) -> None:
    """A06"""
    handler = make_user(Role.HANDLER, at=noon)
    with transaction():
        services.ask_for_password_link(handler.sign_in, actor=ADMIN, at=noon)
    token = _sent().rpartition("/")[2]

    results = together(app, [partial(_use, token, f"Tiedan-{n}-liushui", noon) for n in range(4)])

    assert [type(result) for result in results].count(int) == 1


@pytest.mark.database
def test_an_invitation_lets_one_of_many_identities_in(app: Flask, noon: datetime) -> None:
    """G09"""
    reviewer = make_user(Role.REVIEWER, at=noon)
    with transaction():
        code = services.invite(reviewer.user_id, actor=ADMIN, at=noon)

    results = together(app, [partial(_accept, code, f"person-{n}", noon) for n in range(8)])

    assert [result for result in results if result == reviewer.user_id] == [reviewer.user_id]
    assert [result for result in results if result is not None] == [reviewer.user_id]
    db.session.rollback()
    assert db.session.query(IdentityLink).count() == 1


def test_old_links_are_forgotten(app: Flask, client: PageClient, noon: datetime) -> None:
    _link_for(client, make_user(Role.HANDLER, at=noon))

    with transaction():
        early = services.forget_old_links(actor=ADMIN, at=noon + timedelta(days=29))
    with transaction():
        late = services.forget_old_links(actor=ADMIN, at=noon + timedelta(days=31))

    assert (early, late) == (0, 1)


def test_nobody_has_an_account_in_a_fresh_installation(app: Flask) -> None:
    """A11"""
    assert db.session.scalars(select(User.id)).all() == []


def test_the_code_of_the_console_makes_the_first_administrator_and_dies(client: PageClient, noon: datetime) -> None:
    """A11"""
    code = _setup_code(noon)
    client.get("/set-up")

    answer = client.submit(FIRST | {"code": code}, form="/set-up")

    assert (answer.status_code, answer.location) == (303, "/start")
    assert client.get("/start").location.startswith("/second-factor")
    assert db.session.scalars(select(Appointment.role)).all() == [Role.SYSTEM_ADMIN]
    assert client.get("/set-up").status_code == 404
    with pytest.raises(NotFound), transaction():
        services.make_setup_code(actor=ADMIN, at=noon)


def test_without_the_code_nobody_is_first(client: PageClient, noon: datetime) -> None:
    """A11"""
    _setup_code(noon)
    client.get("/set-up")

    answer = client.submit(FIRST | {"code": "AAAA-AAAA-AAAA-AAAA"}, form="/set-up")

    assert answer.status_code == 422
    assert db.session.scalars(select(User.id)).all() == []


def test_only_the_newest_code_of_the_console_counts_and_for_a_day(
    client: PageClient, noon: datetime, clock: Path
) -> None:
    """A11"""
    older, newer = _setup_code(noon), _setup_code(noon)
    client.get("/set-up")
    by_older = client.submit(FIRST | {"code": older}, form="/set-up").status_code
    clock.write_text((noon + timedelta(days=1)).isoformat())

    assert (by_older, client.submit(FIRST | {"code": newer}, form="/set-up").status_code) == (422, 422)


@pytest.mark.database
def test_of_two_who_set_up_at_once_one_is_first(app: Flask, noon: datetime) -> None:
    code = _setup_code(noon)

    results = together(app, [partial(_set_up, code, f"first{n}", noon) for n in range(2)])

    assert len([result for result in results if isinstance(result, int)]) == 1
    assert len(db.session.scalars(select(User.id)).all()) == 1


def _set_up(code: str, name: str, at: datetime) -> int:
    first = services.FirstAccount("渝中区大数据局", "李华", f"1380000000{name[-1]}", name, NEW, needs_classes=True)
    with transaction():
        return services.set_up(code, first, actor=ADMIN, at=at)


def _setup_code(at: datetime) -> str:
    with transaction():
        return services.make_setup_code(actor=ADMIN, at=at)


def _use(token: str, new: str, at: datetime) -> int:
    with transaction():
        return services.set_password_by_link(token, NewPassword(new, needs_classes=True), actor=ADMIN, at=at)


def _link_for(client: PageClient, somebody: Somebody) -> str:
    client.get("/forgotten")
    assert client.submit({"sign_in": somebody.sign_in}, form="/forgotten").status_code == 200
    return _sent()


def _sent() -> str:
    """The link of the newest message, as the person's mailbox gets it."""
    params = db.session.scalars(select(Message.params).order_by(Message.id.desc())).first()
    assert params is not None
    return private_link(params)


def _set(client: PageClient, link: str, new: str) -> int:
    client.get(link)
    if client.page is None or not client.page.forms or link not in {form.action for form in client.page.forms}:
        return client.get(link).status_code
    return client.submit({"new_password": new, "again": new}, form=link).status_code


def _hash(somebody: Somebody) -> str:
    return str(db.session.scalar(select(User.password_hash).where(User.id == somebody.user_id)))


def _accept(code: str, subject: str, at: datetime) -> int | None:
    with transaction():
        return services.accept_invitation(code, Identity("https://sso", subject, "王明"), actor=ADMIN, at=at)
