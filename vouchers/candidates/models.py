"""Tables of lists of candidates."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.applications.models import Application
from vouchers.audit.sealing import Sealed
from vouchers.candidates.states import CandidateState, ListState
from vouchers.db.base import Addressed, Base, Versioned
from vouchers.db.columns import EnumText, Fen, Instant, Json
from vouchers.files.models import StoredFile
from vouchers.policy.models import Window


class CandidateList(Versioned, Sealed, Base):
    """免申即享名单: one register, what it says of whom on which day, and who brought it in and who released it."""

    __tablename__ = "candidate_lists"
    SEALED = (
        "public_id",
        "window_id",
        "file_id",
        "title",
        "source",
        "as_of",
        "expires_on",
        "state",
        "digest",
        "decided_on",
        "uploaded_by_id",
        "released_by_id",
        "released_at",
    )
    __table_args__ = (
        CheckConstraint("released_by_id IS NULL OR released_by_id <> uploaded_by_id", name="two_people"),
        CheckConstraint("expires_on >= as_of", name="days"),
        Index(None, "window_id"),
        Index(None, "state", "expires_on"),
    )

    window_id: Mapped[int] = mapped_column(ForeignKey("windows.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    title: Mapped[str] = mapped_column(String(100))
    source: Mapped[str] = mapped_column(String(200))  # whose data: the body that the register comes from
    as_of: Mapped[date]  # the day on which the register holds
    expires_on: Mapped[date]
    state: Mapped[ListState] = mapped_column(EnumText(ListState))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)  # what is wrong in the register
    digest: Mapped[str] = mapped_column(String(64), default="")  # over all candidates as they were computed
    decided_on: Mapped[date | None]  # the day by which the rules were asked
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    released_at: Mapped[datetime | None] = mapped_column(Instant)

    window: Mapped[Window] = relationship()
    file: Mapped[StoredFile] = relationship()


class Candidate(Addressed, Base):
    """名单上的一户: what the register says of it, what the rules answered, and what it answered itself.

    `facts` and `beside` are values as written in JSON: of the register, and of this system on that day.
    """

    __tablename__ = "candidates"
    __table_args__ = (
        UniqueConstraint("list_id", "uscc"),
        CheckConstraint("amount IS NULL OR amount >= 0", name="amount"),
        CheckConstraint("(state = 'confirmed') = (application_id IS NOT NULL)", name="case"),
        Index(None, "uscc", "state"),
        Index(None, "list_id", "result", "id"),
        Index(None, "list_id", "state"),
    )

    list_id: Mapped[int] = mapped_column(ForeignKey("candidate_lists.id"))
    row: Mapped[int]  # in the register, as its reader counts
    uscc: Mapped[str] = mapped_column(String(18))
    name: Mapped[str] = mapped_column(String(300))
    result: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int | None] = mapped_column(Fen)
    reasons: Mapped[list[str]] = mapped_column(Json)  # rules that refuse, else facts that are missing
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    beside: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[CandidateState] = mapped_column(EnumText(CandidateState))
    answer: Mapped[str] = mapped_column(String(500), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id"), unique=True)

    list: Mapped[CandidateList] = relationship()
    application: Mapped[Application | None] = relationship()
