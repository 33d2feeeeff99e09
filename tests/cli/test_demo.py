"""The demonstration: everything is there once, the books hold, and it never reaches an installation at work."""

import json
from collections.abc import Iterator
from contextvars import Context
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from tests.cli import telling
from tests.cli.working import refused_acts, refused_pages
from tests.databases import SETTINGS, let_go, migrated_app
from tests.db.roles import role
from tests.demonstration import LOADED, demonstration, shared_by_all
from vouchers import config
from vouchers.accounts.demonstration import demo_sign_ins
from vouchers.accounts.states import Role
from vouchers.applications.models import Application
from vouchers.applications.states import ApplicationState
from vouchers.audit.models import AuditEvent
from vouchers.candidates.models import Candidate
from vouchers.candidates.reading import read
from vouchers.candidates.states import CandidateState
from vouchers.cli.demo import bulk, cast, loading, rewards
from vouchers.cli.demo.ground import offices_and_staff
from vouchers.cli.demo.timeline import days_before, play
from vouchers.cli.demo.world import World
from vouchers.config import Environment
from vouchers.db import grants
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance.models import Voucher
from vouchers.issuance.states import VoucherState
from vouchers.kernel.clock import now, today
from vouchers.orders.models import Order
from vouchers.orders.states import OrderState
from vouchers.parties.models import Organisation
from vouchers.policy.loader import load_pack
from vouchers.policy.queries import work_calendar
from vouchers.redemption.models import Claim
from vouchers.redemption.states import ClaimState
from vouchers.settlement.models import Batch, PaymentAttempt
from vouchers.settlement.states import AttemptState, BatchState
from vouchers.subsidies.models import AwardReversal
from vouchers.subsidies.states import ReversalState

__all__ = ["role"]

NO_ACT_LEADS_TO = {
    ClaimState.SUBMITTED,  # passes at once into the state that is checked
    ClaimState.REVERSED,
    OrderState.DISPUTED,
    VoucherState.ISSUED,  # a voucher is valid from the day of issue
}
NOT_SHOWN = {VoucherState.ANNULLED}  # a withdrawal is proposed, and waits for whoever decides


