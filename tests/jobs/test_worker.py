"""Jobs: asked for with the act, done once, tried again, given up."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.races import together
from vouchers.audit.models import AuditEvent
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.jobs import services
from vouchers.jobs.models import Job
from vouchers.jobs.registry import JobKind
from vouchers.jobs.rules import LEASE
from vouchers.jobs.states import JobState
from vouchers.jobs.worker import run_daily, run_due
from vouchers.kernel.actor import Actor

pytestmark = pytest.mark.database


def _write(payload: Mapping[str, Any], prepared: Any, *, actor: Actor, at: datetime) -> None:
    record("job", Subject("thing", f"{payload['n']}{prepared or ''}"), actor=actor, at=at)


def _break(payload: Mapping[str, Any], prepared: Any, *, actor: Actor, at: datetime) -> None:
    _write(payload, prepared, actor=actor, at=at)
    raise ValueError("the printer is on fire")


@pytest.fixture(autouse=True)
def _kinds(app: Flask) -> Iterator[None]:
    before = app.extensions["job_kinds"]
    kinds = [
        JobKind("write", _write),
        JobKind("prepared", _write, prepare=lambda payload: f"-{payload['n']}"),
        JobKind("break", _break),
    ]
    app.extensions["job_kinds"] = {kind.name: kind for kind in kinds}
    yield
    app.extensions["job_kinds"] = before


def _ask(kind: str, at: datetime, n: int = 1, due_at: datetime | None = None) -> bool:
    with transaction():
        return services.enqueue(kind, f"key-{n}", payload={"n": n}, at=at, due_at=due_at)


def test_job_is_done_and_marked_in_one_act(app: Flask, noon: datetime) -> None:
    _ask("prepared", noon, 7)

    tried = run_due(app, at=noon)

    assert tried == 1
    assert _states() == [JobState.DONE]
    assert db.session.scalars(select(AuditEvent.subject_id)).all() == ["7-7"]


def test_the_same_kind_and_key_is_one_job(app: Flask, noon: datetime) -> None:
    asked = [_ask("write", noon), _ask("write", noon)]

    run_due(app, at=noon)

    assert asked == [True, False]
    assert _effects() == 1


def test_undone_act_leaves_no_job(app: Flask, noon: datetime) -> None:
    def undone() -> None:
        with transaction():
            services.enqueue("write", "key", payload={"n": 1}, at=noon)
            raise RuntimeError("undo")

    with pytest.raises(RuntimeError, match="undo"):
        undone()

    assert run_due(app, at=noon) == 0


def test_job_waits_for_its_time(app: Flask, noon: datetime) -> None:
    _ask("write", noon, due_at=noon + timedelta(hours=1))

    assert run_due(app, at=noon) == 0
    assert run_due(app, at=noon + timedelta(hours=1)) == 1


def test_failing_job_is_undone_tried_again_and_given_up(app: Flask, noon: datetime) -> None:
    _ask("break", noon)

    tries = 0
    for hour in range(12):
        tries += run_due(app, at=noon + timedelta(hours=3 * hour))

    assert tries == 5
    assert _states() == [JobState.DEAD]
    assert _effects() == 0
    assert "on fire" in str(db.session.scalar(select(Job.last_error)))


def test_one_broken_job_does_not_hold_up_the_others(app: Flask, noon: datetime) -> None:
    _ask("break", noon, 1)
    _ask("write", noon, 2)
    _ask("unheard-of", noon, 3)

    run_due(app, at=noon)

    assert _states() == [JobState.QUEUED, JobState.DONE, JobState.QUEUED]


def test_job_of_a_dead_worker_is_taken_over(app: Flask, noon: datetime) -> None:
    _ask("write", noon)
    with transaction():
        services.claim(at=noon)

    too_early = run_due(app, at=noon + LEASE)
    later = run_due(app, at=noon + LEASE + timedelta(seconds=1))

    assert (too_early, later) == (0, 1)
    assert _effects() == 1


@pytest.mark.usefixtures("app")
def test_worker_that_lost_its_lease_writes_nothing(noon: datetime) -> None:
    _ask("write", noon)
    with transaction():
        slow = services.claim(at=noon)
    with transaction():
        services.claim(at=noon + LEASE + timedelta(seconds=1))
    assert slow is not None

    with pytest.raises(services.LeaseLost), transaction():
        services.finish(slow)


def test_workers_side_by_side_do_each_job_once(app: Flask, noon: datetime) -> None:
    for n in range(12):
        _ask("write", noon, n)

    results = together(app, [lambda: run_due(app, at=noon)] * 4)

    assert sum(result for result in results if isinstance(result, int)) == 12
    assert _effects() == 12


def test_daily_sweeps_run_portion_by_portion_to_their_end(app: Flask, noon: datetime) -> None:
    left = [3, 2]

    def sweep(*, actor: Actor, at: datetime) -> int:
        done = left.pop() if left else 0
        if done:
            record("sweep", Subject("thing", "1"), actor=actor, at=at)
        return done

    before = app.extensions["daily_jobs"]
    app.extensions["daily_jobs"] = (sweep,)
    try:
        assert run_daily(app, at=noon) == {"sweep": 5}
    finally:
        app.extensions["daily_jobs"] = before


def _states() -> list[JobState]:
    db.session.rollback()
    return list(db.session.scalars(select(Job.state).order_by(Job.id)))


def _effects() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0
