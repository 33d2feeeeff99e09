"""What every act on a batch shares: transitions with their events, duties, ledger moves of a line."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from vouchers.accounts import services as accounts
from vouchers.accounts.states import Duty
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, NotPermitted
from vouchers.parties import services as parties
from vouchers.settlement import queries
from vouchers.settlement.models import Batch, PaymentAttempt, PaymentLine
from vouchers.settlement.states import BATCHES, LINES


def advance(
    batch: Batch,
    action: str,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Move a batch along its table and leave one event; the version rises by one."""
    before = batch.state
    batch.state = BATCHES.after(before, action)
    db.session.flush()
    change = (before.value, batch.state.value)
    audit.record(f"batch.{action}", subject(batch), actor=actor, at=at, change=change, reason=reason, details=details)


def advance_line(line: PaymentLine, action: str, *, actor: Actor, at: datetime, reason: str = "") -> None:
    """Move a payment line along its table and leave one event."""
    before = line.state
    line.state = LINES.after(before, action)
    change = (before.value, line.state.value)
    about = Subject("payment_line", line.public_id)
    audit.record(f"payment_line.{action}", about, actor=actor, at=at, change=change, reason=reason)


def locked(public_id: str, seen_version: int | None) -> Batch:
    """A batch, held; Conflict when it changed since the page was shown."""
    batch = queries.lock(public_id)
    if seen_version is not None and batch.version != seen_version:
        raise Conflict("the batch changed since the page was shown")
    return batch


def take_duty(line_ids: Collection[int], duty: Duty, *, actor: Actor, at: datetime) -> int:
    """Let the person behind the actor take a duty on every case these lines pay; returns the person."""
    if actor.person_id is None:
        raise NotPermitted("payments are handled by persons")
    parties.check_impartial(queries.payees_of(line_ids), actor=actor, at=at)
    for case in queries.cases_of(line_ids):
        accounts.hold_duty(case, actor.person_id, duty=duty, at=at)
    return actor.person_id


def by_kind(attempt: PaymentAttempt) -> dict[str, int]:
    """What a line pays, per voucher kind: each kind has its own commitments."""
    parts: dict[str, int] = {}
    for item in attempt.line.items:
        kind = item.claim.voucher.voucher_kind
        parts[kind] = parts.get(kind, 0) + item.amount
    return parts


def subject(batch: Batch) -> Subject:
    """A batch as the subject of an event."""
    return Subject("batch", batch.public_id)
