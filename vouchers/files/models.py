"""The table of stored files: one row per upload, the bytes once per content."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from vouchers.audit.sealing import Sealed
from vouchers.db.base import Addressed, Base
from vouchers.db.columns import EnumText, Instant, RowId
from vouchers.files.states import ArchiveClass, FileKind


class StoredFile(Addressed, Sealed, Base):
    """材料: an original, found by the digest of its bytes. Rows never change (trigger), holds aside."""

    __tablename__ = "stored_files"
    SEALED = (
        "public_id",
        "sha256",
        "size",
        "kind",
        "name",
        "owner_organisation_id",
        "owner_office_id",
        "archive_class",
        "retention_start",
        "is_on_hold",
        "uploaded_by",
        "uploaded_at",
    )
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        Index(None, "sha256"),
        Index(None, "owner_organisation_id"),
    )

    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(RowId)
    kind: Mapped[FileKind] = mapped_column(EnumText(FileKind))
    name: Mapped[str] = mapped_column(String(200))
    owner_organisation_id: Mapped[int | None] = mapped_column(RowId)  # no key: parties stands above
    owner_office_id: Mapped[int | None] = mapped_column(RowId)
    archive_class: Mapped[ArchiveClass] = mapped_column(EnumText(ArchiveClass))
    retention_start: Mapped[date]
    is_on_hold: Mapped[bool] = mapped_column(default=False)
    uploaded_by: Mapped[str] = mapped_column(String(200))
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