@pytest.fixture
def morning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time at which the demonstration of the whole test run was loaded."""
    (tmp_path / "clock").write_text(LOADED.isoformat())
    monkeypatch.setenv("APP_ENV", "test")
    monkeypatch.setenv("APP_CLOCK", str(tmp_path / "clock"))


@pytest.fixture
def loaded(
    app: Flask,
    morning: None,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Flask]:
    """The demonstration: on SQLite what the whole test run looks at, on PostgreSQL by a role that owns nothing."""
    if db.engine.dialect.name == "postgresql":
        role = request.getfixturevalue("role")
        with db.engine.begin() as connection:
            grants.grant(connection, role.name)  # the command would leave an event that no other demonstration has
        role.take_on()
        _run(app, "demo", "load")
        yield app
        return
    copied = Context().run(demonstration, tmp_path / "loaded", shared_by_all(tmp_path_factory))
    with copied.app_context():
        yield copied
        db.session.remove()
    let_go(copied)


@pytest.mark.owner
@pytest.mark.database
def test_the_demonstration_shows_every_state_and_the_same_each_time_and_the_books_hold(
    loaded: Flask, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    app, events = loaded, _count(AuditEvent)
    told = json.loads(_run(app, "demo", "load", "--json").output)
    assert _count(AuditEvent) == events  # a second load changes nothing

    assert _states(Application.state) == set(ApplicationState)
    assert _states(Voucher.state) | NO_ACT_LEADS_TO | NOT_SHOWN >= set(VoucherState)
    assert _states(Candidate.state) >= {CandidateState.OFFERED, CandidateState.CONFIRMED, CandidateState.DECLINED}
    assert _states(AwardReversal.state) == {ReversalState.PROPOSED}
    assert _states(Order.state) | NO_ACT_LEADS_TO >= set(OrderState)
    assert _states(Claim.state) | NO_ACT_LEADS_TO >= set(ClaimState)
    assert _states(Batch.state) == {BatchState.CLOSED, BatchState.LOCKED}
    assert AttemptState.REFUSED in _states(PaymentAttempt.state)
    assert set(told) == {"accounts", "api_keys", "vouchers"}
    assert {account["role"] for account in told["accounts"]} == {role.value for role in Role}
    assert all(set(one) == {"code", "balance", "enterprise"} for one in told["vouchers"])
    _assert_books_hold(app)

    for total in (30, 40, 40):
        _run(app, "demo", "load", "--enterprises", str(total), "--seed", "7")
        assert bulk.present(7) == total
    assert _count(AuditEvent) > events
    _assert_books_hold(app)
    if db.engine.dialect.name == "postgresql":  # against the one on SQLite that others look at
        _assert_as_any_other(app, tmp_path / "other", shared_by_all(tmp_path_factory))
        assert refused_acts(app, tmp_path) == {}
        assert refused_pages(app) == {}


def _assert_as_any_other(app: Flask, folder: Path, shared: Path) -> None:
    """Loaded twice, from the same seed, at the same time: the same but for what is drawn at random."""
    found = telling.told(app)
    other = Context().run(demonstration, folder, shared)  # in a context of its own: commands work on the app of theirs
    for enterprises in ("30", "40"):
        Context().run(_run, other, "demo", "load", "--enterprises", enterprises, "--seed", "7")
    expected = Context().run(telling.told, other)
    differ = [name for name in found if found[name] != expected[name]]
    assert {name: [found[name] - expected[name], expected[name] - found[name]] for name in differ} == {}


def test_the_register_that_is_kept_says_what_was_computed() -> None:
    rows, compiled = rewards.register_rows(rewards.REWARDS), load_pack(rewards.PACK).compiled
    assert compiled is not None

    assert read(rewards.written(rows), compiled, rewards.KIND).rows == rows


def test_whoever_needs_the_second_factor_has_a_known_seed(app: Flask, tmp_path: Path) -> None:
    settings = replace(app.config["SETTINGS"], instance=tmp_path, environment=Environment.DEVELOPMENT)
    loading.write_accounts(settings)

    shown = {one.sign_in: one.code for one in demo_sign_ins(settings, at=now())}

    assert shown["fuhe"] == pyotp.TOTP(cast.totp_secret("fuhe")).at(now())
    assert shown["jingban"] == ""


def test_the_same_seed_gives_the_same_states() -> None:
    assert bulk.issued_among(range(500), 3) == bulk.issued_among(range(500), 3)
    assert bulk.issued_among(range(500), 3) != bulk.issued_among(range(500), 4)


def test_production_refuses_the_demonstration_and_says_why(tmp_path: Path) -> None:
    kept = {**SETTINGS, "APP_ENV": "production", "PUBLIC_URL": "https://suanli.example.gov.cn"}
    app = _app(tmp_path, kept)

    refused = _run(app, "demo", "load")

    assert refused.exit_code == 1
    assert "正式环境不装入演示数据" in refused.output
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Organisation)) == 0
        db.engine.dispose()


def test_clearing_moves_the_database_aside_and_leaves_an_empty_one(tmp_path: Path) -> None:
    app = migrated_app(tmp_path, f"sqlite:///{tmp_path / 'vouchers.db'}")
    with app.app_context(), transaction():
        days = days_before(today(), work_calendar())
        play([offices_and_staff(World(days, today()))])
    loading.write_accounts(app.config["SETTINGS"])

    cleared = _run(app, "demo", "clear", "--yes")
    again = _run(app, "demo", "clear", "--yes")

    assert cleared.exit_code == 0, cleared.output
    assert [path.name for path in tmp_path.glob("vouchers.db.cleared-*")] != []
    assert not (tmp_path / "demo-accounts.json").exists()
    assert again.exit_code == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Organisation)) == 0
        db.engine.dispose()


def _app(folder: Path, environ: dict[str, str]) -> Flask:
    url = f"sqlite:///{folder / 'vouchers.db'}"
    migrated_app(folder, url)
    from vouchers.factory import create_app  # noqa: PLC0415  tests of pure rules need not wait for the whole application

    return create_app(config.load({**environ, "DATABASE_URL": url}, folder))


def _assert_books_hold(app: Flask) -> None:
    ledger = json.loads(_run(app, "ledger", "verify", "--json").output)
    assert (ledger["ok"], ledger["findings"]) == (True, [])
    assert json.loads(_run(app, "audit", "verify", "--json").output)["ok"]


def _count(table: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def _states(column: Any) -> set[Any]:
    db.session.rollback()
    return set(db.session.scalars(select(column).distinct()))


def _run(app: Flask, *arguments: str) -> Result:
    answer = app.test_cli_runner().invoke(args=list(arguments))
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer


def test_the_same_seed_gives_the_same_addresses_and_every_row_its_own() -> None:
    drawn = [bulk.address(3, what, number) for what in ("case", "voucher") for number in range(100)]

    assert drawn == [bulk.address(3, what, number) for what in ("case", "voucher") for number in range(100)]
    assert len({*drawn, bulk.address(4, "case", 0)}) == 201
