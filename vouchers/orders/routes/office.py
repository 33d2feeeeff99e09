"""订单, for officers who read cases."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.kernel.clock import today
from vouchers.orders import queries, showing
from vouchers.orders.states import LABELS, Side
from vouchers.policy.reach import check_reach

bp = Blueprint("orders_office", __name__, url_prefix="/office/orders")


@bp.get("/<public_id>")
@requires(Permission.CASE_READ)
def show_order(public_id: str) -> ResponseReturnValue:
    """One order: terms, hold and usage; officers change nothing here."""
    order = queries.get(public_id)
    check_reach(order.voucher.scheme_version.scheme, current_actor(), on=today())
    shown = showing.shown(order, Side.ENTERPRISE)
    return render_template("orders/office/show_order.html", shown=shown, labels=LABELS)
