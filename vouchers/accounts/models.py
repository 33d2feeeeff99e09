"""Tables of people: who they are, how they sign in, which office they serve, which duty they hold on a case."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.accounts.states import (
    Duty,
    OfficeKind,
    ProposalKind,
    ProposalState,
    Role,
    SignInMethod,
    UserState,
)
from vouchers.audit.sealing import Sealed
from vouchers.db.base import Addressed, Base, Passing, Row, Versioned
from vouchers.db.columns import EnumText, Instant, Json, Personal, RowId


class Office(Addressed, Base):
    """机构: a bureau, a finance bureau, a district or an engaged third party; offices form a tree with regions."""

    __tablename__ = "offices"

    parent_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    kind: Mapped[OfficeKind] = mapped_column(EnumText(OfficeKind))
    name: Mapped[str] = mapped_column(String(200), unique=True)
    region: Mapped[str] = mapped_column(String(80))
    uscc: Mapped[str] = mapped_column(String(18), default="")


class Person(Addressed, Base):
    """自然人: one row per natural person, found by a keyed hash of the identity number or else of the phone."""

    __tablename__ = "persons"
    __table_args__ = (
        CheckConstraint("identity_index IS NOT NULL OR phone_index IS NOT NULL", name="findable"),
        Index("uq_persons_identity_index", "identity_index", unique=True),
        Index("uq_persons_phone_index", "phone_index", unique=True),
    )

    name: Mapped[str] = mapped_column(String(100))
    identity_number: Mapped[str | None] = mapped_column(Personal)
    identity_index: Mapped[str | None] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(Personal)
    phone_index: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)


class User(Versioned, Sealed, Base):
    """账号: a way for a person to sign in."""

    __tablename__ = "users"
    SEALED = ("public_id", "person_id", "sign_in", "state", "password_hash", "totp_secret")

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    sign_in: Mapped[str] = mapped_column(String(80), unique=True)
    state: Mapped[UserState] = mapped_column(EnumText(UserState))
    password_hash: Mapped[str] = mapped_column(String(200))
    password_set_at: Mapped[datetime] = mapped_column(Instant)
    totp_secret: Mapped[str | None] = mapped_column(Personal)
    totp_last_step: Mapped[int] = mapped_column(RowId, default=0)
    locale: Mapped[str] = mapped_column(String(10), default="zh_Hans_CN")
    is_rehearsal: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship(lazy="joined")


class Appointment(Row, Sealed, Base):
    """任职: a role in an office or organisation, for schemes and stages, from a day to a day; [] means all."""

    __tablename__ = "appointments"
    SEALED = (
        "user_id",
        "role",
        "office_id",
        "organisation_id",
        "schemes",
        "stages",
        "valid_from",
        "valid_until",
        "granted_by",
        "granted_at",
    )
    __table_args__ = (
        CheckConstraint("(office_id IS NULL) <> (organisation_id IS NULL)", name="one_home"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="days"),
        Index(None, "user_id"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    role: Mapped[Role] = mapped_column(EnumText(Role))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    organisation_id: Mapped[int | None] = mapped_column(RowId)  # parties stands above: its Mandate row is the proof
    schemes: Mapped[list[str]] = mapped_column(Json, default=list)
    stages: Mapped[list[str]] = mapped_column(Json, default=list)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    granted_by: Mapped[str] = mapped_column(String(200))
    granted_at: Mapped[datetime] = mapped_column(Instant)

    office: Mapped[Office | None] = relationship(lazy="joined")


class AppointmentProposal(Versioned, Base):
    """任职提议: a role to give or to end, by one administrator, until another decides. Two people (CHECK)."""

    __tablename__ = "appointment_proposals"
    __table_args__ = (
        CheckConstraint(
            "decided_by_id IS NULL OR proposed_by_id IS NULL OR decided_by_id <> proposed_by_id", name="two"
        ),
        CheckConstraint("(kind = 'end') = (appointment_id IS NOT NULL)", name="ended"),
        Index(None, "state", "id"),
    )

    kind: Mapped[ProposalKind] = mapped_column(EnumText(ProposalKind))
    state: Mapped[ProposalState] = mapped_column(EnumText(ProposalState))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    role: Mapped[Role] = mapped_column(EnumText(Role))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"))
    schemes: Mapped[list[str]] = mapped_column(Json, default=list)
    stages: Mapped[list[str]] = mapped_column(Json, default=list)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))  # none: on the console
    proposed_by: Mapped[str] = mapped_column(String(200))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decision: Mapped[str] = mapped_column(Text, default="")

    user: Mapped[User] = relationship()
    office: Mapped[Office | None] = relationship()

    __mapper_args__ = {"version_id_col": Versioned.version}


class SignInSession(Row, Passing, Base):
    """A session on the server: the cookie holds a random id, the row its hash."""

    __tablename__ = "sign_in_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    proven_at: Mapped[datetime | None] = mapped_column(Instant)  # when the password was last typed
    factor_at: Mapped[datetime | None] = mapped_column(Instant)
    wrong_codes: Mapped[int] = mapped_column(default=0, server_default="0")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    address: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(80), default="", server_default="")
    method: Mapped[SignInMethod] = mapped_column(
        EnumText(SignInMethod), default=SignInMethod.PASSWORD, server_default=SignInMethod.PASSWORD.value
    )


class RateCounter(Passing, Base):
    """How often something was tried in a window; spans workers and restarts."""

    __tablename__ = "rate_counters"

    bucket: Mapped[str] = mapped_column(String(120), primary_key=True)
    window_start: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    count: Mapped[int]


class CaseDuty(Sealed, Base):
    """岗位分离: the one duty a natural person holds on a case. The key is the law: no second duty fits beside it."""

    __tablename__ = "case_duties"
    SEALED = ("duty", "part", "since")

    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    duty: Mapped[Duty] = mapped_column(EnumText(Duty))
    part: Mapped[str] = mapped_column(String(60), default="")
    since: Mapped[datetime] = mapped_column(Instant)


class StoredAnswer(Base):
    """Idempotency: the first answer to a key, kept for the life of the voucher."""

    __tablename__ = "stored_answers"
    __table_args__ = (UniqueConstraint("principal", "operation", "key"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    principal: Mapped[str] = mapped_column(String(80))
    operation: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[Any] = mapped_column(Json)
    location: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
