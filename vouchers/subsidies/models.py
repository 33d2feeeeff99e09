"""Tables of the spending that an ex-post case rests on, and of awards that are to be withdrawn.

Rows of the spending come and go while the case is open to its applicant.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.applications.models import Application
from vouchers.audit.sealing import Sealed
from vouchers.db.base import Addressed, Base, Passing, Versioned
from vouchers.db.columns import EnumText, Fen, Instant, Json
from vouchers.files.models import StoredFile
from vouchers.redemption.models import Claim, Invoice
from vouchers.subsidies.states import PaperKind, ReversalState

_OPEN = text("state = 'proposed'")


class SpendingInvoice(Addressed, Passing, Base):
    """支出发票: an invoice that a case rests on, the contract it belongs to, and how much of it is used, in fen."""

    __tablename__ = "spending_invoices"
    __table_args__ = (
        UniqueConstraint("application_id", "invoice_id"),
        CheckConstraint("base > 0", name="base"),
        CheckConstraint("service_until >= service_from", name="days"),
        Index(None, "invoice_id"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    contract_number: Mapped[str] = mapped_column(String(80))
    service_from: Mapped[date]
    service_until: Mapped[date]
    base: Mapped[int] = mapped_column(Fen)  # in the scheme's measure, with or without tax
    checks: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)  # of the invoice by itself, as it came in
    added_at: Mapped[datetime] = mapped_column(Instant)

    application: Mapped[Application] = relationship()
    invoice: Mapped[Invoice] = relationship()


class SpendingPaper(Addressed, Passing, Base):
    """支出材料: a contract, a proof of payment with its amount in fen, or a proof of delivery."""

    __tablename__ = "spending_papers"
    __table_args__ = (
        CheckConstraint("(kind = 'payment') = (amount IS NOT NULL)", name="paid"),
        CheckConstraint("amount IS NULL OR amount > 0", name="amount"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    kind: Mapped[PaperKind] = mapped_column(EnumText(PaperKind))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    on: Mapped[date]
    amount: Mapped[int | None] = mapped_column(Fen)
    reference: Mapped[str] = mapped_column(String(80), default="")
    added_at: Mapped[datetime] = mapped_column(Instant)

    application: Mapped[Application] = relationship()
    file: Mapped[StoredFile] = relationship()


class AwardReversal(Versioned, Sealed, Base):
    """撤销核定: an award that is not paid yet to be withdrawn, proposed by one person and decided by another."""

    __tablename__ = "award_reversals"
    SEALED = (
        "public_id",
        "claim_id",
        "state",
        "reason",
        "proposed_by_id",
        "proposed_at",
        "answer",
        "decided_by_id",
        "decided_at",
    )
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("(state = 'proposed') = (decided_by_id IS NULL)", name="decided"),
        Index("uq_award_reversals_open", "claim_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    state: Mapped[ReversalState] = mapped_column(EnumText(ReversalState))
    reason: Mapped[str] = mapped_column(Text)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    proposed_by: Mapped[str] = mapped_column(String(200))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)

    claim: Mapped[Claim] = relationship()

    __mapper_args__ = {"version_id_col": Versioned.version}
