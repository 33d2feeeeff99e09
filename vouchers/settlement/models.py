"""Tables of payment: a line is one payee and one paying body; attempts are rows of their own."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.accounts.models import Office, Person
from vouchers.audit.sealing import Sealed
from vouchers.db.base import Addressed, Base, Passing, Row, Versioned
from vouchers.db.columns import Blank, EnumText, Fen, Instant, Personal
from vouchers.ledger.models import FinanceDocument
from vouchers.parties.models import Organisation
from vouchers.policy.models import Scheme
from vouchers.redemption.models import Claim
from vouchers.settlement.states import AttemptState, BatchState, ComparisonState, LineState

_LIVE = text("state <> 'refused'")
_THREE = "signatures < 3 OR released_by_id IS NULL OR released_by_id NOT IN (made_by_id, approved_by_id)"
_RECORDED = text("state = 'recorded'")


class Batch(Versioned, Sealed, Base):
    """兑付批次: lines of one scheme and fiscal year, made by one person, approved by another, then frozen."""

    __tablename__ = "batches"
    SEALED = (
        "public_id",
        "number",
        "scheme_id",
        "fiscal_year",
        "state",
        "follows_id",
        "total",
        "line_count",
        "lines_hash",
        "made_by_id",
        "approved_by_id",
        "checker_total",
        "file_hash",
        "released_at",
        "released_by_id",
    )
    __table_args__ = (
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> made_by_id", name="two_people"),
        CheckConstraint(_THREE, name="three_people"),
        CheckConstraint("total >= 0 AND line_count >= 0", name="totals"),
        Index(None, "state", "id"),
    )

    number: Mapped[str] = mapped_column(String(40), unique=True)
    scheme_id: Mapped[int] = mapped_column(ForeignKey("schemes.id"))
    fiscal_year: Mapped[int]
    state: Mapped[BatchState] = mapped_column(EnumText(BatchState))
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"))
    total: Mapped[int] = mapped_column(Fen, default=0)
    line_count: Mapped[int] = mapped_column(default=0)
    lines_hash: Mapped[str] = mapped_column(String(64), default="")
    made_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    signatures: Mapped[int] = mapped_column(default=2, server_default="2")  # how many persons sign: 3 with who releases
    checker_total: Mapped[int | None] = mapped_column(Fen)  # what the checker typed from their own copy
    file_hash: Mapped[str] = mapped_column(String(64), default="")
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))

    scheme: Mapped[Scheme] = relationship()
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])
    attempts: Mapped[list["PaymentAttempt"]] = relationship(order_by="PaymentAttempt.id")

    __mapper_args__ = {"version_id_col": Versioned.version}


class PaymentLine(Versioned, Sealed, Base):
    """支付明细: what one paying body owes one payee; keeps a copy of the bank account it is paid to."""

    __tablename__ = "payment_lines"
    SEALED = (
        "public_id",
        "scheme_id",
        "layer",
        "payee_id",
        "paying_office_id",
        "state",
        "amount",
        "account_name",
        "bank",
        "bank_code",
        "account_number",
        "account_tail",
        "channel",
    )
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index(None, "state", "id"),
        Index(None, "payee_id"),
    )

    scheme_id: Mapped[int] = mapped_column(ForeignKey("schemes.id"))
    layer: Mapped[str] = mapped_column(String(40))
    payee_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    paying_office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    state: Mapped[LineState] = mapped_column(EnumText(LineState))
    amount: Mapped[int] = mapped_column(Fen)
    account_name: Mapped[str] = mapped_column(String(200))
    bank: Mapped[str] = mapped_column(String(200))
    bank_code: Mapped[str] = mapped_column(String(20))
    account_number: Mapped[str] = mapped_column(Personal)
    account_tail: Mapped[str] = mapped_column(String(4))
    channel: Mapped[str] = mapped_column(Blank(20), nullable=True)  # empty: a bank account
    is_rehearsal: Mapped[bool] = mapped_column(default=False)

    payee: Mapped[Organisation] = relationship()
    paying_office: Mapped[Office] = relationship()
    items: Mapped[list["PaymentItem"]] = relationship(order_by="PaymentItem.id")
    attempts: Mapped[list["PaymentAttempt"]] = relationship(order_by="PaymentAttempt.number")

    __mapper_args__ = {"version_id_col": Versioned.version}


class PaymentItem(Row, Sealed, Base):
    """明细构成: the part of a claim that a line pays; what one layer owes one payee is paid by one line for good."""

    __tablename__ = "payment_items"
    SEALED = ("line_id", "claim_id", "layer", "amount")
    __table_args__ = (UniqueConstraint("claim_id", "layer", "payee_id"), CheckConstraint("amount > 0", name="amount"))

    line_id: Mapped[int] = mapped_column(ForeignKey("payment_lines.id"), index=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    layer: Mapped[str] = mapped_column(String(40))
    payee_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))  # the line's, so that the key can tell two
    amount: Mapped[int] = mapped_column(Fen)

    claim: Mapped[Claim] = relationship()


class PaymentAttempt(Addressed, Sealed, Passing, Base):
    """支付尝试: a line in a batch, under an indicator. At most one attempt of a line is not refused."""

    __tablename__ = "payment_attempts"
    SEALED = (
        "public_id",
        "line_id",
        "batch_id",
        "number",
        "state",
        "indicator_id",
        "bank_reference",
        "sent_at",
        "answered_at",
    )
    __table_args__ = (
        UniqueConstraint("line_id", "number"),
        UniqueConstraint("batch_id", "line_id"),
        Index("uq_payment_attempts_live", "line_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("uq_payment_attempts_bank_reference", "bank_reference", unique=True),
    )

    line_id: Mapped[int] = mapped_column(ForeignKey("payment_lines.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"))
    number: Mapped[int]
    state: Mapped[AttemptState] = mapped_column(EnumText(AttemptState))
    indicator_id: Mapped[int | None] = mapped_column(ForeignKey("finance_documents.id"))
    bank_reference: Mapped[str | None] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text, default="")
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)

    line: Mapped[PaymentLine] = relationship(back_populates="attempts")
    batch: Mapped[Batch] = relationship(back_populates="attempts")
    indicator: Mapped[FinanceDocument | None] = relationship()


class BankComparison(Versioned, Base):
    """恢复后对账: what the bank paid since the backup, compared by one person and confirmed by another."""

    __tablename__ = "bank_comparisons"
    __table_args__ = (
        CheckConstraint("checked_by_id IS NULL OR checked_by_id <> recorded_by_id", name="two_people"),
        CheckConstraint("total >= 0 AND payments >= 0", name="totals"),
        Index(
            "uq_bank_comparisons_live",
            "restoration_id",
            unique=True,
            sqlite_where=_RECORDED,
            postgresql_where=_RECORDED,
        ),
    )

    restoration_id: Mapped[int] = mapped_column(ForeignKey("restorations.id"))
    state: Mapped[ComparisonState] = mapped_column(EnumText(ComparisonState))
    source: Mapped[str] = mapped_column(String(200))  # which list of the bank
    payments: Mapped[int]
    total: Mapped[int] = mapped_column(Fen)
    outcome: Mapped[str] = mapped_column(Text)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text, default="")

    recorded_by: Mapped[Person] = relationship(foreign_keys=[recorded_by_id])
    checked_by: Mapped[Person | None] = relationship(foreign_keys=[checked_by_id])

    __mapper_args__ = {"version_id_col": Versioned.version}
