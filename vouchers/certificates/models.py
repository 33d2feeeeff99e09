"""The table of certificates."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vouchers.audit.sealing import Sealed
from vouchers.db.base import Addressed, Base
from vouchers.db.columns import Instant
from vouchers.files.models import StoredFile
from vouchers.issuance.models import Voucher


class Certificate(Addressed, Sealed, Base):
    """凭证: made once; the stored bytes and their digest are the document. The QR code carries a random token."""

    __tablename__ = "certificates"
    SEALED = (
        "public_id",
        "number",
        "voucher_id",
        "token",
        "template_version",
        "file_id",
        "sha256",
        "made_at",
        "revoked_at",
        "revoked_reason",
    )

    number: Mapped[str] = mapped_column(String(40), unique=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("vouchers.id"), unique=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    template_version: Mapped[str] = mapped_column(String(20))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    sha256: Mapped[str] = mapped_column(String(64), default="")
    ordered_at: Mapped[datetime] = mapped_column(Instant)
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_reason: Mapped[str] = mapped_column(Text, default="")

    voucher: Mapped[Voucher] = relationship()
    file: Mapped[StoredFile | None] = relationship()
