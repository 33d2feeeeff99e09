"""What always holds of certificates: the stored bytes are those that were made."""

from collections.abc import Iterator

from sqlalchemy import select

from vouchers.certificates.models import Certificate
from vouchers.db.base import db
from vouchers.files import queries as files
from vouchers.files.store import DamagedFile
from vouchers.kernel.errors import NotFound

CHECKS = ("INV-53",)


def findings() -> Iterator[tuple[str, str, str]]:
    """Every certificate whose paper is lost or changed; invariant, row, sentence."""
    statement = select(Certificate).where(Certificate.file_id.is_not(None)).order_by(Certificate.id)
    for certificate in db.session.scalars(statement):
        problem = _problem(certificate)
        if problem:
            yield "INV-53", f"certificates/{certificate.number}", problem


def _problem(certificate: Certificate) -> str:
    stored = certificate.file
    if stored is None or stored.sha256 != certificate.sha256:
        return "凭证的摘要与材料记录不一致"
    try:
        files.content_of(stored)
    except (NotFound, DamagedFile) as problem:
        return str(problem)
    return ""
