"""Tables of enterprises."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.db.base import Base, Row, Versioned
from vouchers.db.columns import EnumText, Instant
from vouchers.enterprises.states import EnterpriseState
from vouchers.parties.models import Organisation


class Enterprise(Versioned, Base):
    """申报企业: an organisation in the part of an applicant."""

    __tablename__ = "enterprises"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), unique=True)
    state: Mapped[EnterpriseState] = mapped_column(EnumText(EnterpriseState))
    is_rehearsal: Mapped[bool] = mapped_column(default=False)

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class CreditRecord(Row, Base):
    """信用记录: a breach, when and by which source. Never a silent refusal: rules read it as a fact."""

    __tablename__ = "credit_records"

    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"), index=True)
    kind: Mapped[str] = mapped_column(String(60))
    on: Mapped[date]
    until: Mapped[date | None]
    source: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
