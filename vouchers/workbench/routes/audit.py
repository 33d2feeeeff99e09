"""留痕: the trail of acts, for the audit administrator."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from vouchers.accounts.guards import requires
from vouchers.accounts.permissions import Permission
from vouchers.audit import queries as audit
from vouchers.oversight.looks import told
from vouchers.workbench import trail

bp = Blueprint("workbench_audit", __name__, url_prefix="/office/audit")


@bp.get("/")
@requires(Permission.AUDIT_READ)
def list_events() -> ResponseReturnValue:
    """留痕: every act, newest first, and the head of the chain."""
    page = trail.list_events(request.args)
    return render_template("workbench/audit/list_events.html", page=page, head=audit.head(), told=told)
