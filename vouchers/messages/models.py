"""Tables of messages: a code with parameters, rendered in the reader's language; never a finished sentence."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from vouchers.db.base import Addressed, Base, Passing
from vouchers.db.columns import Instant, Json, Personal, RowId


class Message(Addressed, Base):
    """One message to a user, to an organisation, or to those who hold a role in an office."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN user_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN organisation_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN office_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_recipient",
        ),
        CheckConstraint("office_id IS NOT NULL OR role = ''", name="role_in_office"),
        Index(None, "user_id", "id"),
        Index(None, "organisation_id", "id"),
        Index(None, "office_id", "role", "id"),
        Index(
            "ix_messages_to_hand_out",
            "id",
            sqlite_where=text("handed_out_at IS NULL"),
            postgresql_where=text("handed_out_at IS NULL"),
        ),
    )

    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    organisation_id: Mapped[int | None] = mapped_column(RowId)  # parties stands above
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    role: Mapped[str] = mapped_column(String(40), default="")
    code: Mapped[str] = mapped_column(String(80))
    params: Mapped[dict[str, Any]] = mapped_column(Json)
    link: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime] = mapped_column(Instant)
    handed_out_at: Mapped[datetime | None] = mapped_column(
        Instant
    )  # when a mail was asked for each reader who wants one


class MailAddress(Passing, Base):
    """Where a user wants mails; used only once confirmed from that mailbox."""

    __tablename__ = "mail_addresses"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    address: Mapped[str] = mapped_column(Personal)
    given_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)


class MessageRead(Base):
    """That a user has seen a message: several people may share one."""

    __tablename__ = "message_reads"

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    read_at: Mapped[datetime] = mapped_column(Instant)
