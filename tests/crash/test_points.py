"""Every point where the program can be broken is reached by what these tests break: money forms, jobs, and the rest."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select

from tests.crash.child import alone
from tests.crash.presses import MONEY, press
from tests.crash.state import assert_sound
from tests.crash.test_jobs import POINTS as OF_JOBS
from tests.crash.test_migrations import MIGRATIONS
from tests.databases import Ground, let_go
from tests.factories.accounts import MAKER, make_user
from tests.factories.redemption import make_stage
from tests.ports import free_port
from vouchers.accounts.states import Role
from vouchers.audit.services import Subject, record
from vouchers.cli.server import Server
from vouchers.db import transaction as opener
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files.store import current_store
from vouchers.jobs import services as jobs
from vouchers.jobs.models import Job
from vouchers.jobs.registry import JobKind
from vouchers.jobs.rules import LEASE
from vouchers.jobs.worker import run_daily, run_due
from vouchers.kernel import faults
from vouchers.kernel.keys import from_file
from vouchers.ledger import queries as ledger
from vouchers.ledger.models import Transfer
from vouchers.ledger.services import reverse
from vouchers.ledger.states import AccountKind, TransferKind

OF_FORMS = ("draft_claim", "issue_voucher", "confirm_order")  # together they reach what any money form reaches

pytestmark = pytest.mark.usefixtures("clock")


@dataclass(frozen=True)
class Chore:
    """What is done outside money forms: made ready, done at an instant, killed at its points and done again."""

    points: tuple[str, ...]
    ready: Callable[[Flask, datetime, Path], Callable[[datetime], Any]]
    done: Any


def letter(app: Flask, at: datetime, _: Path) -> Callable[[datetime], Any]:
    """A mailbox is to be confirmed; the job's state after a look for jobs."""
    who = make_user(Role.REVIEWER, at=at)
    page = press(app, who, "/messages/mail/", {"address": "zhang@example.com"})
    assert page.send()[0] == 303

    def work(at: datetime) -> str:
        run_due(app, at=at)
        return str(db.session.scalars(select(Job.state).order_by(Job.id.desc())).first())

    return work


def failing_job(app: Flask, at: datetime, _: Path) -> Callable[[datetime], Any]:
    """A job that fails; whether that is written down."""

    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("never")

    app.extensions["job_kinds"] = {"test.fail": JobKind("test.fail", fail)}
    with transaction():
        jobs.enqueue("test.fail", str(at.timestamp()), payload={}, at=at)

    def work(at: datetime) -> bool:
        run_due(app, at=at)
        row = db.session.scalars(select(Job).where(Job.kind == "test.fail").order_by(Job.id.desc())).first()
        return row is not None and row.attempts > 0 and "never" in row.last_error

    return work


def day(app: Flask, at: datetime, _: Path) -> Callable[[datetime], Any]:
    """The sweeps of a day, with bytes that nothing refers to; whether they are still there."""
    sha256 = current_store().put(b"left behind")
    path = current_store().path(sha256)
    long_ago = (at - timedelta(days=30)).timestamp()
    os.utime(path, (long_ago, long_ago))

    def work(at: datetime) -> bool:
        run_daily(app, at=at)
        return path.exists()

    return work


def reversal(_: Flask, at: datetime, __: Path) -> Callable[[datetime], Any]:
    """What an order held goes back by a reversal; what it still holds."""
    order = make_stage().order
    act = db.session.scalars(
        select(Transfer.act_id).where(Transfer.kind == TransferKind.HOLD).order_by(Transfer.id.desc())
    ).first()
    assert act
    db.session.rollback()

    def work(at: datetime) -> int:
        with transaction():
            reverse(act, {TransferKind.HOLD: TransferKind.RELEASE}, actor=MAKER, at=at, reason="误")
            record("test.undo", Subject("order", order), actor=MAKER, at=at)
        return ledger.balance_of(AccountKind.HELD, order)

    return work


