"""Tables of cases."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, String, Text, UniqueConstraint, event, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from vouchers.applications.states import LIVE, NOT_WAITING, ApplicationState, LiftState, queue_day
from vouchers.audit.sealing import Sealed
from vouchers.db.base import Addressed, Base, Row, Versioned
from vouchers.db.columns import EnumText, Fen, Instant, Json
from vouchers.enterprises.models import Enterprise
from vouchers.files.models import StoredFile
from vouchers.policy.models import SchemeVersion, Window

_LIVE = text("state IN ({})".format(", ".join(sorted(f"'{state.value}'" for state in LIVE))))

_OPEN = text("state = 'proposed'")


def _queue_day(context: DefaultExecutionContext) -> date:
    row: Mapping[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    return queue_day(row["state"], row.get("due_on"))


class Application(Versioned, Sealed, Base):
    """申报（案件）: what is asked, what was computed, where the case stands and how long it may take."""

    __tablename__ = "applications"
    SEALED = (
        "public_id",
        "number",
        "enterprise_id",
        "scheme_version_id",
        "window_id",
        "voucher_kind",
        "state",
        "requested",
        "computed",
        "approved",
        "tier",
        "decision",
        "approval_number",
        "outcome_reason",
    )
    __table_args__ = (
        CheckConstraint("requested >= 0", name="requested"),
        CheckConstraint("approved IS NULL OR (approved >= 0 AND approved <= computed)", name="approved"),
        Index(
            "uq_applications_live",
            "enterprise_id",
            "window_id",
            "voucher_kind",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index(None, "state", "due_on", "id"),
        Index(None, "state", "stage", "due_on", "id"),
        Index(None, "queue_on", "id"),
        Index(None, "submitted_at", "id"),
        Index(None, "enterprise_id"),
    )

    number: Mapped[str] = mapped_column(String(40), unique=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_versions.id"))
    window_id: Mapped[int] = mapped_column(ForeignKey("windows.id"))
    voucher_kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[ApplicationState] = mapped_column(EnumText(ApplicationState))
    stage: Mapped[str] = mapped_column(String(60), default="")
    requested: Mapped[int] = mapped_column(Fen, default=0)
    computed: Mapped[int] = mapped_column(Fen, default=0)
    approved: Mapped[int | None] = mapped_column(Fen)
    tier: Mapped[str] = mapped_column(String(60), default="")
    answers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # facts given with the application, by name
    from_register: Mapped[dict[str, Any] | None] = mapped_column(Json)  # facts, file and day of a register (免申即享)
    decision: Mapped[dict[str, Any] | None] = mapped_column(Json)
    handler_user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    stage_since: Mapped[datetime | None] = mapped_column(Instant)
    due_on: Mapped[date | None]
    due_is_provisional: Mapped[bool] = mapped_column(default=False)
    queue_on: Mapped[date] = mapped_column(default=_queue_day, server_default=text(f"'{NOT_WAITING}'"))
    clock_stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    days_used: Mapped[int] = mapped_column(default=0)  # working days used before the clock was last stopped
    meeting: Mapped[str] = mapped_column(String(120), default="")
    approval_number: Mapped[str] = mapped_column(String(120), default="")
    outcome_reason: Mapped[str] = mapped_column(Text, default="")
    lift_reason: Mapped[str] = mapped_column(Text, default="", server_default="")  # why more than a soft cap is asked
    is_rehearsal: Mapped[bool] = mapped_column(default=False)

    enterprise: Mapped[Enterprise] = relationship()
    scheme_version: Mapped[SchemeVersion] = relationship()
    window: Mapped[Window] = relationship()
    documents: Mapped[list["ApplicationDocument"]] = relationship(order_by="ApplicationDocument.id")
    submissions: Mapped[list["Submission"]] = relationship(order_by="Submission.revision")

    __mapper_args__ = {"version_id_col": Versioned.version}


@event.listens_for(Application, "before_update")
def _keep_place_in_queue(_: Mapper[Application], __: Connection, application: Application) -> None:
    """State and promise decide the place: kept beside them, so that the queue is read from an index in order."""
    application.queue_on = queue_day(application.state, application.due_on)


class ApplicationDocument(Addressed, Base):
    """申报材料: the paper that answers one requirement; a newer one supersedes it and it stays."""

    __tablename__ = "application_documents"

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    requirement: Mapped[str] = mapped_column(String(60))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    added_at: Mapped[datetime] = mapped_column(Instant)
    superseded_at: Mapped[datetime | None] = mapped_column(Instant)

    file: Mapped[StoredFile] = relationship()


class Submission(Row, Sealed, Base):
    """提交快照: what the authorised person confirmed, frozen (trigger); `hash` is over the canonical snapshot."""

    __tablename__ = "submissions"
    SEALED = ("application_id", "revision", "snapshot", "hash", "confirmed_by", "confirmed_person_id", "at")
    __table_args__ = (UniqueConstraint("application_id", "revision"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    revision: Mapped[int]
    snapshot: Mapped[dict[str, Any]] = mapped_column(Json)
    hash: Mapped[str] = mapped_column(String(64))
    confirmed_by: Mapped[str] = mapped_column(String(200))
    confirmed_person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    at: Mapped[datetime] = mapped_column(Instant)


class CorrectionRequest(Row, Base):
    """补正: named fields and documents to mend, all at once; the clock stops until they come."""

    __tablename__ = "correction_requests"

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    stage: Mapped[str] = mapped_column(String(60))  # empty: before acceptance
    fields: Mapped[list[str]] = mapped_column(Json)  # names of facts and document requirements
    message: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[str] = mapped_column(String(200))
    requested_at: Mapped[datetime] = mapped_column(Instant)
    due_on: Mapped[date | None]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class CapLift(Versioned, Sealed, Base):
    """放宽上限: a soft cap of the pack lifted for one case, up to an amount, by two different persons."""

    __tablename__ = "cap_lifts"
    SEALED = (
        "public_id",
        "application_id",
        "cap",
        "amount",
        "state",
        "reason",
        "proposed_by_id",
        "proposed_at",
        "answer",
        "decided_by_id",
        "decided_at",
    )
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("(state = 'proposed') = (decided_by_id IS NULL)", name="decided"),
        Index("uq_cap_lifts_open", "application_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "application_id", "cap"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    cap: Mapped[str] = mapped_column(String(60))
    amount: Mapped[int] = mapped_column(Fen)  # the most that may be granted to the case in all
    state: Mapped[LiftState] = mapped_column(EnumText(LiftState))
    reason: Mapped[str] = mapped_column(Text)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    proposed_by: Mapped[str] = mapped_column(String(200))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)

    __mapper_args__ = {"version_id_col": Versioned.version}
