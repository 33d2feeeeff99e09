"""Reading of background work: how much waits, since when, and what failed for good."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from vouchers.db.base import db
from vouchers.db.filters import equals, one_of
from vouchers.db.lists import ListSpec, Page, page_of
from vouchers.jobs.models import Job
from vouchers.jobs.states import JobState

_SPEC = ListSpec(
    key=Job.id,
    sorts={"id": Job.id},
    default="-id",
    filters={"state": one_of(Job.state, JobState), "kind": equals(Job.kind)},
)


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as the operator's list shows it."""

    id: int
    kind: str
    key: str
    state: JobState
    due_at: datetime
    attempts: int
    last_error: str
    created_at: datetime


def counts() -> dict[JobState, int]:
    """How many jobs are in each state that still asks for something; those done are not counted."""
    open_ones = select(Job.state, func.count()).where(Job.state != JobState.DONE).group_by(Job.state)
    found = {row.state: row[1] for row in db.session.execute(open_ones)}
    return {state: found.get(state, 0) for state in JobState if state is not JobState.DONE}


def waiting_since(*, at: datetime) -> datetime:
    """Since when the job that is due longest waits; `at` when none does."""
    oldest = db.session.scalar(select(func.min(Job.due_at)).where(Job.state == JobState.QUEUED))
    return min(oldest or at, at)


def list_jobs(arguments: Mapping[str, str]) -> Page[JobRow]:
    """A page of jobs, the newest first."""
    columns = (Job.id, Job.kind, Job.key, Job.state, Job.due_at, Job.attempts, Job.last_error, Job.created_at)
    return page_of(db.session(), select(*columns), spec=_SPEC, arguments=arguments, shape=JobRow)
