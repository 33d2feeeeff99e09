"""Tables of providers and what they offer."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.db.base import Addressed, Base, Row, Versioned
from vouchers.db.columns import EnumText, Fen, Instant, RowId
from vouchers.files.models import StoredFile
from vouchers.parties.models import Organisation
from vouchers.providers.states import OfferingKind, OfferingState, Precision, ProviderState, Unit


class Provider(Versioned, Base):
    """算力服务商: an organisation in the part of a seller of compute."""

    __tablename__ = "providers"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), unique=True)
    state: Mapped[ProviderState] = mapped_column(EnumText(ProviderState))
    introduction: Mapped[str] = mapped_column(Text, default="")
    is_rehearsal: Mapped[bool] = mapped_column(default=False)

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class ProviderDocument(Addressed, Base):
    """入库材料: the paper that answers one admission requirement of the pack."""

    __tablename__ = "provider_documents"

    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), index=True)
    requirement: Mapped[str] = mapped_column(String(60))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    valid_until: Mapped[date | None]
    added_at: Mapped[datetime] = mapped_column(Instant)

    file: Mapped[StoredFile] = relationship()


class Admission(Addressed, Base):
    """入库: who let a provider in, for which kinds of service, from when until when."""

    __tablename__ = "admissions"

    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), index=True)
    batch: Mapped[str] = mapped_column(String(80))
    kinds: Mapped[str] = mapped_column(String(120))  # offering kinds, separated by blanks
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    decided_by: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


_CARD = (
    "CASE WHEN unit = 'card-hour'"
    " THEN card IS NOT NULL AND precision IS NOT NULL AND gflops_per_card IS NOT NULL AND green_share_bp IS NOT NULL"
    " ELSE card IS NULL AND precision IS NULL AND gflops_per_card IS NULL AND green_share_bp IS NULL END"
)


class Offering(Versioned, Base):
    """服务目录条目: what is offered and where, and its price in fen per unit.

    What is sold by the card-hour has a card, its precision, its speed in GFLOPS and a green share; nothing else has.
    The unit stays as it was listed: prices before and orders agreed are counted by it.
    """

    __tablename__ = "offerings"
    __table_args__ = (
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("green_share_bp BETWEEN 0 AND 10000", name="green_share"),
        CheckConstraint("gflops_per_card > 0", name="speed"),
        CheckConstraint(_CARD, name="card"),
    )

    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), index=True)
    kind: Mapped[OfferingKind] = mapped_column(EnumText(OfferingKind))
    state: Mapped[OfferingState] = mapped_column(EnumText(OfferingState))
    name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[Unit] = mapped_column(EnumText(Unit), default=Unit.CARD_HOUR, server_default="card-hour")
    card: Mapped[str | None] = mapped_column(String(80))
    precision: Mapped[Precision | None] = mapped_column(EnumText(Precision))
    gflops_per_card: Mapped[int | None] = mapped_column(RowId)
    price: Mapped[int] = mapped_column(Fen)
    region: Mapped[str] = mapped_column(String(80))
    green_share_bp: Mapped[int | None]
    description: Mapped[str] = mapped_column(Text, default="")

    provider: Mapped[Provider] = relationship()


class OfferingPrice(Row, Base):
    """价格沿革: what a unit of an offering cost from a day on."""

    __tablename__ = "offering_prices"
    __table_args__ = (UniqueConstraint("offering_id", "since"),)

    offering_id: Mapped[int] = mapped_column(ForeignKey("offerings.id"))
    price: Mapped[int] = mapped_column(Fen)
    since: Mapped[datetime] = mapped_column(Instant)
