"""Tables of vouchers. What is left on one is not here: it is the balance of its ledger accounts."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.applications.models import Application
from vouchers.audit.sealing import Sealed
from vouchers.db.base import Base, Versioned
from vouchers.db.columns import EnumText, Fen, Instant
from vouchers.enterprises.models import Enterprise
from vouchers.issuance.states import OF_SUBSIDIES, VoucherState
from vouchers.policy.models import SchemeVersion


class Voucher(Versioned, Sealed, Base):
    """算力券: face value in fen, valid from the first to the last day, both included.

    A voucher in kind is for so many whole `units` of its `unit` (as packs name it); its face is their highest cost.
    """

    __tablename__ = "vouchers"
    SEALED = (
        "public_id",
        "number",
        "code",
        "application_id",
        "enterprise_id",
        "scheme_version_id",
        "voucher_kind",
        "tier",
        "face",
        "units",
        "unit",
        "state",
        "valid_from",
        "valid_until",
        "issued_at",
    )
    __table_args__ = (
        CheckConstraint("face > 0", name="face"),
        CheckConstraint("units IS NULL OR units > 0", name="units"),
        CheckConstraint("(units IS NULL) = (unit IS NULL)", name="unit"),
        CheckConstraint("valid_until >= valid_from", name="days"),
        Index(None, "state", "valid_until"),
        Index(None, "enterprise_id"),
    )

    number: Mapped[str] = mapped_column(String(40), unique=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), unique=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_versions.id"))
    voucher_kind: Mapped[str] = mapped_column(String(40))
    tier: Mapped[str] = mapped_column(String(60))
    face: Mapped[int] = mapped_column(Fen)
    units: Mapped[int | None] = mapped_column(BigInteger)
    unit: Mapped[str | None] = mapped_column(String(20))
    state: Mapped[VoucherState] = mapped_column(EnumText(VoucherState))
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    issued_at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text, default="")
    is_rehearsal: Mapped[bool] = mapped_column(default=False)

    application: Mapped[Application] = relationship()
    enterprise: Mapped[Enterprise] = relationship()
    scheme_version: Mapped[SchemeVersion] = relationship()

    __mapper_args__ = {"version_id_col": Versioned.version}

    @property
    def is_direct(self) -> bool:
        """Whether it stands for a direct subsidy: nothing of it was ever to be spent."""
        return self.state in OF_SUBSIDIES


class ExpiryWarning(Base):
    """到期提醒: that the holder was told so many days before the last one. The key is why nobody is told twice."""

    __tablename__ = "expiry_warnings"

    voucher_id: Mapped[int] = mapped_column(ForeignKey("vouchers.id"), primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    told_at: Mapped[datetime] = mapped_column(Instant)
