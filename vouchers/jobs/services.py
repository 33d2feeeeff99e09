"""Acts on jobs: asked for inside an act, claimed by a worker under a lease, done or failed under the same fence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from vouchers.audit import watch
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.jobs.models import Job
from vouchers.jobs.rules import LEASE, MOST_ATTEMPTS, pause_after
from vouchers.jobs.states import JobState
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, NotFound
from vouchers.kernel.faults import fault

watch.EXEMPT.add(Job.__tablename__)

_MOST_ERROR = 500


class LeaseLost(Exception):
    """Another worker has taken the job since; this one's work is undone."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in a worker's hands; the fence proves that it is still theirs."""

    job_id: int
    kind: str
    payload: Mapping[str, Any]
    fence: int
    attempts: int


def enqueue(kind: str, key: str, *, payload: Mapping[str, Any], at: datetime, due_at: datetime | None = None) -> bool:
    """Ask for a job in the act's own transaction; the same kind and key is asked for once. Whether it is new."""
    row = {
        "kind": kind,
        "key": key,
        "payload": dict(payload),
        "state": JobState.QUEUED,
        "due_at": due_at or at,
        "created_at": at,
    }
    session = db.session()
    try:
        with session.begin_nested():
            session.execute(insert(Job).values(row))
    except IntegrityError:
        return False
    fault("job.asked")
    return True


def last_day(kind: str) -> date | None:
    """The last day whose work of this kind was asked for; its key is the day."""
    key = db.session.scalar(select(func.max(Job.key)).where(Job.kind == kind))
    return None if key is None else date.fromisoformat(key)


def note_done(kind: str, key: str, *, at: datetime) -> None:
    """Keep on record that work was done out of turn, so that nobody does it again."""
    if not enqueue(kind, key, payload={}, at=at):
        return
    db.session.execute(update(Job).where(Job.kind == kind, Job.key == key).values(state=JobState.DONE))


def claim(*, at: datetime, held: str | None = None) -> Claim | None:
    """Take the job due longest, also one whose worker died, but none of the kind held; None when none is left."""
    while True:
        is_due = and_(Job.state == JobState.QUEUED, Job.due_at <= at)
        is_left = and_(Job.state == JobState.RUNNING, Job.leased_until < at)
        due = select(Job).where(or_(is_due, is_left)).order_by(Job.due_at, Job.id).limit(1)
        if held is not None:
            due = due.where(Job.kind != held)
        job = db.session.scalar(due.with_for_update(skip_locked=True).execution_options(populate_existing=True))
        if job is None:
            return None
        if job.attempts >= MOST_ATTEMPTS:
            job.state, job.leased_until = JobState.DEAD, None
            job.last_error = job.last_error or "the worker died each time"
            db.session.flush()
            continue
        job.state, job.leased_until = JobState.RUNNING, at + LEASE
        job.attempts, job.fence = job.attempts + 1, job.fence + 1
        return Claim(job.id, job.kind, job.payload, job.fence, job.attempts)


def finish(claimed: Claim) -> None:
    """Mark the job as done; LeaseLost when it is no longer this worker's."""
    _move(claimed, {"state": JobState.DONE, "leased_until": None, "last_error": ""})


def fail(claimed: Claim, error: str, *, at: datetime) -> None:
    """Try again later, or give up after the last attempt."""
    pause = pause_after(claimed.attempts)
    values: dict[str, Any] = {"leased_until": None, "last_error": error[:_MOST_ERROR]}
    again = {"state": JobState.DEAD} if pause is None else {"state": JobState.QUEUED, "due_at": at + pause}
    _move(claimed, values | again)


def give_up(claimed: Claim, error: str) -> None:
    """Stop at once: trying again cannot help."""
    _move(claimed, {"leased_until": None, "last_error": error[:_MOST_ERROR], "state": JobState.DEAD})


def retry(job_id: int, *, actor: Actor, at: datetime) -> None:
    """Let a job that failed for good be tried again, from its first attempt on."""
    job = db.session.get(Job, job_id, with_for_update=True, populate_existing=True)
    if job is None:
        raise NotFound(f"job {job_id}")
    if job.state is not JobState.DEAD:
        raise Conflict("only a job that failed for good is tried again by hand")
    job.state, job.attempts, job.due_at = JobState.QUEUED, 0, at
    change = (JobState.DEAD.value, JobState.QUEUED.value)
    record("retry_job", Subject("job", f"{job.kind}:{job.key}"), actor=actor, at=at, change=change)


def put_back(claimed: Claim) -> None:
    """Leave a job that was broken off by a stop to the next worker, at once; the try does not count."""
    _move(claimed, {"state": JobState.QUEUED, "leased_until": None, "attempts": claimed.attempts - 1})


def _move(claimed: Claim, values: Mapping[str, Any]) -> None:
    own = (Job.id == claimed.job_id, Job.fence == claimed.fence, Job.state == JobState.RUNNING)
    moved = update(Job).where(*own).values(**values).returning(Job.id)
    if db.session.scalar(moved) is None:
        raise LeaseLost(f"job {claimed.job_id}")
