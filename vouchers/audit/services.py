"""Record acts. Events are collected during the act and written last: the chain's head is the last lock taken."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from vouchers.audit.models import AuditEvent, AuditHead, PurgedEvent, Restoration
from vouchers.audit.rules import ALGORITHM, covered, link, purge_digest
from vouchers.db.base import db
from vouchers.db.writing import in_transaction, send
from vouchers.kernel.actor import Actor
from vouchers.kernel.faults import fault
from vouchers.kernel.identifiers import new_public_id

_PENDING = "audit_pending"
LAST_SEQ = "audit_last_seq"  # of the events chained in this transaction, for the mark after its commit
_PORTION = 400
_events, _head = AuditEvent.__table__, AuditHead.__table__
_LOCK_HEAD = select(_head.c.seq, _head.c.hash).where(_head.c.id == 1).with_for_update()
_INSERT = insert(_events)  # type: ignore[arg-type]
_MOVE_HEAD = update(_head).where(_head.c.id == 1).values(seq=bindparam("last"), hash=bindparam("newest"))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an act was done to: a type from the glossary and an id that survives (a public id or a number)."""

    type: str
    id: str


def record(
    act: str,
    subject: Subject,
    *,
    actor: Actor,
    at: datetime,
    change: tuple[str, str] = ("", ""),
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Leave one event for an act; `change` is the state before and after. Personal values enter only as digests."""
    session = db.session()
    if not in_transaction(session):
        raise RuntimeError("an event is recorded only inside a transaction")
    fault("event.before")
    pending: list[dict[str, Any]] = session.info.setdefault(_PENDING, [])
    pending.append(
        {
            "at": at,
            "act": act,
            "subject_type": subject.type,
            "subject_id": subject.id,
            "actor_kind": actor.kind.value,
            "actor_id": "" if actor.user_id is None else str(actor.user_id),
            "actor_name": actor.name,
            "actor_role": actor.role,
            "office": "" if actor.office_id is None else str(actor.office_id),
            "before": change[0],
            "after": change[1],
            "details": dict(details or {}),
            "rows": None,
            "reason": reason,
            "request_id": actor.request_id,
            "address": actor.address,
        }
    )
    fault("event.left")


def begin_restoration(backup_made_at: datetime, backup_seq: int, *, actor: Actor, at: datetime) -> Restoration:
    """Note that the data were set back to a backup; until it is ended nothing leaves the house."""
    begun = Restoration(backup_made_at=backup_made_at, backup_seq=backup_seq, restored_at=at)
    db.session.add(begun)
    db.session.flush()
    details = {"made_at": backup_made_at.isoformat(), "seq": backup_seq}
    record("backup.restore", Subject("restoration", begun.public_id), actor=actor, at=at, details=details)
    return begun


def end_restoration(restoration_id: int, *, at: datetime) -> None:
    """Let things leave the house again; the act that confirmed the comparison with the bank leaves the event."""
    open_ones = (Restoration.id <= restoration_id, Restoration.ended_at.is_(None))
    db.session.execute(update(Restoration).where(*open_ones).values(ended_at=at))


def purge(before: datetime, acts: Collection[str], *, actor: Actor, at: datetime) -> int:
    """Take away security logs from before an instant and keep their links, so that the chain still holds; one event."""
    old = (AuditEvent.at < before, AuditEvent.act.in_(acts), AuditEvent.rows.is_(None))
    columns = (AuditEvent.seq, AuditEvent.previous_hash, AuditEvent.hash)
    found = db.session.execute(select(*columns).where(*old).order_by(AuditEvent.seq)).all()
    if not found:
        return 0
    subject = Subject("audit_purge", new_public_id())
    links = [{"purge": subject.id, **row._asdict()} for row in found]
    db.session.execute(insert(PurgedEvent), links)
    for start in range(0, len(found), _PORTION):
        numbers = [row.seq for row in found[start : start + _PORTION]]
        db.session.execute(delete(AuditEvent).where(AuditEvent.seq.in_(numbers)))
    digest = purge_digest((row.seq, row.hash) for row in found)
    details = {"before": before.isoformat(), "count": len(found), "digest": digest}
    record("audit.purge", subject, actor=actor, at=at, details=details)
    return len(found)


def take_pending(session: Session) -> list[dict[str, Any]]:
    """The events collected so far; the list starts anew."""
    pending: list[dict[str, Any]] = session.info.pop(_PENDING, [])
    return pending


def append(events: list[dict[str, Any]]) -> None:
    """Chain the events behind the head, which stays locked until the commit."""
    if not events:
        return
    fault("chain.before")
    head = send(_LOCK_HEAD).one()  # the row stands from the first migration on
    seq, previous = head.seq, head.hash
    rows = []
    for event in events:
        seq += 1
        fields = _hashed_fields({**event, "seq": seq, "hash_alg": ALGORITHM})
        own = link(previous, fields)
        rows.append({**event, "seq": seq, "hash_alg": ALGORITHM, "previous_hash": previous, "hash": own})
        previous = own
    send(_INSERT, rows)
    fault("chain.appended")
    send(_MOVE_HEAD, {"last": seq, "newest": previous})
    db.session().info[LAST_SEQ] = seq
    fault("chain.moved")


def _hashed_fields(event: Mapping[str, Any]) -> dict[str, Any]:
    """All fields of an event that its hash covers; the instant as UTC text to the microsecond."""
    return covered({**event, "at": event["at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")})
