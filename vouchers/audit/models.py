"""Tables of the audit chain. Actors stand as text, without keys: an event outlives people and reorganisations."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from vouchers.db.base import Addressed, Base
from vouchers.db.columns import Instant, Json, RowId


class AuditEvent(Base):
    """One act: who, when, on what, before, after and why. Rows are never changed (triggers)."""

    __tablename__ = "audit_events"
    __table_args__ = (
        CheckConstraint("seq > 0", name="seq"),
        Index(None, "subject_type", "subject_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    act: Mapped[str] = mapped_column(String(60))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(80))
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[str] = mapped_column(String(40))
    actor_name: Mapped[str] = mapped_column(String(200))
    actor_role: Mapped[str] = mapped_column(String(60))
    office: Mapped[str] = mapped_column(String(80))
    before: Mapped[str] = mapped_column(String(40), default="")
    after: Mapped[str] = mapped_column(String(40), default="")
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    rows: Mapped[dict[str, dict[str, str]] | None] = mapped_column(Json)  # table → key → digest: see sealing.py
    reason: Mapped[str] = mapped_column(Text, default="")
    request_id: Mapped[str] = mapped_column(String(64), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    hash_alg: Mapped[str] = mapped_column(String(10))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditHead(Base):
    """The newest link of the chain; one row, the last lock an act takes."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(RowId)
    hash: Mapped[str] = mapped_column(String(64))


class PurgedEvent(Base):
    """What is left of an event that was purged after its time: its place in the chain. Rows are never changed."""

    __tablename__ = "audit_purged"

    seq: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    purge: Mapped[str] = mapped_column(String(40), index=True)  # subject of the event `audit.purge`
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Restoration(Addressed, Base):
    """恢复: the data were set back to a backup. Until it is ended nothing leaves the house: no payment, no mail."""

    __tablename__ = "restorations"

    backup_made_at: Mapped[datetime] = mapped_column(Instant)
    backup_seq: Mapped[int] = mapped_column(RowId)  # the newest event in the backup
    restored_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
