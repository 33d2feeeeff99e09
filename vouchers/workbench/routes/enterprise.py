"""我的: what needs the enterprise, its vouchers and what is left on them."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.issuance.states import LABELS
from vouchers.kernel.clock import now, today
from vouchers.workbench import front, portals

bp = Blueprint("workbench_enterprise", __name__, url_prefix="/enterprise")


@bp.get("/")
@requires(Permission.VOUCHER_READ_OWN)
def home() -> ResponseReturnValue:
    """我的: what waits for us, our vouchers, and which windows are open."""
    organisation_id = current_actor().organisation_id or 0
    held = portals.vouchers_of(organisation_id, today())
    return render_template(
        "workbench/enterprise/home.html",
        needs=portals.enterprise_needs(organisation_id),
        held=held,
        total=sum(one.left for one in held),
        windows=front.open_windows(now()),
        labels=LABELS,
    )
