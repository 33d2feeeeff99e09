"""Tables of organisations and what is known about them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.accounts.models import Person
from vouchers.audit.sealing import Sealed
from vouchers.db.base import Addressed, Base, Row, Versioned
from vouchers.db.columns import Blank, EnumText, Instant, Json, Personal
from vouchers.files.models import StoredFile
from vouchers.parties.states import FactSource, MandateKind, OrganisationState, SuccessionKind


class Organisation(Versioned, Base):
    """单位: an identity of its own; name and number are what it is called today."""

    __tablename__ = "organisations"
    __table_args__ = (CheckConstraint("uscc IS NOT NULL OR vouched_by_id IS NOT NULL", name="identified"),)

    name: Mapped[str] = mapped_column(String(200))
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    vouched_by_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    uscc_needs_review: Mapped[bool] = mapped_column(default=False)
    state: Mapped[OrganisationState] = mapped_column(EnumText(OrganisationState))
    address: Mapped[str] = mapped_column(String(300), default="")


class FormerName(Row, Base):
    """曾用名: a name and until when it held."""

    __tablename__ = "former_names"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    until: Mapped[date]


class ControlLink(Row, Base):
    """关联: who holds how much of an organisation, from when until when, by which source. Share in basis points."""

    __tablename__ = "control_links"
    __table_args__ = (
        CheckConstraint("(holder_person_id IS NULL) <> (holder_organisation_id IS NULL)", name="one_holder"),
        CheckConstraint("share_bp BETWEEN 0 AND 10000", name="share"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    holder_person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    holder_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    share_bp: Mapped[int]
    is_controller: Mapped[bool]
    source: Mapped[FactSource] = mapped_column(EnumText(FactSource))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]


class Succession(Row, Base):
    """承继: who inherits vouchers, cap history and debts."""

    __tablename__ = "successions"

    predecessor_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[SuccessionKind] = mapped_column(EnumText(SuccessionKind))
    on: Mapped[date]


class Mandate(Addressed, Sealed, Base):
    """授权: a person acts for an organisation, from a day to a day, by a letter."""

    __tablename__ = "mandates"
    SEALED = (
        "public_id",
        "person_id",
        "organisation_id",
        "kind",
        "letter_id",
        "valid_from",
        "valid_until",
        "granted_at",
    )
    __table_args__ = (Index(None, "organisation_id", "person_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[MandateKind] = mapped_column(EnumText(MandateKind))
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    granted_at: Mapped[datetime] = mapped_column(Instant)

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation] = relationship()


class Conflict(Row, Base):
    """利害关系: an officer says that they are not impartial towards an organisation. Never taken back by themselves."""

    __tablename__ = "conflicts"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    declared_at: Mapped[datetime] = mapped_column(Instant)


class BankAccount(Addressed, Sealed, Base):
    """收款账户: 户名, 开户行, 联行号 and the number, encrypted."""

    __tablename__ = "bank_accounts"
    SEALED = (
        "public_id",
        "organisation_id",
        "purpose",
        "account_name",
        "bank",
        "bank_code",
        "number",
        "number_index",
        "number_tail",
        "valid_from",
        "valid_until",
        "recorded_at",
        "channel",
    )
    __table_args__ = (UniqueConstraint("organisation_id", "number_index", "valid_from"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(40))
    account_name: Mapped[str] = mapped_column(String(200))
    bank: Mapped[str] = mapped_column(String(200))
    bank_code: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(Personal)
    number_index: Mapped[str] = mapped_column(String(64))
    number_tail: Mapped[str] = mapped_column(String(4))
    channel: Mapped[str] = mapped_column(Blank(20), nullable=True)  # empty: a bank account
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class Fact(Addressed, Base):
    """事实: one value from the vocabulary about an organisation, its source, and from when until when it holds."""

    __tablename__ = "facts"
    __table_args__ = (Index(None, "organisation_id", "name", "recorded_at"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(String(60))
    value: Mapped[Any] = mapped_column(Json)
    unit: Mapped[str] = mapped_column(String(20), default="")
    source: Mapped[FactSource] = mapped_column(EnumText(FactSource))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))

    document: Mapped[StoredFile | None] = relationship()
