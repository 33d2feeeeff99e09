"""Tables of payment: a line is one payee and one paying body; attempts are rows of their own."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.accounts.models import Office, Person
from vouchers.db.base import Addressed, Base, Row, Versioned
from vouchers.db.columns import EnumText, Fen, Instant, Personal
from vouchers.ledger.models import FinanceDocument
from vouchers.parties.models import Organisation
from vouchers.policy.models import Scheme
from vouchers.redemption.models import Claim
from vouchers.settlement.states import AttemptState, BatchState, LineState

_LIVE = text("state <> 'refused'")


class Batch(Versioned, Base):
    """兑付批次: lines of one scheme and fiscal year, made by one person, approved by another, then frozen."""

    __tablename__ = "batches"
    __table_args__ = (
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> made_by_id", name="two_people"),
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
    checker_total: Mapped[int | None] = mapped_column(Fen)  # what the checker typed from their own copy
    file_hash: Mapped[str] = mapped_column(String(64), default="")
    released_at: Mapped[datetime | None] = mapped_column(Instant)

    scheme: Mapped[Scheme] = relationship()
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])
    attempts: Mapped[list["PaymentAttempt"]] = relationship(order_by="PaymentAttempt.id")

    __mapper_args__ = {"version_id_col": Versioned.version}


class PaymentLine(Versioned, Base):
    """支付明细: what one paying body owes one payee; keeps a copy of the bank account it is paid to."""

    __tablename__ = "payment_lines"
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
    is_rehearsal: Mapped[bool] = mapped_column(default=False)

    payee: Mapped[Organisation] = relationship()
    paying_office: Mapped[Office] = relationship()
    items: Mapped[list["PaymentItem"]] = relationship(order_by="PaymentItem.id")
    attempts: Mapped[list["PaymentAttempt"]] = relationship(order_by="PaymentAttempt.number")

    __mapper_args__ = {"version_id_col": Versioned.version}


class PaymentItem(Row, Base):
    """明细构成: the part of a claim that a line pays; one layer of a claim is paid by one line for good."""

    __tablename__ = "payment_items"
    __table_args__ = (UniqueConstraint("claim_id", "layer"), CheckConstraint("amount > 0", name="amount"))

    line_id: Mapped[int] = mapped_column(ForeignKey("payment_lines.id"), index=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    layer: Mapped[str] = mapped_column(String(40))
    amount: Mapped[int] = mapped_column(Fen)

    claim: Mapped[Claim] = relationship()


class PaymentAttempt(Addressed, Base):
    """支付尝试: a line in a batch, under an indicator. At most one attempt of a line is not refused."""

    __tablename__ = "payment_attempts"
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
