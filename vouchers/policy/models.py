"""Tables of schemes: the administered thing, its published texts and its application windows."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.accounts.models import Office, Person
from vouchers.audit.sealing import Sealed
from vouchers.db.base import Base, Passing, Versioned
from vouchers.db.columns import EnumText, Fen, Instant, Json, Personal
from vouchers.policy.states import Conclusion, SimulationState, VersionState, WindowState


class Scheme(Versioned, Base):
    """方案: what an office administers under one policy pack."""

    __tablename__ = "schemes"

    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    pack_id: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    is_rehearsal: Mapped[bool] = mapped_column(default=False)

    office: Mapped[Office] = relationship()


class SchemeVersion(Versioned, Sealed, Base):
    """One text of a scheme. Its content never changes once it is signed (trigger); cases keep it for good."""

    __tablename__ = "scheme_versions"
    SEALED = (
        "public_id",
        "scheme_id",
        "number",
        "state",
        "source",
        "content",
        "content_hash",
        "drafted_by_id",
        "signed_by_id",
        "document_number",
        "answer",
        "fair_competition",
        "effective_from",
        "effective_until",
        "published_at",
    )
    __table_args__ = (
        UniqueConstraint("scheme_id", "number"),
        CheckConstraint("signed_by_id IS NULL OR signed_by_id <> drafted_by_id", name="two_people"),
        CheckConstraint("effective_until IS NULL OR effective_until >= effective_from", name="days"),
        Index(
            "uq_scheme_versions_published",
            "scheme_id",
            "effective_from",
            unique=True,  # one text for each first day; those that wait stand beside the one in force
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
    )

    scheme_id: Mapped[int] = mapped_column(ForeignKey("schemes.id"))
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(EnumText(VersionState))
    source: Mapped[str] = mapped_column(Text, deferred=True, deferred_group="text")  # large: read when it is asked for
    content: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True, deferred_group="text")
    content_hash: Mapped[str] = mapped_column(String(64))
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    document_number: Mapped[str] = mapped_column(String(120), default="")
    answer: Mapped[str | None] = mapped_column(Text)
    """What the signer says to the points of the check that no review answers."""
    fair_competition: Mapped[str] = mapped_column(Text, default="")
    effective_from: Mapped[date | None]
    effective_until: Mapped[date | None]
    published_at: Mapped[datetime | None] = mapped_column(Instant)

    scheme: Mapped[Scheme] = relationship()
    drafted_by: Mapped[Person | None] = relationship(foreign_keys=[drafted_by_id])
    signed_by: Mapped[Person | None] = relationship(foreign_keys=[signed_by_id])


class FairnessReview(Versioned, Sealed, Base):
    """公平竞争审查 of one version: each pointed item answered, the conclusion, and two signatures of two people."""

    __tablename__ = "fairness_reviews"
    SEALED = (
        "public_id",
        "scheme_version_id",
        "answers",
        "conclusion",
        "opinion",
        "reviewed_by_id",
        "reviewed_at",
        "confirmed_by_id",
        "confirmed_at",
    )
    __table_args__ = (
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> reviewed_by_id", name="two_people"),
        CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="signed_at"),
    )

    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_versions.id"), unique=True)
    answers: Mapped[list[dict[str, Any]]] = mapped_column(Json)  # rule, line, message, article, reason
    conclusion: Mapped[Conclusion] = mapped_column(EnumText(Conclusion))
    opinion: Mapped[str] = mapped_column(Text)
    reviewed_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    reviewed_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)

    scheme_version: Mapped[SchemeVersion] = relationship()
    reviewed_by: Mapped[Person] = relationship(foreign_keys=[reviewed_by_id])
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])


class Simulation(Versioned, Passing, Base):
    """测算: a version tried on a register, of which only the figures are kept, and those for a month."""

    __tablename__ = "simulations"
    __table_args__ = (
        CheckConstraint("budget IS NULL OR budget > 0", name="budget"),
        CheckConstraint("per_day IS NULL OR per_day > 0", name="per_day"),
    )

    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_versions.id"), index=True)
    against_id: Mapped[int | None] = mapped_column(ForeignKey("scheme_versions.id"))
    voucher_kind: Mapped[str] = mapped_column(String(40))
    on_day: Mapped[date]
    budget: Mapped[int | None] = mapped_column(Fen)
    per_day: Mapped[int | None]  # applications
    assumed: Mapped[dict[str, Any]] = mapped_column(Json)  # facts that hold on every row
    file_name: Mapped[str] = mapped_column(String(200))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    state: Mapped[SimulationState] = mapped_column(EnumText(SimulationState))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    done_at: Mapped[datetime | None] = mapped_column(Instant)

    scheme_version: Mapped[SchemeVersion] = relationship(foreign_keys=[scheme_version_id])
    against: Mapped[SchemeVersion | None] = relationship(foreign_keys=[against_id])
    asked_by: Mapped[Person] = relationship()


class Window(Versioned, Base):
    """申报窗口: when applications for a voucher kind are taken, and under which version."""

    __tablename__ = "windows"
    __table_args__ = (CheckConstraint("closes_at > opens_at", name="order"),)

    scheme_id: Mapped[int] = mapped_column(ForeignKey("schemes.id"), index=True)
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_versions.id"))
    voucher_kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    opens_at: Mapped[datetime] = mapped_column(Instant)
    closes_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[WindowState] = mapped_column(EnumText(WindowState))

    scheme: Mapped[Scheme] = relationship()
    scheme_version: Mapped[SchemeVersion] = relationship()
    release: Mapped["WindowRelease | None"] = relationship()

    @property
    def is_stopped(self) -> bool:
        """Whether it ended because its scheme was stopped."""
        return self.state is WindowState.STOPPED


class WindowRelease(Base):
    """定时放券: how many a window frees when it opens, and how many are taken; the constraint ends every race."""

    __tablename__ = "window_releases"
    __table_args__ = (CheckConstraint("taken >= 0 AND taken <= quantity", name="taken"),)

    window_id: Mapped[int] = mapped_column(ForeignKey("windows.id"), primary_key=True, autoincrement=False)
    quantity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)

    @property
    def left(self) -> int:
        """How many are still to be had."""
        return self.quantity - self.taken


class LotDraw(Versioned, Sealed, Base):
    """抽签: what was committed to before a window took applications, and what was shown when lots were drawn."""

    __tablename__ = "lot_draws"
    SEALED = ("public_id", "window_id", "commitment", "source", "revealed", "value")

    window_id: Mapped[int] = mapped_column(ForeignKey("windows.id"), unique=True)
    commitment: Mapped[str] = mapped_column(String(64))  # SHA-256 of the secret
    source: Mapped[str] = mapped_column(String(200))  # where the public number will be found
    secret: Mapped[str | None] = mapped_column(Personal)  # enciphered: a reader of the database cannot draw before
    revealed: Mapped[str] = mapped_column(String(64))  # the secret in clear, empty until lots are drawn
    value: Mapped[str] = mapped_column(String(200))

    window: Mapped[Window] = relationship()
