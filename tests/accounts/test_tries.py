"""What somebody who guesses finds out, and how often they may try: the same for all names, counted in the database."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from tests.databases import SETTINGS, let_go
from tests.factories.accounts import PASSWORD, code_now, make_user, sign_in
from tests.pages import PageClient
from vouchers import config
from vouchers.accounts import passwords, services
from vouchers.accounts.rules import SIGN_INS_IN_ALL
from vouchers.accounts.states import Role
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.factory import create_app
from vouchers.kernel.actor import command

pytestmark = pytest.mark.usefixtures("clock")
ADMIN = command("test")
WRONG = "wrong-password-here"


class CountingHasher(PasswordHasher):
    """The real one, which counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  named by the library
        self.verified += 1
        return super().verify(hash, password)


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> CountingHasher:
    counting = CountingHasher()
    monkeypatch.setattr(passwords, "HASHER", counting)
    return counting


@pytest.fixture
def second_worker(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """Another application on the same database: another worker, or the same one started anew."""
    url = app.config["SETTINGS"].database_url
    other = create_app(config.load({**SETTINGS, "DATABASE_URL": url}, tmp_path))
    yield other
    let_go(other)


@pytest.mark.parametrize("name", ["known", "unknown", "stopped"])
def test_every_name_costs_the_same_work_and_reads_the_same(
    client: PageClient, noon: datetime, hasher: CountingHasher, name: str
) -> None:
    """A01: the time is that of the hash, so its calls are counted rather than the clock asked."""
    make_user(Role.HANDLER, at=noon, sign_in="known")
    stopped = make_user(Role.HANDLER, at=noon, sign_in="stopped")
    with transaction():
        services.deactivate(stopped.user_id, reason="离职", actor=ADMIN, at=noon)
    before = hasher.verified

    answer = _try(client, name, WRONG)

    assert (answer, hasher.verified - before) == (422, 1)
    assert client.page is not None
    assert "登录名或密码不对，或者账号已停用" in client.page.text
    assert name not in client.page.text


@pytest.mark.database
def test_wrong_tries_at_one_name_are_counted_over_addresses_workers_and_restarts(
    app: Flask, second_worker: Flask, noon: datetime
) -> None:
    """A03: one name from many addresses."""
    handler = make_user(Role.HANDLER, at=noon)

    answers = [
        _try(_at(app if number % 2 else second_worker, f"192.0.2.{number}"), handler.sign_in, WRONG)
        for number in range(11)
    ]

    assert answers == [422] * 10 + [429]
    assert _try(_at(second_worker, "192.0.2.200"), handler.sign_in, PASSWORD) == 429


@pytest.mark.database
def test_tries_from_one_address_are_counted_over_names_and_workers_whatever_headers_say(
    app: Flask, second_worker: Flask, noon: datetime
) -> None:
    """A03: many names from one address. C06: without a proxy nobody chooses the address they are counted under."""
    answers = []
    for number in range(11):
        browser = _at(app if number % 2 else second_worker, "192.0.2.7")
        forged = f"203.0.113.{number}"
        browser._client.environ_base |= {"HTTP_X_FORWARDED_FOR": forged, "HTTP_X_REAL_IP": forged}
        answers.append(_try(browser, f"name-{number}", WRONG))

    seen = set(db.session.scalars(select(AuditEvent.address).where(AuditEvent.act == "refuse_sign_in")))
    assert answers == [422] * 10 + [429]
    assert seen == {"192.0.2.7"}


def test_a_stranger_cannot_lock_the_owner_out_of_where_they_usually_are(app: Flask, noon: datetime) -> None:
    """A02"""
    handler = make_user(Role.HANDLER, at=noon)
    sign_in(_at(app, "198.51.100.1"), handler)
    for number in range(11):
        _try(_at(app, f"192.0.2.{number}"), handler.sign_in, WRONG)

    elsewhere = _try(_at(app, "203.0.113.9"), handler.sign_in, PASSWORD)
    at_the_desk = _try(_at(app, "198.51.100.1"), handler.sign_in, PASSWORD)

    assert (elsewhere, at_the_desk) == (429, 303)


def test_guessing_at_the_owners_own_address_waits_too(app: Flask, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon)
    desk = _at(app, "198.51.100.1")
    sign_in(desk, handler)

    answers = [_try(desk, handler.sign_in, WRONG) for _ in range(11)]

    assert answers == [422] * 10 + [429]


def test_colleagues_behind_one_address_do_not_hold_each_other_up(app: Flask, noon: datetime) -> None:
    desk = _at(app, "198.51.100.1")
    known = make_user(Role.HANDLER, at=noon)
    sign_in(desk, known)
    for number in range(11):
        _try(desk, f"name-{number}", WRONG)

    assert _try(desk, known.sign_in, PASSWORD) == 303


def test_all_wrong_tries_together_have_a_limit_and_the_window_passes(
    app: Flask, client: PageClient, noon: datetime, clock: Path
) -> None:
    """A02"""
    handler = make_user(Role.HANDLER, at=noon)
    with transaction():
        for _ in range(SIGN_INS_IN_ALL.tries):
            services.count_try(SIGN_INS_IN_ALL, "all", at=noon)

    refused = _try(client, handler.sign_in, PASSWORD)
    clock.write_text((noon + timedelta(minutes=5)).isoformat())

    assert (refused, _try(client, handler.sign_in, PASSWORD)) == (429, 303)


def test_the_old_password_cannot_be_guessed_by_whoever_sits_at_an_open_session(
    client: PageClient, noon: datetime
) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon))

    answers = []
    for _ in range(11):
        client.get("/confirm-password")
        answers.append(client.submit({"password": WRONG}, form="/confirm-password").status_code)
    client.get("/account/password")
    typed = {"old_password": PASSWORD, "new_password": "Tiedan-2026-liushui", "again": "Tiedan-2026-liushui"}

    assert answers == [422] * 10 + [429]
    assert client.submit(typed, form="/account/password").status_code == 429


