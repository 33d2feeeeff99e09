"""算力券, for those who hold them: what is left, until when, and who can serve now."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.issuance import queries, showing
from vouchers.issuance.panels import Reader
from vouchers.issuance.states import LABELS
from vouchers.kernel.clock import today
from vouchers.kernel.identifiers import grouped
from vouchers.providers.states import LABELS as SERVICE_LABELS

_MOST_OFFERS = 8  # of each kind of service; the order form and the catalogue list all

bp = Blueprint("issuance_enterprise", __name__, url_prefix="/enterprise/vouchers")


@bp.get("/")
@requires(Permission.VOUCHER_READ_OWN)
def list_vouchers() -> ResponseReturnValue:
    """算力券: one's own, with what is left and how long."""
    rows = queries.list_own(current_actor().organisation_id)
    return render_template("issuance/enterprise/list_vouchers.html", rows=rows, labels=LABELS, tones=showing.TONES)


@bp.get("/<public_id>")
@requires(Permission.VOUCHER_READ_OWN)
def show_voucher(public_id: str) -> ResponseReturnValue:
    """One voucher: its balance as a sum of movements, its orders, its certificate."""
    voucher = queries.get_own(public_id, current_actor().organisation_id)
    shown = showing.shown(voucher, Reader.ENTERPRISE, on=today())
    offers = queries.offers_for(voucher, on=today(), most=_MOST_OFFERS) if shown.can_order else []
    code = grouped(voucher.code)
    return render_template(
        "issuance/enterprise/show_voucher.html",
        shown=shown,
        offers=offers,
        code=code,
        labels=LABELS,
        services=SERVICE_LABELS,
        tones=showing.TONES,
    )
