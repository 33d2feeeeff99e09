"""What every act on a list shares: its transition with its event."""

from collections.abc import Mapping
from datetime import datetime

from vouchers.audit.services import Subject, record
from vouchers.candidates import queries
from vouchers.candidates.models import Candidate, CandidateList
from vouchers.candidates.states import CANDIDATES, LISTS
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotPermitted
from vouchers.policy import queries as policy

SUBJECT = "candidate_list"


def advance(
    found: CandidateList,
    action: str,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    """Move a held list along its table and leave one event."""
    before = found.state
    found.state = LISTS.after(before, action)
    found.version += 1
    db.session.flush()
    subject, change = Subject(SUBJECT, found.public_id), (before.value, found.state.value)
    record(f"candidates.{action}", subject, actor=actor, at=at, change=change, reason=reason, details=details)


def answer(candidate: Candidate, action: str, *, words: str, actor: Actor, at: datetime) -> None:
    """Move a held candidate along its table by its own answer, and leave one event."""
    before = candidate.state
    candidate.state = CANDIDATES.after(before, action)
    candidate.answer, candidate.answered_at = words, at
    db.session.flush()
    subject, change = Subject("candidate", candidate.public_id), (before.value, candidate.state.value)
    details = {"list": candidate.list.public_id, "uscc": candidate.uscc}
    record(f"candidate.{action}", subject, actor=actor, at=at, change=change, reason=words, details=details)


def seen_list(public_id: str, seen_version: int | None, *, actor: Actor, at: datetime) -> CandidateList:
    """A list, held, as the officer saw it and within their reach."""
    found = queries.lock(public_id)
    policy.confirm_covered(found.window.scheme, actor, on=beijing_date(at))
    if seen_version is not None and found.version != seen_version:
        raise Conflict("the list changed meanwhile")
    return found


def person_of(actor: Actor) -> int:
    """The natural person behind the act."""
    if actor.person_id is None:
        raise NotPermitted("a person brings in and releases a list")
    return actor.person_id
