"""Commands of accounts, as somebody at the console uses them."""

import json
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories.accounts import PASSWORD, make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts import queries, services
from vouchers.accounts.models import SignInSession
from vouchers.accounts.rules import KEEP_SESSIONS
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import job
from vouchers.kernel.clock import today

CREATE = [
    "user",
    "create",
    "lilei",
    "--name",
    "李雷",
    "--phone",
    "13911112222",
    "--role",
    "decider",
    "--office",
    "区大数据局",
]


def test_account_is_opened_with_a_first_password(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=CREATE)

    password = result.output.split()[3].partition("（")[0]
    assert result.exit_code == 0, result.output
    assert services.authenticate("lilei", password) == queries.user_named("lilei")
    assert [post.role for post in queries.posts_of(queries.user_named("lilei"), on=today())] == [Role.DECIDER]


def test_name_already_taken_is_said_plainly(app: Flask) -> None:
    runner = app.test_cli_runner()
    runner.invoke(args=CREATE)

    result = runner.invoke(args=CREATE)

    assert result.exit_code == 1
    assert "已有人使用" in result.output


def test_reset_makes_the_old_password_worthless(app: Flask, noon: datetime) -> None:
    make_user(Role.DECIDER, at=noon, sign_in="lilei")

    result = app.test_cli_runner().invoke(args=["user", "reset", "lilei"])

    assert result.exit_code == 0
    assert services.authenticate("lilei", PASSWORD) is None


def test_unknown_name_cannot_be_reset(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["user", "reset", "nobody"])

    assert result.exit_code == 1


def test_access_says_who_and_whose(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["access", "--json"])

    rows = {row["endpoint"]: row for row in json.loads(result.output)}
    assert rows["accounts_office.appoint"]["permission"] == "people:manage"
    assert rows["accounts_office.appoint"]["relation"] == "any"
    assert rows["accounts_office.appoint"]["who"] == ["system_admin"]
    assert rows["messages_inbox.inbox"]["relation"] == "own"
    assert rows["accounts_public.sign_in"]["permission"] == "public"
    assert rows["accounts_public.sign_in"]["who"] == ["public"]


@pytest.mark.database
@pytest.mark.usefixtures("app", "clock")
def test_old_sessions_are_forgotten_and_new_ones_kept(client: PageClient, noon: datetime) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon))
    sweeper, kept = job("forget_old_sessions"), []

    for at in (noon + timedelta(days=1), noon + KEEP_SESSIONS + timedelta(days=1)):
        with transaction():
            services.forget_old_sessions(actor=sweeper, at=at)
        kept.append(db.session.scalar(select(func.count()).select_from(SignInSession)))

    assert kept == [1, 0]