@pytest.mark.parametrize("act", ["second factor", "post", "password again", "factor again", "new password"])
def test_the_session_has_a_new_id_after_every_change_of_standing(
    client: PageClient, noon: datetime, clock: Path, act: str
) -> None:
    """A04, INV-41: also at step-up."""
    reviewer = make_user(Role.REVIEWER, at=noon)
    sign_in(client, reviewer, with_factor=act != "second factor")
    before = _cookie(client)
    if act == "factor again":
        clock.write_text((noon + timedelta(minutes=12)).isoformat())

    _acts(client, act)

    after = _cookie(client)
    assert after != before
    client._client.set_cookie("sid", before)
    assert client.get("/account").location.startswith("/sign-in")
    client._client.set_cookie("sid", after)
    assert client.get("/account").status_code == 200


def test_a_session_planted_before_signing_in_is_worth_nothing(client: PageClient, noon: datetime) -> None:
    """A04"""
    handler = make_user(Role.HANDLER, at=noon)
    client._client.set_cookie("sid", "planted-by-somebody-else")

    _try(client, handler.sign_in, PASSWORD)

    assert _cookie(client) != "planted-by-somebody-else"
    client._client.set_cookie("sid", "planted-by-somebody-else")
    assert client.get("/account").location.startswith("/sign-in")


def test_a_password_changed_elsewhere_ends_this_session(app: Flask, client: PageClient, noon: datetime) -> None:
    """A05"""
    handler = make_user(Role.HANDLER, at=noon)
    elsewhere = PageClient(app)
    for browser in (client, elsewhere):
        sign_in(browser, handler)
    _acts(client, "new password")

    assert client.get("/account").status_code == 200
    assert elsewhere.get("/account").location.startswith("/sign-in")


def test_a_cookie_doctored_to_last_for_years_ends_with_the_session(
    client: PageClient, noon: datetime, clock: Path
) -> None:
    """A10"""
    sign_in(client, make_user(Role.HANDLER, at=noon))
    client._client.set_cookie("sid", _cookie(client), max_age=10 * 365 * 86_400)
    clock.write_text((noon + timedelta(minutes=31)).isoformat())

    assert client.get("/account").location.startswith("/sign-in")


def test_all_other_devices_are_signed_out_at_once(app: Flask, client: PageClient, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon)
    others = [PageClient(app), PageClient(app)]
    for browser in (*others, client):
        sign_in(browser, handler)
    stranger = PageClient(app)
    sign_in(stranger, make_user(Role.HANDLER, at=noon))
    client.get("/account")

    client.submit(form="/account/sessions/end-others")

    assert client.get("/account").status_code == 200
    assert [browser.get("/account").status_code for browser in others] == [303, 303]
    assert stranger.get("/account").status_code == 200


def test_the_record_shows_device_address_and_how(client: PageClient, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon)
    client._client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (X11; Linux x86_64; UOS) Chrome/140 Safari/537"
    sign_in(client, handler)
    client.get("/account")
    client.submit(form="/sign-out")
    sign_in(client, handler)

    client.get("/account/sign-ins")

    assert client.page is not None
    for words in ("Chrome · 统信 UOS", "127.0.0.1", "密码", "登录中", "已退出"):
        assert words in client.page.text


def _acts(client: PageClient, act: str) -> None:

    if act == "second factor":
        client.get("/second-factor")
        client.submit({"code": code_now()}, form="/second-factor")
    elif act == "post":
        client.get("/choose-post")
        client.submit({"post": "1"}, form="/choose-post")
    elif act == "password again":
        client.get("/confirm-password")
        client.submit({"password": PASSWORD}, form="/confirm-password")
    elif act == "factor again":
        client.get("/second-factor?again=1")
        client.submit({"code": code_now()}, form="/second-factor")
    else:
        client.get("/account/password")
        typed = {"old_password": PASSWORD, "new_password": "Tiedan-2026-liushui", "again": "Tiedan-2026-liushui"}
        client.submit(typed, form="/account/password")


def _at(app: Flask, address: str) -> PageClient:
    browser = PageClient(app)
    browser._client.environ_base["REMOTE_ADDR"] = address
    return browser


def _try(client: PageClient, name: str, password: str) -> int:
    client.get("/sign-in")
    return client.submit({"sign_in": name, "password": password}, form="/sign-in").status_code


def _cookie(client: PageClient) -> str:
    cookie = client._client.get_cookie("sid")
    return cookie.value if cookie else ""
