"""对账单: what one's own organisation was awarded and paid, month by month."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.noting import note_export
from vouchers.accounts.permissions import Permission
from vouchers.audit.services import Subject
from vouchers.kernel.clock import today
from vouchers.kernel.errors import NotFound
from vouchers.parties import queries as parties
from vouchers.settlement import display, queries
from vouchers.settlement.queries import MOST_MONTHS, Statement
from vouchers.settlement.states import ATTEMPT_LABELS

bp = Blueprint("settlement_provider", __name__, url_prefix="/provider/statements")


@bp.get("/")
@requires(Permission.CLAIM_SUBMIT)
def list_statements() -> ResponseReturnValue:
    """对账单: the last twelve months."""
    months = queries.months_of(today())
    rows = [_own(month) for month in months]
    return render_template("settlement/provider/list_statements.html", rows=rows)


@bp.get("/<month>")
@requires(Permission.CLAIM_SUBMIT)
def show_statement(month: str) -> ResponseReturnValue:
    """One month: every award and every payment, and why a line was not paid."""
    page = "settlement/provider/show_statement.html"
    return render_template(page, statement=_own(month), labels=ATTEMPT_LABELS, tags=display.LINE_TAGS)


@bp.get("/<month>.<kind>")
@requires(Permission.CLAIM_SUBMIT)
def download_statement(month: str, kind: str) -> ResponseReturnValue:
    """The same as a file."""
    note_export("statement", Subject("month", month))
    return display.statement_file(_own(month), kind)


def _own(month: str) -> Statement:
    organisation_id = current_actor().organisation_id
    if organisation_id is None or month not in queries.months_of(today(), MOST_MONTHS):
        raise NotFound("no such month")
    return queries.statement_of(parties.organisation(organisation_id), month)
