"""Reading certificates, and the public check: state, kind, holder, day of issue, and nothing else."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from vouchers.certificates import rules
from vouchers.certificates.models import Certificate
from vouchers.certificates.states import Standing
from vouchers.db.base import db
from vouchers.issuance import queries as vouchers
from vouchers.issuance.models import Voucher
from vouchers.kernel.errors import NotFound
from vouchers.kernel.identifiers import normalise


@dataclass(frozen=True, slots=True)
class Checked:
    """What anybody may know of a certificate."""

    number: str
    token: str
    standing: Standing
    kind: str
    holder: str
    is_natural_person: bool
    issued_at: datetime
    sha256: str


def verify(token: str, *, on: date) -> Checked:
    """The certificate behind a QR code on a day."""
    return _checked(_found(db.session.scalar(_whole().where(Certificate.token == token))), on=on)


def verify_typed(text: str, *, on: date) -> Checked:
    """The certificate with this number, or of the voucher with this code, as typed."""
    if rules.is_voucher_code(text):
        statement = _whole().join(Certificate.voucher).where(Voucher.code == normalise(text))
    else:
        statement = _whole().where(Certificate.number == rules.certificate_number(text))
    return _checked(_found(db.session.scalar(statement)), on=on)


def verify_bytes(content: bytes, *, on: date) -> Checked:
    """The certificate that these bytes are, to the last one."""
    digest = sha256(content).hexdigest()
    found = db.session.scalar(_whole().where(Certificate.sha256 == digest, Certificate.file_id.is_not(None)))
    return _checked(_found(found), on=on)


def of_voucher(voucher_id: int) -> Certificate | None:
    """The certificate of a voucher, when it was ordered."""
    return db.session.scalar(_whole().where(Certificate.voucher_id == voucher_id))


def lock_of_voucher(voucher_public_id: str) -> Certificate:
    """The certificate of a voucher, held until the act ends."""
    statement = (
        select(Certificate)
        .join(Certificate.voucher)
        .where(Voucher.public_id == voucher_public_id)
        .with_for_update(of=Certificate)
        .execution_options(populate_existing=True)
    )
    return _found(db.session.scalar(statement))


def _checked(certificate: Certificate, *, on: date) -> Checked:
    voucher = certificate.voucher
    organisation = voucher.enterprise.organisation
    return Checked(
        number=certificate.number,
        token=certificate.token,
        standing=rules.standing_of(voucher.state, vouchers.validity(voucher), on),
        kind=vouchers.sheet(voucher).kind,
        holder=organisation.name,
        is_natural_person=organisation.uscc is None,  # without a code of its own it goes by a person's name
        issued_at=voucher.issued_at,
        sha256=certificate.sha256,
    )


def _whole() -> Select[Certificate]:
    return select(Certificate).options(joinedload(Certificate.voucher).joinedload(Voucher.enterprise))


def _found(certificate: Certificate | None) -> Certificate:
    if certificate is None:
        raise NotFound("no such certificate")
    return certificate
