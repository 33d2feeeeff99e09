"""Tables of public notices."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.applications.models import Application
from vouchers.db.base import Addressed, Base, Versioned
from vouchers.db.columns import EnumText, Fen, Instant, Personal
from vouchers.notices.states import NoticeState, ObjectionState
from vouchers.policy.models import Scheme


class PublicNotice(Versioned, Base):
    """公示: a list with a first and a last day, both included."""

    __tablename__ = "notices"
    __table_args__ = (CheckConstraint("closes_on >= opens_on", name="days"),)

    number: Mapped[str] = mapped_column(String(40), unique=True)
    scheme_id: Mapped[int] = mapped_column(ForeignKey("schemes.id"))
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[NoticeState] = mapped_column(EnumText(NoticeState))
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    is_provisional: Mapped[bool] = mapped_column(default=False)
    opened_by: Mapped[str] = mapped_column(String(200))
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")

    scheme: Mapped[Scheme] = relationship()
    entries: Mapped[list["NoticeEntry"]] = relationship(order_by="NoticeEntry.id")


class NoticeEntry(Addressed, Base):
    """公示条目: what the public may see of one case."""

    __tablename__ = "notice_entries"
    __table_args__ = (UniqueConstraint("notice_id", "application_id"), Index(None, "application_id"))

    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    name: Mapped[str] = mapped_column(String(200))
    voucher_kind: Mapped[str] = mapped_column(String(40))
    amount: Mapped[int] = mapped_column(Fen)

    application: Mapped[Application] = relationship()


class Objection(Versioned, Base):
    """异议: what somebody says against one entry; while it is open the case cannot be approved."""

    __tablename__ = "objections"
    __table_args__ = (Index(None, "entry_id", "state"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("notice_entries.id"))
    state: Mapped[ObjectionState] = mapped_column(EnumText(ObjectionState))
    text: Mapped[str] = mapped_column(Text)
    contact_name: Mapped[str | None] = mapped_column(Personal)
    contact: Mapped[str | None] = mapped_column(Personal)
    lodged_at: Mapped[datetime] = mapped_column(Instant)
    resolution: Mapped[str] = mapped_column(Text, default="")
    resolved_by: Mapped[str] = mapped_column(String(200), default="")
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)

    entry: Mapped[NoticeEntry] = relationship()
