"""Recovery codes, and a second factor that changes: by its owner, or by two administrators."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from tests.factories.accounts import SECRET, Somebody, make_user, sign_in
from tests.pages import PageClient
from tests.races import together
from vouchers.accounts import queries as accounts
from vouchers.accounts.models import SignInSession, User
from vouchers.accounts.services import open_session
from vouchers.accounts.states import Role
from vouchers.audit.models import AuditEvent
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor, command
from vouchers.messages.models import Message
from vouchers.signin import queries, services
from vouchers.signin.models import FactorReset, RecoveryCode

pytestmark = pytest.mark.usefixtures("clock")
ADMIN = command("test")


def test_ten_codes_are_shown_once_and_kept_as_hashes(client: PageClient, noon: datetime) -> None:
    """A09"""
    reviewer = make_user(Role.REVIEWER, at=noon)
    sign_in(client, reviewer)

    codes = _made(client)

    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) == 16 for code in codes)
    kept = db.session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(kept) == 10
    assert not any(code in text or code.replace("-", "") in text for code in codes for text in kept)
    client.get("/account/recovery-codes")
    assert client.page is not None
    assert not any(code in client.page.text for code in codes)


def test_a_code_opens_the_second_step_once_and_the_owner_is_told(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    """A09"""
    reviewer = make_user(Role.REVIEWER, at=noon)
    sign_in(client, reviewer)
    code = _made(client)[3]
    first, second = PageClient(app), PageClient(app)

    answers = [_by_code(browser, reviewer, code.lower().replace("-", " ")) for browser in (first, second)]

    assert answers == [303, 422]
    assert first.get("/account").status_code == 200
    assert second.get("/account").location.startswith("/second-factor")
    told = db.session.execute(select(Message.user_id, Message.params).where(Message.code == "recovery_code_used")).all()
    assert [(one.user_id, one.params["left"]) for one in told] == [(reviewer.user_id, 9)]
    first.get("/messages/")
    assert first.page is not None
    assert "用了一个备用码登录" in first.page.text


def test_new_codes_void_the_old_ones(app: Flask, client: PageClient, noon: datetime) -> None:
    reviewer = make_user(Role.REVIEWER, at=noon)
    sign_in(client, reviewer)
    old, new = _made(client)[0], _made(client)[0]

    assert _by_code(PageClient(app), reviewer, old) == 422
    assert _by_code(PageClient(app), reviewer, new) == 303


def test_a_code_of_somebody_else_opens_nothing(app: Flask, client: PageClient, noon: datetime) -> None:
    sign_in(client, make_user(Role.REVIEWER, at=noon))

    assert _by_code(PageClient(app), make_user(Role.REVIEWER, at=noon), _made(client)[0]) == 422


def test_after_five_wrong_recovery_codes_one_signs_in_again(client: PageClient, noon: datetime) -> None:
    """A07"""
    reviewer = make_user(Role.REVIEWER, at=noon)
    sign_in(client, reviewer, with_factor=False)

    answers = []
    for _ in range(5):
        client.get("/second-factor/recovery-code")
        answers.append(client.submit({"code": "AAAA-AAAA-AAAA-AAAA"}, form="/second-factor/recovery-code").status_code)

    assert answers == [422] * 4 + [303]
    assert client.get("/account").location.startswith("/sign-in")


@pytest.mark.parametrize("page", ["/account/recovery-codes", "/account/second-factor/change"])
def test_ways_to_sign_in_change_only_with_a_fresh_password(
    client: PageClient, noon: datetime, clock: Path, page: str
) -> None:
    """A09: also for the press itself, when the page was open for long."""
    reviewer = make_user(Role.REVIEWER, at=noon)
    sign_in(client, reviewer)
    in_time = client.get(page).status_code
    clock.write_text((noon + timedelta(minutes=11)).isoformat())

    answers = [client.submit(form=page), client.get(page)]

    assert in_time == 200
    assert [answer.location.partition("?")[0] for answer in answers] == ["/confirm-password"] * 2
    assert queries.codes_left(reviewer.user_id) == 0
    assert accounts.account(reviewer.user_id).totp_secret == SECRET


def test_a_factor_is_first_bound_only_with_a_fresh_password(client: PageClient, noon: datetime, clock: Path) -> None:
    """A09"""
    reviewer = make_user(Role.REVIEWER, at=noon)
    with transaction():
        db.session.execute(update(User).values(totp_secret=None))
        record("test", Subject("user", ""), actor=ADMIN, at=noon)
    sign_in(client, reviewer, with_factor=False)
    clock.write_text((noon + timedelta(minutes=11)).isoformat())

    assert client.get("/second-factor").location.startswith("/confirm-password")


def test_an_owner_changes_the_factor_and_everything_of_the_old_one_is_void(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    reviewer = make_user(Role.REVIEWER, at=noon)
    other = PageClient(app)
    sign_in(other, reviewer)
    with transaction():
        db.session.execute(update(User).values(totp_last_step=0))
        record("test", Subject("user", ""), actor=ADMIN, at=noon)
    sign_in(client, reviewer)
    code = _made(client)[0]
    client.get("/account/second-factor/change")

    answer = client.submit(form="/account/second-factor/change")

    assert answer.location.startswith("/second-factor?again=1")
    assert client.get("/account").location.startswith("/second-factor"), "this session has shown no factor any more"
    assert other.get("/account").location.startswith("/sign-in")
    client.get(answer.location)
    assert client.page is not None
    secret = next("".join(found.itertext()) for found in client.page.tree.iter("code"))
    assert secret != SECRET
    bound = client.submit({"code": pyotp.TOTP(secret).at(noon)}, form="/second-factor")
    assert bound.location.startswith("/account/recovery-codes")
    assert client.get("/account").status_code == 200
    assert _by_code(PageClient(app), reviewer, code) == 422


def test_a_seed_is_never_offered_twice(client: PageClient, noon: datetime) -> None:
    sign_in(client, make_user(Role.REVIEWER, at=noon))
    seeds = set()
    for _ in range(2):
        client.get("/account/second-factor/change")
        client.get(client.submit(form="/account/second-factor/change").location)
        assert client.page is not None
        secret = next("".join(found.itertext()) for found in client.page.tree.iter("code"))
        client.submit({"code": pyotp.TOTP(secret).at(noon)}, form="/second-factor")
        seeds.add(secret)

    assert len(seeds) == 2


def test_two_administrators_free_a_factor_and_one_cannot(app: Flask, client: PageClient, noon: datetime) -> None:
    """A09"""
    reviewer = make_user(Role.REVIEWER, at=noon)
    first, second = make_user(Role.SYSTEM_ADMIN, at=noon), make_user(Role.SECURITY_ADMIN, at=noon)
    other = PageClient(app)
    sign_in(client, first)
    sign_in(other, second)
    page = f"/office/people/{_public_id(reviewer)}/sign-in"
    client.get(page + "/factor")
    client.submit({"reason": "手机丢失，已当面核实"}, form=page + "/factor")
    confirm = f"{page}/resets/{queries.resets_of(reviewer.user_id)[0].public_id}/confirm"

    alone = client.get(confirm)
    still_bound = accounts.account(reviewer.user_id).totp_secret
    other.get(confirm)
    together_ = other.submit(form=confirm)

    assert (alone.status_code, together_.status_code) == (403, 303)
    assert still_bound == SECRET
    assert accounts.account(reviewer.user_id).totp_secret is None
    told = db.session.scalars(select(Message.code).where(Message.user_id == reviewer.user_id)).all()
    assert told == ["factor_reset_proposed", "factor_reset"]
    acts = db.session.scalars(select(AuditEvent.act).where(AuditEvent.act.contains("factor"))).all()
    assert acts[-2:] == ["propose_factor_reset", "unbind_second_factor"]


def test_the_owner_neither_proposes_nor_confirms_the_reset_of_their_own_factor(app: Flask, noon: datetime) -> None:
    owner = make_user(Role.SYSTEM_ADMIN, at=noon)
    other = make_user(Role.SECURITY_ADMIN, at=noon)

    with pytest.raises(Exception, match="不能为自己"), transaction():
        services.propose_reset(owner.user_id, reason="手机丢失", actor=owner.actor(Role.SYSTEM_ADMIN), at=noon)
    reset = _proposed(owner, other.actor(Role.SECURITY_ADMIN), noon)
    with pytest.raises(Exception, match="不能为自己"), transaction():
        services.confirm_reset(reset, actor=owner.actor(Role.SYSTEM_ADMIN), at=noon)


@pytest.mark.database
@pytest.mark.parametrize("decided_by", ["proposer", "owner"])
def test_the_database_itself_refuses_a_reset_by_one_person(app: Flask, noon: datetime, decided_by: str) -> None:
    owner, admin = make_user(Role.REVIEWER, at=noon), make_user(Role.SYSTEM_ADMIN, at=noon)
    _proposed(owner, admin.actor(Role.SYSTEM_ADMIN), noon)
    person = {"proposer": admin.person_id, "owner": owner.person_id}[decided_by]

    with pytest.raises(IntegrityError), transaction():
        db.session.execute(update(FactorReset).values(state="confirmed", decided_by=person, decided_at=noon))


@pytest.mark.database
def test_of_many_browsers_with_one_recovery_code_one_is_let_in(app: Flask, noon: datetime) -> None:
    """A09"""
    reviewer = make_user(Role.REVIEWER, at=noon)
    with transaction():
        code = services.make_recovery_codes(reviewer.user_id, actor=ADMIN, at=noon)[0]
    works: list[Callable[[], str | None]] = [
        partial(_use, reviewer, _session_id(reviewer, noon), code, noon) for _ in range(3)
    ]

    results = together(app, works)

    assert not [result for result in results if isinstance(result, BaseException)]
    assert len([result for result in results if result]) == 1


@pytest.mark.database
def test_of_two_confirmations_at_once_one_counts(app: Flask, noon: datetime) -> None:
    owner = make_user(Role.REVIEWER, at=noon)
    reset = _proposed(owner, make_user(Role.SYSTEM_ADMIN, at=noon).actor(Role.SYSTEM_ADMIN), noon)
    admins = [make_user(Role.SECURITY_ADMIN, at=noon).actor(Role.SECURITY_ADMIN) for _ in range(2)]

    results = together(app, [partial(_confirm, reset, admin, noon) for admin in admins])

    assert len([result for result in results if result is None]) == 1
    assert db.session.scalars(select(AuditEvent.act).where(AuditEvent.act == "unbind_second_factor")).all() == [
        "unbind_second_factor"
    ]


def _confirm(reset: str, actor: Actor, at: datetime) -> None:
    with transaction():
        services.confirm_reset(reset, actor=actor, at=at)


def _proposed(owner: Somebody, actor: Actor, at: datetime) -> str:
    with transaction():
        services.propose_reset(owner.user_id, reason="手机丢失", actor=actor, at=at)
    return queries.resets_of(owner.user_id)[0].public_id


def _use(somebody: Somebody, session_id: int, code: str, at: datetime) -> str | None:
    with transaction():
        return services.use_recovery_code(session_id, code, actor=somebody.actor(Role.REVIEWER), at=at)


def _session_id(somebody: Somebody, at: datetime) -> int:
    with transaction():
        open_session(somebody.user_id, actor=ADMIN, at=at)
    return int(db.session.scalars(select(SignInSession.id).order_by(SignInSession.id.desc())).first() or 0)


def _public_id(somebody: Somebody) -> str:
    return accounts.account(somebody.user_id).public_id


def _made(client: PageClient) -> list[str]:
    client.get("/account/recovery-codes")
    client.submit(form="/account/recovery-codes")
    assert client.page is not None
    return ["".join(found.itertext()) for found in client.page.tree.iter("code")]


def _by_code(browser: PageClient, somebody: Somebody, code: str) -> int:
    sign_in(browser, somebody, with_factor=False)
    browser.get("/second-factor/recovery-code")
    return browser.submit({"code": code}, form="/second-factor/recovery-code").status_code
