"""Tables of the ledger. Balances are written by the insert trigger on transfers; limits stand as CHECKs."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.accounts.models import Office, Person
from vouchers.audit.sealing import Sealed
from vouchers.db.base import Base, Row, Versioned
from vouchers.db.columns import Blank, EnumText, Fen, Instant
from vouchers.kernel.money import MOST_FEN
from vouchers.ledger.states import MAY_GO_BELOW_ZERO, AccountKind, DocumentKind, DocumentState, TransferKind
from vouchers.policy.models import Scheme

_SOURCES = ", ".join(sorted(f"'{kind.value}'" for kind in MAY_GO_BELOW_ZERO))


class LedgerAccount(Row, Base):
    """账户: a resting place of money. `name` is its natural key, built by ledger.rules."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        CheckConstraint(f"balance >= 0 OR kind IN ({_SOURCES})", name="balance"),
        CheckConstraint("balance = CAST(balance AS BIGINT)", name="whole"),
        Index(None, "subject"),
        Index(None, "kind", "scheme_id", "voucher_kind", "layer"),
        Index(None, "party", "kind"),
    )

    name: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[AccountKind] = mapped_column(EnumText(AccountKind))
    unit: Mapped[str] = mapped_column(String(20), default="CNY")
    balance: Mapped[int] = mapped_column(Fen, default=0)
    scheme_id: Mapped[int | None] = mapped_column(ForeignKey("schemes.id"))
    voucher_kind: Mapped[str] = mapped_column(String(40), default="")
    layer: Mapped[str] = mapped_column(String(40), default="")
    party: Mapped[str] = mapped_column(String(40), default="")  # public id of the organisation
    subject: Mapped[str] = mapped_column(String(60), default="")  # public id of the voucher, order, claim or document
    period: Mapped[str] = mapped_column(String(20), default="")


class Transfer(Row, Base):
    """分录: a positive amount from the debit account to the credit account. Never updated, never deleted (triggers)."""

    __tablename__ = "transfers"
    __table_args__ = (
        CheckConstraint(f"amount > 0 AND amount <= {MOST_FEN}", name="amount"),
        CheckConstraint("amount = CAST(amount AS BIGINT)", name="whole"),
        CheckConstraint("debit_id <> credit_id", name="two_accounts"),
        Index(None, "debit_id"),
        Index(None, "credit_id"),
        Index(None, "act_id"),
    )

    act_id: Mapped[str] = mapped_column(String(40))
    kind: Mapped[TransferKind] = mapped_column(EnumText(TransferKind))
    debit_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"))
    credit_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"))
    amount: Mapped[int] = mapped_column(Fen)
    unit: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(200), unique=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("transfers.id"))
    actor_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(Instant)


class FinanceDocument(Versioned, Sealed, Base):
    """财政文件: one line of a 发放规模 or of a 指标文; posted once a second person has checked it."""

    __tablename__ = "finance_documents"
    SEALED = (
        "public_id",
        "kind",
        "state",
        "scheme_id",
        "voucher_kind",
        "layer",
        "number",
        "amount",
        "paying_office_id",
        "fiscal_year",
        "project_code",
        "subject_code",
        "amends_id",
        "recorded_by_id",
        "checked_by_id",
        "checked_at",
        "purpose",
    )
    __table_args__ = (
        CheckConstraint(f"amount <> 0 AND amount BETWEEN -{MOST_FEN} AND {MOST_FEN}", name="amount"),
        CheckConstraint("amount = CAST(amount AS BIGINT)", name="whole"),
        CheckConstraint("checked_by_id IS NULL OR checked_by_id <> recorded_by_id", name="two_people"),
        CheckConstraint(
            "kind <> 'indicator' OR (paying_office_id IS NOT NULL AND fiscal_year IS NOT NULL)", name="payer"
        ),
    )

    kind: Mapped[DocumentKind] = mapped_column(EnumText(DocumentKind))
    state: Mapped[DocumentState] = mapped_column(EnumText(DocumentState))
    scheme_id: Mapped[int] = mapped_column(ForeignKey("schemes.id"))
    voucher_kind: Mapped[str] = mapped_column(String(40), default="")
    layer: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(120))
    amount: Mapped[int] = mapped_column(Fen)
    paying_office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    fiscal_year: Mapped[int | None]
    project_code: Mapped[str] = mapped_column(String(60), default="")
    subject_code: Mapped[str] = mapped_column(String(60), default="")
    amends_id: Mapped[int | None] = mapped_column(ForeignKey("finance_documents.id"))
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text, default="")
    purpose: Mapped[str] = mapped_column(Blank(20), nullable=True)  # administration: 工作经费

    scheme: Mapped[Scheme] = relationship()
    paying_office: Mapped[Office | None] = relationship()
    recorded_by: Mapped[Person] = relationship(foreign_keys=[recorded_by_id])
    checked_by: Mapped[Person | None] = relationship(foreign_keys=[checked_by_id])
