"""A worker killed before, in and after a job: the effect comes once, a poison job is given up, the queue goes on."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.crash.child import alone
from vouchers.audit.models import AuditEvent
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.jobs import services
from vouchers.jobs.models import Job
from vouchers.jobs.registry import JobKind
from vouchers.jobs.rules import LEASE, MOST_ATTEMPTS
from vouchers.jobs.states import JobState
from vouchers.jobs.worker import run_due
from vouchers.kernel.actor import Actor

pytestmark = pytest.mark.database
KIND = "test.write"
POINTS = ("job.claiming", "job.claimed", "job.prepared", "job.before-effect", "job.after-effect", "job.done")


def _write(payload: Mapping[str, Any], prepared: Any, *, actor: Actor, at: datetime) -> None:
    record("job", Subject("thing", str(payload["n"])), actor=actor, at=at)


@pytest.fixture(autouse=True)
def _kinds(app: Flask) -> Iterator[None]:
    before = app.extensions["job_kinds"]
    app.extensions["job_kinds"] = {KIND: JobKind(KIND, _write)}
    yield
    app.extensions["job_kinds"] = before


def ask(at: datetime, *numbers: int) -> None:
    with transaction():
        for n in numbers:
            services.enqueue(KIND, f"key-{n}", payload={"n": n}, at=at)


def effects() -> dict[str, int]:
    db.session.rollback()
    rows = db.session.execute(select(AuditEvent.subject_id, func.count()).group_by(AuditEvent.subject_id)).all()
    db.session.rollback()
    return {row[0]: row[1] for row in rows}


def test_a_worker_killed_at_any_point_leaves_one_effect_of_each_job(app: Flask, noon: datetime) -> None:
    ask(noon, *range(len(POINTS)))
    at = noon
    for point in POINTS:
        assert alone(app, partial(run_due, app, at=at), f"{point}:kill").is_killed, point
        at += LEASE + timedelta(seconds=1)

    run_due(app, at=at)

    assert effects() == {str(n): 1 for n in range(len(POINTS))}


def test_a_job_that_kills_its_worker_each_time_is_given_up_and_the_others_are_done(app: Flask, noon: datetime) -> None:
    ask(noon, 1)
    at = noon
    for _ in range(MOST_ATTEMPTS):
        assert alone(app, partial(run_due, app, at=at), "job.before-effect:kill").is_killed
        at += LEASE + timedelta(seconds=1)
    ask(at, 2)

    assert alone(app, lambda: run_due(app, at=at)).said == 1
    db.session.rollback()
    states = list(db.session.scalars(select(Job.state).order_by(Job.id)))
    assert states == [JobState.DEAD, JobState.DONE]
    assert effects() == {"2": 1}
