"""留痕 for the audit administrator: every act, newest first, with filters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.filters import contains, equals, since, until
from vouchers.db.lists import ListSpec, Page, page_of

_SPEC = ListSpec(
    key=AuditEvent.seq,
    sorts={"seq": AuditEvent.seq},
    default="-seq",
    filters={
        "q": contains(AuditEvent.actor_name, AuditEvent.reason, AuditEvent.act),
        "type": equals(AuditEvent.subject_type),
        "id": equals(AuditEvent.subject_id),
        "from": since(AuditEvent.at),
        "to": until(AuditEvent.at),
    },
)


@dataclass(frozen=True, slots=True)
class EventRow:
    """One act as the list shows it."""

    seq: int
    at: datetime
    act: str
    subject_type: str
    subject_id: str
    actor_name: str
    before: str
    after: str
    reason: str
    hash: str


def list_events(arguments: Mapping[str, str]) -> Page[EventRow]:
    """A page of the trail."""
    statement = select(
        AuditEvent.seq,
        AuditEvent.at,
        AuditEvent.act,
        AuditEvent.subject_type,
        AuditEvent.subject_id,
        AuditEvent.actor_name,
        AuditEvent.before,
        AuditEvent.after,
        AuditEvent.reason,
        AuditEvent.hash,
    )
    return page_of(db.session(), statement, spec=_SPEC, arguments=arguments, shape=EventRow)
