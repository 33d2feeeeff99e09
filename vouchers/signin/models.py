"""Tables of the ways to sign in; secrets stand here as hashes only."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from vouchers.db.base import Addressed, Base, Passing, Row
from vouchers.db.columns import EnumText, Instant
from vouchers.signin.states import LinkPurpose, ResetKind, ResetState


class RecoveryCode(Row, Passing, Base):
    """备用码: opens the second step once, for somebody whose phone is not at hand."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(200))
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class OneTimeLink(Row, Passing, Base):
    """A link or code handed out once: to set a password, to link an identity, to set the installation up."""

    __tablename__ = "one_time_links"
    __table_args__ = (CheckConstraint("user_id IS NOT NULL OR purpose = 'setup'", name="bound"),)

    purpose: Mapped[LinkPurpose] = mapped_column(EnumText(LinkPurpose))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class IdentityLink(Row, Passing, Base):
    """Which account an identity of the provider opens; found by issuer and subject, never by a mail address."""

    __tablename__ = "identity_links"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("user_id", "issuer"))

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    issuer: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(255))
    shown_as: Mapped[str] = mapped_column(String(100), default="")
    by_owner: Mapped[bool]  # made by the account's owner, not by an invitation: only then the provider's factor counts
    linked_at: Mapped[datetime] = mapped_column(Instant)


class FactorReset(Addressed, Base):
    """解除动态口令 or 重置密码: proposed by one administrator, done by another; at most one waits per account."""

    __tablename__ = "factor_resets"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR state <> 'confirmed' OR decided_by <> proposed_by", name="two_persons"),
        CheckConstraint("proposed_by <> owner_id AND (decided_by IS NULL OR decided_by <> owner_id)", name="not_own"),
        Index(
            "uq_factor_resets_open",
            "user_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    kind: Mapped[ResetKind] = mapped_column(EnumText(ResetKind), default=ResetKind.FACTOR, server_default="factor")
    state: Mapped[ResetState] = mapped_column(EnumText(ResetState))
    reason: Mapped[str] = mapped_column(String(500))
    proposed_by: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
