"""Signing in, step by step, and every way it must refuse."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import PASSWORD, code_now, make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts import services
from vouchers.accounts.models import SignInSession
from vouchers.accounts.states import Role
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command

pytestmark = pytest.mark.usefixtures("clock")
ADMIN = command("test")


def test_enterprise_signs_in_with_a_password(client: PageClient, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon)

    sign_in(client, handler)
    answer = client.get("/account")

    assert answer.status_code == 200
    assert client.page is not None
    assert "企业经办人" in client.page.text


def test_staff_see_nothing_before_the_second_factor(client: PageClient, noon: datetime) -> None:
    reviewer = make_user(Role.REVIEWER, at=noon)
    sign_in(client, reviewer, with_factor=False)

    answer = client.get("/account")

    assert answer.status_code == 303
    assert answer.location.startswith("/second-factor")


def test_staff_sign_in_with_both(client: PageClient, noon: datetime) -> None:
    sign_in(client, make_user(Role.REVIEWER, at=noon))

    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("sign_in_name", ["known", "unknown", "disabled"])
def test_refusal_is_the_same_whatever_is_wrong(client: PageClient, noon: datetime, sign_in_name: str) -> None:
    make_user(Role.HANDLER, at=noon, sign_in="known")
    stopped = make_user(Role.HANDLER, at=noon, sign_in="disabled")
    with transaction():
        services.deactivate(stopped.user_id, reason="test", actor=ADMIN, at=noon)
    password = PASSWORD if sign_in_name == "disabled" else "wrong-password-here"
    client.get("/sign-in")

    answer = client.submit({"sign_in": sign_in_name, "password": password}, form="/sign-in")

    assert answer.status_code == 422
    assert client.page is not None
    assert "登录名或密码不对，或者账号已停用" in client.page.text


def test_eleventh_wrong_password_waits_and_the_window_passes(client: PageClient, noon: datetime, clock: Path) -> None:
    handler = make_user(Role.HANDLER, at=noon)
    for _ in range(10):
        _try(client, handler.sign_in, "wrong-password-here")

    answer = _try(client, handler.sign_in, PASSWORD)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 300
    clock.write_text((noon + timedelta(minutes=6)).isoformat())
    assert _try(client, handler.sign_in, PASSWORD).status_code == 303


def test_one_address_may_not_try_many_names_and_others_are_not_held_up(app: Flask, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon)
    here, there = PageClient(app), PageClient(app)
    there._client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    for number in range(10):
        _try(here, f"name-{number}", "wrong-password-here")

    refused, let_in = _try(here, handler.sign_in, PASSWORD), _try(there, handler.sign_in, PASSWORD)

    assert refused.status_code == 429
    assert let_in.status_code == 303


def test_right_passwords_do_not_use_up_the_tries(client: PageClient, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon)

    answers = [_try(client, handler.sign_in, PASSWORD).status_code for _ in range(12)]

    assert set(answers) == {303}


def test_after_five_wrong_codes_one_signs_in_again_and_waits(client: PageClient, noon: datetime) -> None:
    """A07: the session is over, and a new one does not give new tries."""
    reviewer = make_user(Role.REVIEWER, at=noon)
    sign_in(client, reviewer, with_factor=False)

    answers = []
    for _ in range(5):
        client.get("/second-factor")
        answers.append(client.submit({"code": "000000"}, form="/second-factor"))

    assert [answer.status_code for answer in answers] == [422] * 4 + [303]
    assert answers[-1].location == "/sign-in"
    assert client.get("/account").location.startswith("/sign-in")
    sign_in(client, reviewer, with_factor=False)
    client.get("/second-factor")
    assert client.submit({"code": code_now()}, form="/second-factor").status_code == 429


def test_a_code_is_used_once(app: Flask, client: PageClient, noon: datetime) -> None:
    reviewer = make_user(Role.REVIEWER, at=noon)
    sign_in(client, reviewer)
    second = PageClient(app)
    sign_in(second, reviewer, with_factor=False)
    second.get("/second-factor")

    answer = second.submit({"code": code_now()}, form="/second-factor")

    assert answer.status_code == 422
    assert second.get("/account").location.startswith("/second-factor")


@pytest.mark.parametrize(("steps_back", "status"), [(0, 303), (1, 303), (2, 422), (-1, 422)])
def test_only_this_code_and_the_one_before_count(
    client: PageClient, noon: datetime, steps_back: int, status: int
) -> None:
    sign_in(client, make_user(Role.REVIEWER, at=noon), with_factor=False)
    client.get("/second-factor")

    answer = client.submit({"code": code_now(steps_back)}, form="/second-factor")

    assert answer.status_code == status


def test_session_is_new_at_each_step_and_the_old_one_is_dead(client: PageClient, noon: datetime) -> None:
    reviewer = make_user(Role.REVIEWER, at=noon)
    sign_in(client, reviewer, with_factor=False)
    before = _cookie(client)

    client.get("/second-factor")
    client.submit({"code": code_now()}, form="/second-factor")

    assert _cookie(client) != before
    client._client.set_cookie("sid", before)
    assert client.get("/account").location.startswith("/sign-in")


def test_copied_cookie_is_worth_nothing_after_signing_out(client: PageClient, noon: datetime) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon))
    copied = _cookie(client)
    client.get("/account")

    client.submit(form="/sign-out")

    client._client.set_cookie("sid", copied)
    assert client.get("/account").location.startswith("/sign-in")


def test_stopped_account_is_out_at_the_next_request(client: PageClient, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon)
    sign_in(client, handler)

    with transaction():
        services.deactivate(handler.user_id, reason="离职", actor=ADMIN, at=noon)

    assert client.get("/account").location.startswith("/sign-in")


@pytest.mark.parametrize(("role", "minutes"), [(Role.HANDLER, 30), (Role.REVIEWER, 15)])
def test_idle_sessions_end(client: PageClient, clock: Path, role: Role, minutes: int) -> None:
    start = datetime.fromisoformat(clock.read_text())
    quick, slow = client, PageClient(client._app)
    for browser in (quick, slow):
        sign_in(browser, make_user(role, at=start))

    clock.write_text((start + timedelta(minutes=minutes - 1)).isoformat())
    in_time = quick.get("/account").status_code
    clock.write_text((start + timedelta(minutes=minutes + 1)).isoformat())

    assert in_time == 200
    assert quick.get("/account").status_code == 200
    assert slow.get("/account").status_code == 303


def test_used_sessions_end_too_after_a_day_of_work(client: PageClient, noon: datetime, clock: Path) -> None:
    sign_in(client, make_user(Role.REVIEWER, at=noon))

    answers = []
    for minutes in range(10, 500, 10):
        clock.write_text((noon + timedelta(minutes=minutes)).isoformat())
        answers.append(client.get("/account").status_code)

    assert answers == [200] * 47 + [303] * 2


def test_form_sent_after_the_session_ended_says_so(client: PageClient, noon: datetime, clock: Path) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon))
    client.get("/account")
    clock.write_text((noon + timedelta(hours=1)).isoformat())

    answer = client.post("/messages/read", data={})

    assert answer.status_code == 303
    client.get(answer.location)
    assert client.page is not None
    assert "刚才的内容没有提交" in client.page.text


def test_fourth_session_ends_the_oldest(app: Flask, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon)
    browsers = [PageClient(app) for _ in range(4)]

    for browser in browsers:
        sign_in(browser, handler)

    assert [browser.get("/account").status_code for browser in browsers].count(303) == 1
    assert browsers[-1].get("/account").status_code == 200


def test_cookie_of_the_session_is_kept_from_scripts(client: PageClient, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon)

    answer = _try(client, handler.sign_in, PASSWORD)

    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("sid="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_signing_in_never_leads_elsewhere(client: PageClient, noon: datetime, target: str) -> None:
    handler = make_user(Role.HANDLER, at=noon)
    client.get("/sign-in", query_string={"next": target})

    answer = client.submit({"sign_in": handler.sign_in, "password": PASSWORD, "next": target}, form="/sign-in")

    assert answer.location == "/start"


def test_no_secret_is_written_into_the_trail(client: PageClient, noon: datetime) -> None:
    sign_in(client, make_user(Role.REVIEWER, at=noon))
    _try(client, "typed-a-password-here", "and-the-name-there")

    texts = [str(row) for row in db.session.execute(select(AuditEvent.__table__)).all()]

    assert any("refuse_sign_in" in text for text in texts)
    assert not any(
        word in text for text in texts for word in (PASSWORD, "typed-a-password", "and-the-name", code_now())
    )


def test_trail_says_from_where(client: PageClient, noon: datetime) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon))

    event = db.session.execute(
        select(AuditEvent.address, AuditEvent.request_id).where(AuditEvent.act == "sign_in")
    ).one()

    assert event.address == "127.0.0.1"
    assert len(event.request_id) > 10


def test_token_is_kept_as_a_hash_only(client: PageClient, noon: datetime) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon))

    kept = db.session.scalars(select(SignInSession.token_hash)).all()

    assert _cookie(client) not in kept
    assert all(len(one) == 64 for one in kept)


def _try(client: PageClient, name: str, password: str):  # type: ignore[no-untyped-def]
    client.get("/sign-in")
    return client.submit({"sign_in": name, "password": password}, form="/sign-in")


def _cookie(client: PageClient) -> str:
    cookie = client._client.get_cookie("sid")
    return cookie.value if cookie else ""
