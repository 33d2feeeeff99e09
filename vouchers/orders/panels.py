"""The orders on the page of their voucher."""

from datetime import date

from vouchers.issuance.models import Voucher
from vouchers.issuance.panels import Panel, Place, Reader
from vouchers.orders import queries
from vouchers.orders.showing import TONES
from vouchers.orders.states import LABELS


def on_voucher(voucher: Voucher, reader: Reader, _on: date) -> Panel | None:
    """Every order, newest first; the holder's lead to their pages. A direct subsidy has none."""
    if voucher.is_direct:
        return None
    page = "orders_enterprise.show_order" if reader is Reader.ENTERPRISE else "orders_office.show_order"
    values = {"rows": queries.rows_on_voucher(voucher.id), "page": page, "labels": LABELS, "tones": TONES}
    return Panel(Place.MAIN, "orders/parts/on_voucher.html", values)
