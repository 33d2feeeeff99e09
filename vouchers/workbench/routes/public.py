"""首页: open schemes with what is left, how it goes, what is on notice, and what came of it so far."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from vouchers.accounts.guards import public
from vouchers.kernel.clock import now, today
from vouchers.workbench import front

bp = Blueprint("workbench_public", __name__)


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    """首页: what a visitor can do here."""
    at = now()
    return render_template(
        "workbench/public/home.html",
        windows=front.open_windows(at),
        notices=front.open_notices(today()),
        progress=front.progress(),
        at=at,
    )
