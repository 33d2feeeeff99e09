"""The orders on the page of their voucher."""

from datetime import date

from vouchers.issuance.models import Voucher
from vouchers.issuance.panels import Panel, Place, Reader
from vouchers.issuance.queries import validity
from vouchers.issuance.rules import standing
from vouchers.issuance.states import VoucherState
from vouchers.orders import queries
from vouchers.orders.showing import TONES, state_name
from vouchers.orders.states import Side


def on_voucher(voucher: Voucher, reader: Reader, on: date) -> Panel | None:
    """Every order, newest first; the holder's lead to their pages. A direct subsidy has none."""
    if voucher.is_direct:
        return None
    is_own = reader is Reader.ENTERPRISE
    values = {
        "rows": queries.rows_on_voucher(voucher.id),
        "page": "orders_enterprise.show_order" if is_own else "orders_office.show_order",
        "side": Side.ENTERPRISE if is_own else None,
        "said": state_name,
        "tones": TONES,
        "may_order": is_own and standing(voucher.state, validity(voucher), on) is VoucherState.ACTIVE,
    }
    return Panel(Place.MAIN, "orders/parts/on_voucher.html", values)
