"""我的待办: what waits for this officer."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.applications.states import LABELS
from vouchers.kernel.clock import today
from vouchers.policy import queries as policy
from vouchers.workbench import duties

bp = Blueprint("workbench_office", __name__, url_prefix="/office")


@bp.get("/")
@requires(Permission.ACCOUNT_SELF)
def home() -> ResponseReturnValue:
    """我的待办: each kind of work with its count, and the cases whose time runs out first."""
    actor, calendar, on = current_actor(), policy.work_calendar(), today()
    cases = duties.most_urgent(actor, on=on) if actor.may(Permission.CASE_REVIEW) else []
    urgent = [(case, calendar.between(on, case.due_on)) for case in cases if case.due_on is not None]
    return render_template(
        "workbench/office/home.html", waiting=duties.waiting_for(actor, on=on), urgent=urgent, labels=LABELS
    )
