"""Tables of orders and of what was used or delivered.

Quantities are whole parts of the offering's unit (`providers.units`), PFLOPS-hours thousandths.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.db.base import Addressed, Base, Row, Versioned
from vouchers.db.columns import EnumText, Fen, Instant, Json, RowId
from vouchers.enterprises.models import Enterprise
from vouchers.files.models import StoredFile
from vouchers.issuance.models import Voucher
from vouchers.orders.states import OrderState, Side
from vouchers.providers.models import Offering, Provider


class Order(Versioned, Base):
    """订单: a contract for an offering, and the part of a voucher it holds. Amounts in fen: net, tax and gross."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("net > 0 AND tax >= 0 AND gross = net + tax", name="amounts"),
        CheckConstraint("hold > 0 AND hold <= gross", name="hold"),
        CheckConstraint("service_until >= service_from", name="days"),
        Index(None, "enterprise_id", "state"),
        Index(None, "provider_id", "state"),
        Index(None, "voucher_id"),
    )

    number: Mapped[str] = mapped_column(String(40), unique=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("vouchers.id"))
    offering_id: Mapped[int] = mapped_column(ForeignKey("offerings.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"))
    state: Mapped[OrderState] = mapped_column(EnumText(OrderState))
    proposed_by: Mapped[Side] = mapped_column(EnumText(Side))
    contract_number: Mapped[str] = mapped_column(String(80))
    contract_signed_on: Mapped[date]
    contract_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    quantity: Mapped[int] = mapped_column(RowId)
    unit_price: Mapped[int] = mapped_column(Fen)  # per unit, gross, as in the catalogue on that day
    tax_rate_bp: Mapped[int]
    net: Mapped[int] = mapped_column(Fen)
    tax: Mapped[int] = mapped_column(Fen)
    gross: Mapped[int] = mapped_column(Fen)
    hold: Mapped[int] = mapped_column(Fen)
    service_from: Mapped[date]
    service_until: Mapped[date]
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(500), default="")

    voucher: Mapped[Voucher] = relationship()
    offering: Mapped[Offering] = relationship()
    enterprise: Mapped[Enterprise] = relationship()
    provider: Mapped[Provider] = relationship()
    contract_file: Mapped[StoredFile | None] = relationship()
    usage: Mapped[list["UsageStatement"]] = relationship(order_by="UsageStatement.period_from")

    __mapper_args__ = {"version_id_col": Versioned.version}


class OrderVersion(Row, Base):
    """合同版本: the terms as agreed at one time. Never changed (trigger)."""

    __tablename__ = "order_versions"
    __table_args__ = (UniqueConstraint("order_id", "revision"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    revision: Mapped[int]
    terms: Mapped[dict[str, Any]] = mapped_column(Json)
    agreed_by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(Instant)


class UsageStatement(Addressed, Base):
    """用量清单 or 交付记录: what was used or handed over in a period, in the offering's unit.

    Card-hours are normalised to PFLOPS-hours with the offering's speed on that day; nothing else has such figures.
    """

    __tablename__ = "usage_statements"
    __table_args__ = (
        UniqueConstraint("order_id", "period_from"),
        CheckConstraint("quantity > 0", name="hours"),
        CheckConstraint("period_until >= period_from", name="days"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    period_from: Mapped[date]
    period_until: Mapped[date]
    quantity: Mapped[int] = mapped_column(RowId)
    gflops_per_card: Mapped[int | None] = mapped_column(RowId)
    pflops_millihours: Mapped[int | None] = mapped_column(RowId)
    green_share_bp: Mapped[int | None]
    log_digest: Mapped[str] = mapped_column(String(64), default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    recorded_by: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_by: Mapped[str] = mapped_column(String(200), default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
