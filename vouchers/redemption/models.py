"""Tables of redemption.

Allocations are append-only; their trigger keeps `allocated` and `sold` of an invoice within `eligible`.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.audit.sealing import Sealed
from vouchers.db.base import Addressed, Base, Row, Versioned
from vouchers.db.columns import Blank, EnumText, Fen, Instant, Json
from vouchers.files.models import StoredFile
from vouchers.issuance.models import Voucher
from vouchers.orders.models import Order
from vouchers.parties.models import Organisation
from vouchers.providers.models import Provider
from vouchers.redemption.states import ClaimState


class Claim(Versioned, Sealed, Base):
    """核销申请: what the provider (or the enterprise) asks to be paid out of an order's hold. Amounts in fen.

    A direct subsidy stands here too, awarded outright: it has no order, provider or single invoice, and never comes to
    what reads them (`is_direct`).
    """

    __tablename__ = "claims"
    SEALED = (
        "public_id",
        "number",
        "order_id",
        "voucher_id",
        "provider_id",
        "payee_id",
        "state",
        "amount",
        "invoice_id",
        "base",
        "approved",
        "service_from",
        "service_until",
        "claimed_on",
        "decision",
        "evidence_hash",
        "verified_by_id",
        "approved_by_id",
    )
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("base >= 0", name="base"),
        CheckConstraint(
            "(order_id IS NULL) = (provider_id IS NULL) AND (order_id IS NULL) = (invoice_id IS NULL)", name="ground"
        ),
        CheckConstraint("approved IS NULL OR (approved > 0 AND approved <= amount)", name="approved"),
        CheckConstraint(
            "approved_by_id IS NULL OR (verified_by_id IS NOT NULL AND approved_by_id <> verified_by_id)",
            name="two_people",
        ),
        Index(None, "state", "submitted_at", "id"),
        Index(None, "provider_id", "state"),
        Index(None, "order_id"),
        Index(None, "voucher_id"),
        Index(None, "invoice_id"),
    )

    number: Mapped[str] = mapped_column(String(40), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), nullable=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("vouchers.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), nullable=True)
    payee_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    state: Mapped[ClaimState] = mapped_column(EnumText(ClaimState))
    amount: Mapped[int] = mapped_column(Fen)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), nullable=True)
    base: Mapped[int] = mapped_column(Fen)  # how much of the invoice this claim uses, in the scheme's measure
    declared: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # coupons, gifts and refunds, in fen
    approved: Mapped[int | None] = mapped_column(Fen)
    service_from: Mapped[date]
    service_until: Mapped[date]
    claimed_on: Mapped[date | None]
    decision: Mapped[dict[str, Any] | None] = mapped_column(Json)
    checks: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    evidence_hash: Mapped[str] = mapped_column(String(64), default="")
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    verification: Mapped[str] = mapped_column(Text, default="")
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    outcome_reason: Mapped[str] = mapped_column(Text, default="")
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    is_rehearsal: Mapped[bool] = mapped_column(default=False)

    order: Mapped[Order] = relationship()
    voucher: Mapped[Voucher] = relationship()
    provider: Mapped[Provider] = relationship()
    payee: Mapped[Organisation] = relationship()
    invoice: Mapped["Invoice"] = relationship()
    proofs: Mapped[list["PaymentProof"]] = relationship(order_by="PaymentProof.id")
    deliveries: Mapped[list["DeliveryConfirmation"]] = relationship(order_by="DeliveryConfirmation.id")
    papers: Mapped[list["ClaimPaper"]] = relationship(order_by="ClaimPaper.id")
    allocations: Mapped[list["Allocation"]] = relationship(order_by="Allocation.id")

    __mapper_args__ = {"version_id_col": Versioned.version}

    @property
    def is_direct(self) -> bool:
        """Whether it is a direct subsidy, on no order."""
        return self.order_id is None

    @property
    def papers_now(self) -> dict[str, StoredFile]:
        """The further papers that stand, by what they answer; a newer one takes the place of an older."""
        return {paper.requirement: paper.file for paper in self.papers}


class Invoice(Addressed, Sealed, Base):
    """发票: one per canonical key (20-digit number, else code and number); how much of it is used up already."""

    __tablename__ = "invoices"
    SEALED = (
        "public_id",
        "key",
        "dialect",
        "seller_uscc",
        "seller_name",
        "buyer_uscc",
        "buyer_name",
        "issued_on",
        "net",
        "tax",
        "gross",
        "eligible",
    )
    __table_args__ = (
        CheckConstraint("gross = net + tax", name="amounts"),
        CheckConstraint("allocated >= 0 AND allocated <= eligible", name="allocated"),
        CheckConstraint("sold >= 0 AND sold <= eligible", name="sold"),
        CheckConstraint("eligible >= 0 AND eligible <= gross", name="eligible"),
        Index(None, "sha256"),
    )

    key: Mapped[str] = mapped_column(String(40), unique=True)
    dialect: Mapped[str] = mapped_column(String(20))
    seller_uscc: Mapped[str] = mapped_column(String(20))
    seller_name: Mapped[str] = mapped_column(String(200))
    buyer_uscc: Mapped[str] = mapped_column(String(20))
    buyer_name: Mapped[str] = mapped_column(String(200))
    issued_on: Mapped[date]
    net: Mapped[int] = mapped_column(Fen)
    tax: Mapped[int] = mapped_column(Fen)
    gross: Mapped[int] = mapped_column(Fen)
    eligible: Mapped[int] = mapped_column(Fen)  # in the scheme's base, net of lines that do not count and of 红字
    allocated: Mapped[int] = mapped_column(Fen, default=0)  # on the side of its buyer
    sold: Mapped[int] = mapped_column(Fen, default=0, server_default="0")  # on the side of its seller
    remark: Mapped[str] = mapped_column(Text, default="")
    sha256: Mapped[str] = mapped_column(String(64))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)

    file: Mapped[StoredFile] = relationship()
    lines: Mapped[list["InvoiceLine"]] = relationship(order_by="InvoiceLine.position")


class RedLetter(Addressed, Base):
    """红字发票: takes back part of an invoice. Its amounts are kept without their sign.

    `reduction` is what it takes off the original's `eligible`; `applied` is how much of that is done. The rest waits
    until claims let go of the original, and stops them meanwhile.
    """

    __tablename__ = "red_letters"
    __table_args__ = (
        CheckConstraint("gross = net + tax AND gross > 0", name="amounts"),
        CheckConstraint("applied >= 0 AND applied <= reduction", name="applied"),
        Index(None, "invoice_id"),
        Index(None, "original_key"),
    )

    key: Mapped[str] = mapped_column(String(40), unique=True)
    original_key: Mapped[str] = mapped_column(String(40))
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    seller_uscc: Mapped[str] = mapped_column(String(20))
    seller_name: Mapped[str] = mapped_column(String(200))
    issued_on: Mapped[date]
    net: Mapped[int] = mapped_column(Fen)
    tax: Mapped[int] = mapped_column(Fen)
    gross: Mapped[int] = mapped_column(Fen)
    reduction: Mapped[int] = mapped_column(Fen, default=0)
    applied: Mapped[int] = mapped_column(Fen, default=0)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    recorded_by: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(Instant)

    file: Mapped[StoredFile] = relationship()
    invoice: Mapped[Invoice | None] = relationship()


class InvoiceLine(Row, Base):
    """发票明细: net, tax and gross of one line, and whether it counts."""

    __tablename__ = "invoice_lines"
    __table_args__ = (UniqueConstraint("invoice_id", "position"),)

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(300))
    tax_rate: Mapped[str] = mapped_column(String(20), default="")
    net: Mapped[int] = mapped_column(Fen)
    tax: Mapped[int] = mapped_column(Fen)
    gross: Mapped[int] = mapped_column(Fen)
    counts: Mapped[bool] = mapped_column(default=True)


class PaymentProof(Addressed, Base):
    """付款凭证: proof that the buyer paid its own share."""

    __tablename__ = "payment_proofs"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)

    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    paid_on: Mapped[date]
    amount: Mapped[int] = mapped_column(Fen)
    bank_reference: Mapped[str] = mapped_column(String(80), default="")

    file: Mapped[StoredFile] = relationship()


class DeliveryConfirmation(Addressed, Base):
    """交付确认: the paper that says the service was delivered, and the period it covers."""

    __tablename__ = "delivery_confirmations"

    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    confirmed_on: Mapped[date]

    file: Mapped[StoredFile] = relationship()


class ClaimPaper(Addressed, Base):
    """核销材料: a further paper that the pack asks for; of those for one requirement the last stands, all stay."""

    __tablename__ = "claim_papers"

    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    requirement: Mapped[str] = mapped_column(String(60))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))

    file: Mapped[StoredFile] = relationship()


class Allocation(Row, Sealed, Base):
    """分配: contract ↔ usage ↔ invoice line ↔ payment ↔ claim, with an amount in fen of the scheme's base.

    Rows are never changed; a negative row releases what an earlier one took and names it.
    """

    __tablename__ = "allocations"
    SEALED = (
        "claim_id",
        "order_id",
        "invoice_id",
        "invoice_line_id",
        "usage_id",
        "payment_proof_id",
        "amount",
        "releases_id",
        "at",
        "side",
    )
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        CheckConstraint("(amount > 0) = (releases_id IS NULL)", name="release_names_its_row"),
        Index("uq_allocations_releases_id", "releases_id", unique=True),
        Index(None, "claim_id"),
        Index(None, "invoice_id"),
    )

    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), nullable=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    invoice_line_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_lines.id"))
    usage_id: Mapped[int | None] = mapped_column(ForeignKey("usage_statements.id"))
    payment_proof_id: Mapped[int | None] = mapped_column(ForeignKey("payment_proofs.id"))
    amount: Mapped[int] = mapped_column(Fen)
    releases_id: Mapped[int | None] = mapped_column(ForeignKey("allocations.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    side: Mapped[str] = mapped_column(Blank(20), nullable=True)  # empty: the buyer's; else the seller's, or both

    invoice: Mapped[Invoice] = relationship()
