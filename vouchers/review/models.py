"""Tables of reviewing."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.applications.models import Application
from vouchers.db.base import Addressed, Base, Row
from vouchers.db.columns import EnumText, Fen, Instant, Json
from vouchers.review.states import Verdict

_OPEN = text("done_at IS NULL")


class ReviewTask(Addressed, Base):
    """审核任务: one stage of one case, waiting for or taken by somebody."""

    __tablename__ = "review_tasks"
    __table_args__ = (
        Index("uq_review_tasks_open", "application_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "assignee_user_id", "done_at"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    stage: Mapped[str] = mapped_column(String(60))
    assignee_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class Opinion(Row, Base):
    """审核意见: who said what, why, on which submission. Never changed (trigger)."""

    __tablename__ = "opinions"
    __table_args__ = (
        CheckConstraint("amount IS NULL OR amount >= 0", name="amount"),
        Index(None, "application_id", "id"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    stage: Mapped[str] = mapped_column(String(60))
    verdict: Mapped[Verdict] = mapped_column(EnumText(Verdict))
    reason: Mapped[str] = mapped_column(Text)
    amount: Mapped[int | None] = mapped_column(Fen)
    judgements: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # conditions a reviewer had to judge
    revision: Mapped[int]
    reviewer_person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    reviewer: Mapped[str] = mapped_column(String(200))
    office: Mapped[str] = mapped_column(String(40), default="", server_default="")  # public id; empty: not known
    at: Mapped[datetime] = mapped_column(Instant)


class SkippedStage(Addressed, Base):
    """跳过的环节: a stage that a fast track left out, by which rule, and until when it must be made good."""

    __tablename__ = "skipped_stages"
    __table_args__ = (UniqueConstraint("application_id", "stage"), Index(None, "made_good_at", "due_on"))

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    stage: Mapped[str] = mapped_column(String(60))
    rule: Mapped[str] = mapped_column(String(60))
    skipped_at: Mapped[datetime] = mapped_column(Instant)
    due_on: Mapped[date]
    due_is_provisional: Mapped[bool] = mapped_column(default=False)
    made_good_at: Mapped[datetime | None] = mapped_column(Instant)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)

    application: Mapped[Application] = relationship()


class Recusal(Row, Base):
    """回避: a person who may not touch this case, and why."""

    __tablename__ = "recusals"
    __table_args__ = (UniqueConstraint("application_id", "person_id"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
