"""Record acts. Events are collected during the act and written last: the chain's head is the last lock taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from vouchers.audit.models import AuditEvent, AuditHead
from vouchers.audit.rules import ALGORITHM, GENESIS, link
from vouchers.db.base import db
from vouchers.db.writing import in_transaction, send
from vouchers.kernel.actor import Actor

_PENDING = "audit_pending"
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
            "reason": reason,
            "request_id": actor.request_id,
            "address": actor.address,
        }
    )


def take_pending(session: Session) -> list[dict[str, Any]]:
    """The events collected so far; the list starts anew."""
    pending: list[dict[str, Any]] = session.info.pop(_PENDING, [])
    return pending


def append(events: list[dict[str, Any]]) -> None:
    """Chain the events behind the head, which stays locked until the commit."""
    if not events:
        return
    head = send(_LOCK_HEAD).one_or_none()
    seq, previous = (0, GENESIS) if head is None else (head.seq, head.hash)
    if head is None:
        send(insert(AuditHead).values(id=1, seq=0, hash=GENESIS))
    rows = []
    for event in events:
        seq += 1
        fields = hashed_fields({**event, "seq": seq, "hash_alg": ALGORITHM})
        own = link(previous, fields)
        rows.append({**event, "seq": seq, "hash_alg": ALGORITHM, "previous_hash": previous, "hash": own})
        previous = own
    send(_INSERT, rows)
    send(_MOVE_HEAD, {"last": seq, "newest": previous})


def hashed_fields(event: Mapping[str, Any]) -> dict[str, Any]:
    """All fields of an event that its hash covers; the instant as UTC text to the microsecond."""
    fields = {key: value for key, value in event.items() if key not in {"previous_hash", "hash"}}
    fields["at"] = event["at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return fields
