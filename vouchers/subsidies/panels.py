"""How a direct subsidy stands, on the page of the row that stands in the place of a voucher."""

from datetime import date

from vouchers.issuance.models import Voucher
from vouchers.issuance.panels import Panel, Place, Reader
from vouchers.issuance.states import VoucherState
from vouchers.subsidies import queries
from vouchers.subsidies.states import STANDINGS


def on_voucher(voucher: Voucher, _reader: Reader, _on: date) -> Panel | None:
    """What was awarded, to whom it is paid, and whether it was; vouchers have no such panel."""
    claim = queries.claim_of(voucher.id) if voucher.state is VoucherState.DIRECT else None
    if claim is None:
        return None
    invoices = queries.invoices_of(voucher.application_id)
    values = {"claim": claim, "standing": STANDINGS[claim.state], "invoices": invoices}
    return Panel(Place.MAIN, "subsidies/parts/on_voucher.html", values)
