"""查阅原因: why an overseer opens a case, asked once for person and case, kept until the day in Beijing ends.

That it holds for a day is this product's arrangement; no law says so. The trail alone keeps it: what was stated is
the event `decision.reason`, each look is the event `decision.read` with that reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from vouchers.audit.models import AuditEvent
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.oversight.states import BASIS_LABELS, Basis
from vouchers.web.wording import word

_STATED, _LOOK = "decision.reason", "decision.read"
_CASE = "application"


@dataclass(frozen=True, slots=True)
class Look:
    """How often one person looked for one reason, and when last."""

    name: str
    reason: str
    times: int
    last_at: datetime


def state_reason(public_id: str, basis: Basis, why: str, *, actor: Actor, at: datetime) -> None:
    """Say why a case is opened; one event."""
    reason = f"{BASIS_LABELS[basis]}：{why}"
    record(_STATED, Subject(_CASE, public_id), actor=actor, at=at, reason=reason, details={"basis": basis.value})


def reason_of_today(public_id: str, *, actor: Actor, at: datetime) -> str:
    """What this person last stated on this case on this Beijing day; empty when they have to say it."""
    statement = (
        select(AuditEvent.reason, AuditEvent.at)
        .where(*_about(public_id), AuditEvent.act == _STATED, AuditEvent.actor_id == str(actor.user_id))
        .order_by(AuditEvent.seq.desc())
        .limit(1)
    )
    found = db.session.execute(statement).one_or_none()
    return found.reason if found is not None and beijing_date(found.at) == beijing_date(at) else ""


def note_look(public_id: str, reason: str, *, owner: int, actor: Actor, at: datetime) -> None:
    """Leave the event of one look at a case, with the organisation it belongs to and the reason."""
    record(_LOOK, Subject(_CASE, public_id), actor=actor, at=at, reason=reason, details={"owner": owner})


def looks_at(public_id: str) -> Sequence[Look]:
    """Who looked at a case and why, the latest first."""
    last_at = func.max(AuditEvent.at)
    statement = (
        select(AuditEvent.actor_name, AuditEvent.reason, func.count(), last_at)
        .where(*_about(public_id), AuditEvent.act == _LOOK)
        .group_by(AuditEvent.actor_id, AuditEvent.actor_name, AuditEvent.reason)
        .order_by(last_at.desc(), AuditEvent.reason)
    )
    return [Look(*row) for row in db.session.execute(statement)]


def told(reason: str) -> str:
    """A reason from the trail in the reader's language: what it rests on is translated, what somebody wrote stays.

    >>> told("抽查：三月第二批")
    '抽查：三月第二批'
    """
    basis, colon, why = reason.partition("：")
    return f"{word(basis)}{word(colon)}{why}" if colon and basis in BASIS_LABELS.values() else word(reason)


def _about(public_id: str) -> tuple[ColumnElement[bool], ...]:
    return (AuditEvent.subject_type == _CASE, AuditEvent.subject_id == public_id)
