"""Tables of reviewing."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.accounts.models import Person
from vouchers.applications.models import Application
from vouchers.audit.sealing import Sealed
from vouchers.db.base import Addressed, Base, Row
from vouchers.db.columns import EnumText, Fen, Instant, Json
from vouchers.policy.models import Window
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


class Score(Row, Sealed, Base):
    """专家评分: one expert's marks on one case as it was submitted, one for each criterion. Never changed (trigger)."""

    __tablename__ = "scores"
    SEALED = ("application_id", "stage", "revision", "marks", "remark", "expert_person_id", "at")
    __table_args__ = (UniqueConstraint("application_id", "stage", "revision", "expert_person_id"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    stage: Mapped[str] = mapped_column(String(60))
    revision: Mapped[int]
    marks: Mapped[list[int]] = mapped_column(Json)  # whole marks of 100, in the order of the criteria
    remark: Mapped[str] = mapped_column(Text)
    expert_person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    expert: Mapped[str] = mapped_column(String(200))
    office: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)


class Ranking(Addressed, Sealed, Base):
    """排序结果: all cases of a window chosen among at once, as the meeting settled it. Never changed (trigger)."""

    __tablename__ = "rankings"
    SEALED = ("public_id", "window_id", "rule", "budget", "taken", "meeting", "settled_by_id", "settled_at")
    __table_args__ = (CheckConstraint("budget >= 0 AND taken >= 0", name="sizes"),)

    window_id: Mapped[int] = mapped_column(ForeignKey("windows.id"), unique=True)
    rule: Mapped[str] = mapped_column(String(60))  # the pack's rule of allocation
    budget: Mapped[int] = mapped_column(Fen)
    taken: Mapped[int]  # slots given before in the same period
    meeting: Mapped[str] = mapped_column(String(120))
    settled_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    settled_at: Mapped[datetime] = mapped_column(Instant)

    window: Mapped[Window] = relationship()
    settled_by: Mapped[Person] = relationship()
    entries: Mapped[list["RankingEntry"]] = relationship(order_by="RankingEntry.place", back_populates="ranking")


class RankingEntry(Row, Sealed, Base):
    """One case in a ranking: its place, what it was ranked by, what it asked for and got. Never changed (trigger)."""

    __tablename__ = "ranking_entries"
    SEALED = ("ranking_id", "application_id", "place", "number", "score", "lot", "asked", "given", "reason")
    __table_args__ = (
        UniqueConstraint("ranking_id", "place"),
        CheckConstraint("given >= 0 AND given <= asked", name="given"),
    )

    ranking_id: Mapped[int] = mapped_column(ForeignKey("rankings.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), unique=True)
    place: Mapped[int]
    number: Mapped[str] = mapped_column(String(40))
    score: Mapped[str] = mapped_column(String(20))  # two decimals; empty where nobody scores
    lot: Mapped[str] = mapped_column(String(64))
    asked: Mapped[int] = mapped_column(Fen)
    given: Mapped[int] = mapped_column(Fen)
    reason: Mapped[str] = mapped_column(String(20))

    ranking: Mapped[Ranking] = relationship(back_populates="entries")
    application: Mapped[Application] = relationship()
