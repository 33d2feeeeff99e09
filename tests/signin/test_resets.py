"""重置密码: nobody but its owner ever knows a password; where money is moved, two administrators reset it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import PASSWORD, SECRET, Somebody, appoint_too, make_user, sign_in
from tests.pages import PageClient
from tests.races import together
from vouchers.accounts import queries as accounts
from vouchers.accounts import services as people
from vouchers.accounts.services import NewPassword
from vouchers.accounts.states import Role
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor, command
from vouchers.kernel.errors import RuleViolation
from vouchers.messages.models import Message
from vouchers.signin import queries, rules, services
from vouchers.signin.models import OneTimeLink
from vouchers.signin.states import ResetKind, ResetState

pytestmark = pytest.mark.usefixtures("clock")
NEW = "Xin-de-mima-2026"
MONEY = [Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.DECIDER]


def test_the_owner_chooses_the_password_with_a_code_and_the_factor_stays(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    reviewer, browser = make_user(Role.REVIEWER, at=noon), PageClient(app)
    sign_in(browser, reviewer)
    sign_in(client, make_user(Role.SYSTEM_ADMIN, at=noon))
    client.get(_ways(reviewer) + "/password")

    client.submit({"reason": "忘记密码，已当面核实"}, form=_ways(reviewer) + "/password")

    code = _shown(client)
    assert browser.get("/account").location.startswith("/sign-in")
    assert people.authenticate(reviewer.sign_in, PASSWORD) is None
    assert people.authenticate(reviewer.sign_in, code) is None, "the code is no password"
    assert code.replace("-", "") not in str(db.session.execute(select(Message.__table__)).all())
    assert _chosen(browser, code.lower().replace("-", " ")) == 303
    assert people.authenticate(reviewer.sign_in, NEW) == reviewer.user_id
    assert accounts.account(reviewer.user_id).totp_secret == SECRET
    assert _chosen(browser, code) == 410, "a code is good once"
    told = db.session.scalars(select(Message.code).where(Message.user_id == reviewer.user_id)).all()
    assert told == ["password_reset", "password_replaced"]


def test_a_code_is_good_for_a_day_and_older_ways_are_dead(
    app: Flask, client: PageClient, noon: datetime, clock: Path
) -> None:
    reviewer = make_user(Role.REVIEWER, at=noon)
    with transaction():
        services.ask_for_password_link(reviewer.sign_in, actor=command("test"), at=noon)
    codes = [_reset(reviewer, make_user(Role.SYSTEM_ADMIN, at=noon).actor(Role.SYSTEM_ADMIN), noon) for _ in range(2)]

    assert len(db.session.scalars(select(OneTimeLink.id).where(OneTimeLink.used_at.is_(None))).all()) == 1
    assert _chosen(client, codes[0]) == 410
    clock.write_text((noon + timedelta(hours=23)).isoformat())
    assert _chosen(client, codes[1]) == 303
    late = _reset(reviewer, make_user(Role.SYSTEM_ADMIN, at=noon).actor(Role.SYSTEM_ADMIN), noon + timedelta(hours=23))
    clock.write_text((noon + timedelta(hours=47)).isoformat())
    assert _chosen(client, late) == 410


@pytest.mark.parametrize("role", Role)
def test_who_moves_money_is_reset_by_two(role: Role) -> None:
    assert rules.resets_by_two([role]) == (role in MONEY)


@pytest.mark.database
@pytest.mark.parametrize("role", MONEY)
def test_one_administrator_alone_cannot_reset_who_moves_money(app: Flask, noon: datetime, role: Role) -> None:
    owner, admin = make_user(role, at=noon), make_user(Role.SYSTEM_ADMIN, at=noon).actor(Role.SYSTEM_ADMIN)

    with pytest.raises(RuleViolation, match="须两人办理"):
        _reset(owner, admin, noon)
    proposed = _proposed(owner, admin, noon)
    with pytest.raises(RuleViolation, match="须是两个人"):
        _confirmed(proposed, admin, noon)

    assert people.authenticate(owner.sign_in, PASSWORD) == owner.user_id


@pytest.mark.database
def test_a_money_role_that_begins_tomorrow_or_by_another_account_counts(app: Flask, noon: datetime) -> None:
    reviewer, admin = make_user(Role.REVIEWER, at=noon), make_user(Role.SYSTEM_ADMIN, at=noon).actor(Role.SYSTEM_ADMIN)
    same = make_user(Role.REVIEWER, at=noon, phone="13600000001", sign_in="one")
    other = make_user(None, at=noon, phone="13600000001", sign_in="two")
    appoint_too(other, Role.DECIDER, at=noon, office_id=reviewer.office_id)
    later = noon + timedelta(days=40)  # the factory begins 30 days before
    appoint_too(reviewer, Role.DECIDER, at=later)

    for owner in (reviewer, same):
        with pytest.raises(RuleViolation, match="须两人办理"):
            _reset(owner, admin, noon)


def test_two_administrators_reset_who_moves_money_and_the_second_hands_the_code_over(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    maker, second, browser = make_user(Role.FINANCE_MAKER, at=noon), PageClient(app), PageClient(app)
    sign_in(client, make_user(Role.SYSTEM_ADMIN, at=noon))
    sign_in(second, make_user(Role.SECURITY_ADMIN, at=noon))
    page = _ways(maker)
    client.get(page + "/password")
    proposed = client.submit({"reason": "忘记密码"}, form=page + "/password")
    assert proposed.status_code == 303
    assert people.authenticate(maker.sign_in, PASSWORD) == maker.user_id, "nothing has changed yet"
    second.get(page)
    confirm = f"{page}/resets/{queries.resets_of(maker.user_id)[0].public_id}/confirm"
    assert second.page is not None
    assert confirm in second.page.links()
    assert client.get(confirm).status_code == 403

    second.get(confirm)
    second.submit(form=confirm)

    assert people.authenticate(maker.sign_in, PASSWORD) is None
    assert _chosen(browser, _shown(second)) == 303
    assert people.authenticate(maker.sign_in, NEW) == maker.user_id
    acts = db.session.scalars(select(AuditEvent.act).where(AuditEvent.act.contains("password"))).all()
    assert acts == ["propose_password_reset", "reset_password", "replace_password"]
    assert [one.state for one in queries.resets_of(maker.user_id)] == [ResetState.CONFIRMED]


@pytest.mark.database
def test_nobody_resets_their_own_password_as_an_administrator(app: Flask, noon: datetime) -> None:
    own = make_user(Role.SYSTEM_ADMIN, at=noon)
    acts: list[Callable[..., object]] = [_reset, _proposed]

    for act in acts:
        with pytest.raises(RuleViolation, match="不能为自己"):
            act(own, own.actor(Role.SYSTEM_ADMIN), noon)


@pytest.mark.database
def test_of_two_confirmations_at_once_one_code_comes(app: Flask, noon: datetime) -> None:
    owner = make_user(Role.DECIDER, at=noon)
    proposed = _proposed(owner, make_user(Role.SYSTEM_ADMIN, at=noon).actor(Role.SYSTEM_ADMIN), noon)
    admins = [make_user(Role.SECURITY_ADMIN, at=noon).actor(Role.SECURITY_ADMIN) for _ in range(2)]

    results = together(app, [partial(_confirmed, proposed, admin, noon) for admin in admins])

    [code] = [one for one in results if isinstance(one, str)]
    with transaction():
        new = NewPassword(NEW, needs_classes=True)
        assert services.set_password_by_link(code, new, actor=command("test"), at=noon) == owner.user_id


def _reset(owner: Somebody, actor: Actor, at: datetime) -> str:
    with transaction():
        return services.reset_password(owner.user_id, reason="忘记密码", actor=actor, at=at)


def _proposed(owner: Somebody, actor: Actor, at: datetime) -> str:
    with transaction():
        services.propose_reset(owner.user_id, ResetKind.PASSWORD, reason="忘记密码", actor=actor, at=at)
    return queries.resets_of(owner.user_id)[0].public_id


def _confirmed(public_id: str, actor: Actor, at: datetime) -> str:
    with transaction():
        return services.confirm_reset(public_id, actor=actor, at=at)


def _chosen(client: PageClient, code: str) -> int:
    """Type a code and choose a password; the status of the last answer."""
    client.get("/reset-password")
    address = client.submit({"code": code}, form="/reset-password").location
    answer = client.get(address)
    if answer.status_code != 200:
        return answer.status_code
    return client.submit({"new_password": NEW, "again": NEW}, form=address).status_code


def _shown(client: PageClient) -> str:
    assert client.page is not None
    return next("".join(found.itertext()) for found in client.page.tree.iter("code"))


def _ways(somebody: Somebody) -> str:
    return f"/office/people/{accounts.account(somebody.user_id).public_id}/sign-in"
