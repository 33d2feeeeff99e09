"""Reading the chain."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from vouchers.audit.models import AuditEvent, AuditHead
from vouchers.audit.rules import GENESIS, ChainBreak, first_break
from vouchers.audit.services import hashed_fields
from vouchers.db.base import db

_CHUNK = 2000


def history_of(subject_type: str, subject_id: str) -> Sequence[AuditEvent]:
    """All events on one thing, oldest first."""
    statement = (
        select(AuditEvent)
        .where(AuditEvent.subject_type == subject_type, AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.seq)
    )
    return db.session.scalars(statement).all()


def head() -> tuple[int, str]:
    """Number and hash of the newest event; (0, genesis) before the first."""
    row = db.session.execute(select(AuditHead.seq, AuditHead.hash)).one_or_none()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def first_chain_break() -> ChainBreak | None:
    """Walk the whole chain; the first row that was changed, lost or put in, or a tail that was cut."""
    found = first_break(_chain_rows())
    if found is not None:
        return found
    seq, own_hash = head()
    last = db.session.execute(select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1)).first()
    if (seq, own_hash) == (0, GENESIS) if last is None else (last.seq, last.hash) == (seq, own_hash):
        return None
    return ChainBreak(seq, f"留痕链的末尾与链头（第 {seq} 条）不符：末尾可能被删去")


def count() -> int:
    """How many events there are."""
    return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def hash_at(seq: int) -> str:
    """The hash of one event; genesis for number 0, empty when there is no such event."""
    if seq == 0:
        return GENESIS
    return db.session.scalar(select(AuditEvent.hash).where(AuditEvent.seq == seq)) or ""


def _chain_rows() -> Iterator[tuple[int, str, str, str, Mapping[str, Any]]]:
    columns = AuditEvent.__table__.columns
    last = 0
    while True:
        statement = select(*columns).where(AuditEvent.seq > last).order_by(AuditEvent.seq).limit(_CHUNK)
        rows = db.session.execute(statement).mappings().all()
        for row in rows:
            yield row["seq"], row["hash_alg"], row["previous_hash"], row["hash"], hashed_fields(dict(row))
        if len(rows) < _CHUNK:
            return
        last = rows[-1]["seq"]
