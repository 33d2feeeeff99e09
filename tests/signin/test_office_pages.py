"""What administrators see of somebody's ways to sign in, and what they may do."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import Somebody, make_user, sign_in
from tests.pages import PageClient
from tests.signin.provider import City
from vouchers.accounts import queries as accounts
from vouchers.accounts.services import unbind_second_factor
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.kernel.errors import NotFound
from vouchers.messages.models import Message
from vouchers.signin import queries, services
from vouchers.signin.models import OneTimeLink
from vouchers.signin.services import Identity
from vouchers.signin.states import ResetState

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def reviewer(noon: datetime) -> Somebody:
    return make_user(Role.REVIEWER, at=noon)


@pytest.fixture
def admin(client: PageClient, noon: datetime) -> PageClient:
    sign_in(client, make_user(Role.SYSTEM_ADMIN, at=noon))
    return client


def test_an_administrator_sees_how_somebody_signs_in_and_from_where(
    app: Flask, admin: PageClient, reviewer: Somebody
) -> None:
    sign_in(PageClient(app), reviewer)

    admin.get(_ways(reviewer))

    assert admin.page is not None
    for words in ("已绑定", "还剩 0 个", "密码 + 动态口令", "登录中"):
        assert f" {words} " in admin.page.text


def test_an_administrator_hands_out_a_code_that_is_kept_as_a_hash(
    admin: PageClient, reviewer: Somebody, city: City
) -> None:
    admin.get(_ways(reviewer) + "/invite")

    admin.submit(form=_ways(reviewer) + "/invite")

    assert admin.page is not None
    code = next("".join(found.itertext()) for found in admin.page.tree.iter("code"))
    assert len(code) == 19
    kept = db.session.scalars(select(OneTimeLink.token_hash)).all()
    assert len(kept) == 1
    assert code.replace("-", "") not in kept


def test_an_administrator_ends_a_link_and_the_owner_is_told(
    admin: PageClient, reviewer: Somebody, noon: datetime
) -> None:
    with transaction():
        identity = Identity("https://sso", "one", "王明")
        services.link_identity(reviewer.user_id, identity, by_owner=True, actor=command("test"), at=noon)
    admin.get(_ways(reviewer) + "/unlink")

    admin.submit(form=_ways(reviewer) + "/unlink")

    assert queries.identity_of(reviewer.user_id) is None
    told = db.session.scalars(select(Message.code).where(Message.user_id == reviewer.user_id)).all()
    assert told == ["identity_linked", "identity_unlinked"]


@pytest.mark.parametrize("page", ["password", "invite", "unlink"])
def test_nobody_changes_their_own_ways_as_an_administrator(
    app: Flask, client: PageClient, noon: datetime, page: str
) -> None:
    own = make_user(Role.SYSTEM_ADMIN, at=noon)
    sign_in(client, own)

    assert client.get(f"{_ways(own)}/{page}").status_code == 403


@pytest.mark.parametrize("page", ["factor", "password", "invite", "unlink"])
def test_acts_on_somebody_elses_ways_ask_for_a_fresh_factor(
    admin: PageClient, reviewer: Somebody, noon: datetime, clock: Path, page: str
) -> None:
    clock.write_text((noon + timedelta(minutes=11)).isoformat())

    assert admin.get(f"{_ways(reviewer)}/{page}").location.startswith("/second-factor?again=1")


def test_a_proposal_can_be_taken_back_and_only_one_waits_at_a_time(
    admin: PageClient, reviewer: Somebody, noon: datetime
) -> None:
    page = _ways(reviewer)
    answers = []
    for _ in range(2):
        admin.get(page + "/factor")
        answers.append(admin.submit({"reason": "手机丢失"}, form=page + "/factor").status_code)
    reset = queries.resets_of(reviewer.user_id)[0].public_id
    admin.get(page)

    admin.submit(form=f"{page}/resets/{reset}/withdraw")

    assert answers == [303, 422]
    assert [one.state for one in queries.resets_of(reviewer.user_id)] == [ResetState.WITHDRAWN]
    assert accounts.account(reviewer.user_id).totp_secret is not None
    second = make_user(Role.SECURITY_ADMIN, at=noon).actor(Role.SECURITY_ADMIN)
    with pytest.raises(NotFound), transaction():
        services.confirm_reset(reset, actor=second, at=noon)


def test_a_factor_that_is_not_bound_needs_no_reset(admin: PageClient, reviewer: Somebody, noon: datetime) -> None:
    with transaction():
        unbind_second_factor(reviewer.user_id, reason="", actor=command("test"), at=noon)
    admin.get(_ways(reviewer) + "/factor")

    assert admin.submit({"reason": "手机丢失"}, form=_ways(reviewer) + "/factor").status_code == 422


def test_the_console_frees_the_factor_only_when_asked(app: Flask, reviewer: Somebody) -> None:
    runner = app.test_cli_runner()

    runner.invoke(args=["user", "reset", reviewer.sign_in])
    kept = accounts.account(reviewer.user_id).totp_secret
    done = runner.invoke(args=["user", "reset", reviewer.sign_in, "--factor"])

    assert kept is not None
    assert done.exit_code == 0
    assert accounts.account(reviewer.user_id).totp_secret is None


def _ways(somebody: Somebody) -> str:
    return f"/office/people/{accounts.account(somebody.user_id).public_id}/sign-in"
