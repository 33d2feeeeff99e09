"""A clock that jumps: sweeps wait for a person, what has ended stays ended, and an ordinary day goes by itself."""

import json
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from tests.factories.issuance import Held, make_held
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries
from vouchers.issuance.services import activate_due, expire_due
from vouchers.issuance.states import VoucherState
from vouchers.jobs import services, worker
from vouchers.kernel.actor import job

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("sweeps")]
OVER_A_YEAR = timedelta(days=400)


@pytest.fixture
def sweeps(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the sweeps over vouchers: the others have their own tests."""
    monkeypatch.setitem(app.extensions, "daily_jobs", (activate_due, expire_due))


@pytest.fixture
def held(app: Flask, clock: Path, noon: datetime) -> Held:
    held = make_held(at=noon)
    daily(app)
    return held


def daily(app: Flask, *options: str) -> Result:
    db.session.rollback()
    result = app.test_cli_runner().invoke(args=["jobs", "daily", *options])
    db.session.rollback()
    return result


def state_of(held: Held) -> VoucherState:
    db.session.rollback()
    return queries.get(held.voucher).state


def test_a_forward_jump_stops_the_sweeps_until_somebody_confirms_it(
    app: Flask, held: Held, clock: Path, noon: datetime
) -> None:
    clock.write_text((noon + OVER_A_YEAR).isoformat())

    refused = daily(app)
    untouched = state_of(held)
    confirmed = daily(app, "--confirm-jump", "--json")
    again = daily(app)

    assert refused.exit_code == 1
    assert "--confirm-jump" in refused.output
    assert untouched is VoucherState.ACTIVE
    assert json.loads(confirmed.output)["expire_due"] == 1
    assert state_of(held) is VoucherState.EXPIRED
    assert again.exit_code == 0


def test_the_worker_asks_for_the_next_day_and_not_for_one_after_a_jump(
    app: Flask, held: Held, clock: Path, noon: datetime
) -> None:
    asked = []
    for days in (0, 1, 3, 4, 2):
        clock.write_text((noon + timedelta(days=days)).isoformat())
        look(app)
        asked.append(str(last_day()))
    daily(app)

    assert asked == ["2026-03-18", "2026-03-19", "2026-03-19", "2026-03-19", "2026-03-20"]


def test_sweeps_that_were_broken_off_do_not_run_at_the_date_of_a_jump(
    app: Flask, held: Held, clock: Path, noon: datetime
) -> None:
    tomorrow = noon + timedelta(days=1)
    with transaction():
        services.enqueue(worker.DAILY, tomorrow.date().isoformat(), payload={}, at=tomorrow)

    worker.run_due(app, at=noon + OVER_A_YEAR)
    untouched = state_of(held)
    swept_in_time = worker.run_due(app, at=tomorrow)

    assert untouched is VoucherState.ACTIVE
    assert swept_in_time == 1


def test_what_has_expired_stays_expired_when_the_clock_goes_back(
    app: Flask, held: Held, clock: Path, noon: datetime
) -> None:
    clock.write_text((noon + OVER_A_YEAR).isoformat())
    daily(app, "--confirm-jump")

    for back in (timedelta(hours=2), timedelta(days=2), OVER_A_YEAR):
        at = noon + OVER_A_YEAR - back
        clock.write_text(at.isoformat())
        daily(app)
        with transaction():
            activate_due(actor=job("daily"), at=at)
        assert state_of(held) is VoucherState.EXPIRED


def look(app: Flask) -> None:
    """One turn of the worker, as it takes it every two seconds."""
    stop = threading.Event()
    app.extensions.pop("jobs_day", None)
    threading.Timer(0.2, stop.set).start()
    worker.run_until(app, stop)


def last_day() -> object:
    db.session.rollback()
    return services.last_day(worker.DAILY)
