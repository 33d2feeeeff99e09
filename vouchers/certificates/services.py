"""Acts on certificates: ordered (number and token fixed), then made once; the stored bytes are the document."""

import secrets
from datetime import datetime

from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.certificates import queries
from vouchers.certificates.models import Certificate
from vouchers.db.base import db
from vouchers.db.numbers import next_number
from vouchers.files import services as files
from vouchers.files.services import Owner, Received
from vouchers.files.states import ArchiveClass
from vouchers.issuance import queries as vouchers
from vouchers.jobs import services as jobs
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date

RENDER_JOB = "certificates.render"
TEMPLATE_VERSION = "2"
_TOKEN_BYTES = 18  # 144 random bits: the address of the check cannot be guessed or derived


def order(voucher_public_id: str, *, actor: Actor, at: datetime) -> Certificate:
    """Fix number and token of a voucher's certificate and ask for its paper; asked again, the same certificate."""
    voucher = vouchers.lock(voucher_public_id)
    known = queries.of_voucher(voucher.id)
    if known is not None:
        return known
    year, office_id = beijing_date(at).year, voucher.scheme_version.scheme.office_id
    certificate = Certificate(
        number=next_number("PZ", year=year, office_id=office_id),
        voucher_id=voucher.id,
        token=secrets.token_urlsafe(_TOKEN_BYTES),
        template_version=TEMPLATE_VERSION,
        ordered_at=at,
    )
    db.session.add(certificate)
    db.session.flush()
    details = {"number": certificate.number, "voucher": voucher.number}
    audit.record("certificate.order", _subject(certificate), actor=actor, at=at, details=details)
    jobs.enqueue(RENDER_JOB, voucher_public_id, payload={"voucher": voucher_public_id}, at=at)
    return certificate


def keep_paper(voucher_public_id: str, paper: Received, *, actor: Actor, at: datetime) -> Certificate:
    """Keep the rendered bytes for good; a certificate that was made already stays as it is."""
    certificate = queries.lock_of_voucher(voucher_public_id)
    if certificate.file_id is not None:
        return certificate
    owner = Owner(organisation_id=certificate.voucher.enterprise.organisation_id)
    stored = files.keep(paper, owner=owner, archive_class=ArchiveClass.CERTIFICATE, actor=actor, at=at)
    certificate.file_id, certificate.sha256, certificate.made_at = stored.id, stored.sha256, at
    db.session.flush()
    details = {"number": certificate.number, "sha256": stored.sha256}
    audit.record("certificate.make", _subject(certificate), actor=actor, at=at, details=details)
    return certificate


def _subject(certificate: Certificate) -> Subject:
    return Subject("certificate", certificate.public_id)
