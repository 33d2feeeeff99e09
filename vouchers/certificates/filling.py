"""What is printed on the certificate of a voucher, from what was decided when it was issued."""

from vouchers.audit.heads import Head
from vouchers.certificates.models import Certificate
from vouchers.certificates.paper import CertificatePaper, grouped_digest
from vouchers.documents.chinese import chinese_date
from vouchers.issuance import queries as vouchers
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.identifiers import grouped

_NO_FORCE = "演示，不具效力"
_SHORT_HASH = 16  # hexadecimal digits, as of the pack
_NO_CODE = "（由孵化机构证明）"


def paper_of(
    certificate: Certificate, *, public_url: str, contact: str, head: Head | None = None, is_demonstration: bool = False
) -> CertificatePaper:
    """The paper of a certificate, checked by anybody at `public_url`; a demonstration's says that it is one.

    `head` is the head of the audit chain that was signed last, if any was.
    """
    voucher = certificate.voucher
    application, version = voucher.application, voucher.scheme_version
    sheet, organisation = vouchers.sheet(voucher), voucher.enterprise.organisation
    has_no_force = is_demonstration or voucher.is_rehearsal or version.scheme.is_rehearsal
    return CertificatePaper(
        number=certificate.number,
        code=grouped(voucher.code),
        issuing_office=version.scheme.office.name,
        holder=organisation.name,
        uscc=organisation.uscc or _NO_CODE,
        kind=sheet.kind,
        tier=sheet.tier,
        face_value=voucher.face,
        valid_from=voucher.valid_from,
        valid_until=voucher.valid_until,
        document_number=application.approval_number or "—",  # decided by the rules, under no document
        window=application.window.title,
        clause_source=f"{sheet.clause.source}{sheet.clause.article}",
        clause_quote=sheet.clause.quote,
        pack=sheet.pack,
        pack_hash=version.content_hash,
        issued_on=beijing_date(voucher.issued_at),
        verify_url=f"{public_url}/verify/{certificate.token}",
        contact=contact,
        terms=(
            ("用途", sheet.purpose),
            *((("数量", sheet.in_kind),) if sheet.in_kind else ()),
            ("使用方式", sheet.usage),
        ),
        mark=_NO_FORCE if has_no_force else "",
        head="" if head is None else head_words(head),
    )


def head_words(head: Head) -> str:
    """A head in one line: its number, what tells its hash from any other, and the day it was signed."""
    signed = chinese_date(beijing_date(head.instant))
    return f"第 {head.seq} 条　{grouped_digest(head.hash[:_SHORT_HASH])}　{signed}签署"