def secret(_: Flask, at: datetime, folder: Path) -> Callable[[datetime], Any]:
    """A key made at the first start; whether it is the same the next time, and all that lies there."""
    place = folder / f"keys-{len(list(folder.glob('keys-*')))}"
    place.mkdir()

    def work(_: datetime) -> bool:
        return from_file("SECRET_KEY", place / "secret_key", may_make=True) == from_file(
            "SECRET_KEY", place / "secret_key", may_make=False
        )

    return work


def server(app: Flask, at: datetime, _: Path) -> Callable[[datetime], Any]:
    """A server that is told to stop as soon as it is up; whether everybody was answered."""

    def stop_once_it_listens(*_: object) -> None:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # a busy machine: it is not up yet
            signal.setitimer(signal.ITIMER_REAL, 0.2)
        else:
            os.kill(os.getpid(), signal.SIGTERM)

    def work(_: datetime) -> bool:
        signal.signal(signal.SIGALRM, stop_once_it_listens)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        return Server(app, "127.0.0.1", free_port()).run()

    return work


CHORES: dict[str, Chore] = {
    "letter": Chore(("mail.before", "mail.sent"), letter, done="done"),
    "failing job": Chore(("job.failing", "job.put-off"), failing_job, done=True),
    "day": Chore(("sweep.before", "sweep.after", "blob.removing"), day, done=False),
    "reversal": Chore(("ledger.reversing",), reversal, done=0),
    "secret": Chore(("secret.written", "secret.named"), secret, done=True),
    "server": Chore(("server.listening", "server.stopping"), server, done=True),
}


@pytest.fixture(autouse=True)
def _as_before(app: Flask) -> Iterator[None]:
    settings, kinds, every = app.config["SETTINGS"], app.extensions["job_kinds"], opener.CHECKPOINT_EVERY
    yield
    app.config["SETTINGS"], app.extensions["job_kinds"], opener.CHECKPOINT_EVERY = settings, kinds, every


@pytest.fixture
def _mail(app: Flask) -> Iterator[None]:
    """A mail server that takes every letter."""
    taking = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    taking.start()
    sender = {"smtp_url": f"smtp://127.0.0.1:{taking.port}", "mail_from": "suanli@example.gov.cn"}
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], **sender)
    yield
    taking.stop()


def test_no_point_is_left_that_nothing_breaks(app: Flask, database: Ground, noon: datetime) -> None:
    """A new point has to be reached by a money form, or to be listed with what reaches it."""
    reached = {*OF_JOBS, *(point for chore in CHORES.values() for point in chore.points)}
    for name in OF_FORMS:
        made = MONEY[name](app, noon)
        reached |= set(alone(app, lambda made=made: points_of(made.send)).said)  # type: ignore[misc]
    db.session.remove()
    reached |= set(points_of(lambda: migrated_anew(app)))

    never = set(faults.POINTS) - reached
    assert not never, f"no operation of the crash tests reaches {', '.join(sorted(never))}"


def points_of(work: Callable[[], object]) -> list[str]:
    seen: set[str] = set()
    with faults.armed(seen.add):
        work()
    return sorted(seen)


def migrated_anew(app: Flask) -> None:
    let_go(app)
    downgrade(directory=str(MIGRATIONS), revision="-1")
    let_go(app)
    upgrade(directory=str(MIGRATIONS))
    let_go(app)


@pytest.mark.usefixtures("_mail")
@pytest.mark.parametrize("name", CHORES)
def test_what_is_killed_at_any_of_its_points_is_done_the_next_time(
    app: Flask, database: Ground, noon: datetime, name: str, tmp_path: Path
) -> None:
    chore, at = CHORES[name], noon
    for point in chore.points:
        work = chore.ready(app, at, tmp_path)
        assert alone(app, lambda work=work, at=at: work(at), f"{point}:kill").is_killed, point  # type: ignore[misc]
        at += LEASE + timedelta(seconds=1)
        assert alone(app, lambda work=work, at=at: work(at)).said == chore.done, point  # type: ignore[misc]
        at += timedelta(hours=1)
    assert_sound(name)
