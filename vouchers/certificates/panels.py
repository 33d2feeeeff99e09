"""The certificate on the page of its voucher."""

from datetime import date

from vouchers.certificates import queries
from vouchers.certificates.paper import grouped_digest
from vouchers.issuance.models import Voucher
from vouchers.issuance.panels import Panel, Place, Reader


def on_voucher(voucher: Voucher, _reader: Reader, _on: date) -> Panel | None:
    """The paper to download, or that it is being made; a direct subsidy has none."""
    if voucher.is_direct:
        return None
    certificate = queries.of_voucher(voucher.id)
    file = certificate.file if certificate else None
    values = {
        "number": certificate.number if certificate else "",
        "token": certificate.token if certificate else "",
        "file": file.public_id if file else "",
        "digest": grouped_digest(file.sha256)[:35] if file else "",
    }
    return Panel(Place.ASIDE, "certificates/parts/on_voucher.html", values)
