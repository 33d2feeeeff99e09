"""我的: what needs the provider, and where its claims stand."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.redemption.states import LABELS
from vouchers.workbench import portals

bp = Blueprint("workbench_provider", __name__, url_prefix="/provider")


@bp.get("/")
@requires(Permission.PROVIDER_PROFILE)
def home() -> ResponseReturnValue:
    """我的: orders to confirm, claims that came back, and the latest claims."""
    organisation_id = current_actor().organisation_id or 0
    return render_template(
        "workbench/provider/home.html",
        needs=portals.provider_needs(organisation_id),
        claims=portals.recent_claims(organisation_id),
        labels=LABELS,
    )
