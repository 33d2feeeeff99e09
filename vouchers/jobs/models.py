"""The table of background work. The row is the truth; no queue stands beside it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from vouchers.db.base import Base, Row
from vouchers.db.columns import EnumText, Instant, Json, RowId
from vouchers.jobs.states import JobState


class Job(Row, Base):
    """One piece of work, asked for inside the act that needs it; the same kind and key is the same work."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        CheckConstraint("attempts >= 0", name="attempts"),
        Index(None, "state", "due_at"),
    )

    kind: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[JobState] = mapped_column(EnumText(JobState))
    due_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    fence: Mapped[int] = mapped_column(
        RowId, default=0
    )  # rises with each claim: a worker that lost its lease writes nothing
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
