"""案件 for the office: every case within the appointment, filtered, sorted, exported."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.noting import note_export
from vouchers.accounts.permissions import Permission
from vouchers.applications import queries
from vouchers.applications.queries import CaseRow
from vouchers.applications.states import LABELS, NOT_THE_OFFICES, TONES, ApplicationState
from vouchers.audit.services import Subject
from vouchers.kernel.clock import today
from vouchers.web.downloads import Cell, Column, Kind, csv_download

bp = Blueprint("applications_office", __name__, url_prefix="/office")


@bp.get("/applications")
@requires(Permission.CASE_READ)
def list_cases() -> ResponseReturnValue:
    """案件: all that this appointment may see."""
    page = queries.list_cases(current_actor(), request.args, on=today())
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name != "cursor"}
    export = url_for(".export_cases", **kept)
    template = "applications/office/list_cases.html"
    states = [(state.value, _(LABELS[state])) for state in ApplicationState if state not in NOT_THE_OFFICES]
    return render_template(template, page=page, labels=LABELS, tones=TONES, export=export, states=states)


@bp.get("/applications.csv")
@requires(Permission.CASE_READ)
def export_cases() -> ResponseReturnValue:
    """The same list as CSV."""
    columns = [
        Column(_("编号")),
        Column(_("单位")),
        Column(_("方案")),
        Column(_("状态")),
        Column(_("应完成"), Kind.DAY),
        Column(_("提交时间"), Kind.MOMENT),
        Column(_("计算金额（元）"), Kind.FEN),
        Column(_("核定金额（元）"), Kind.FEN),
    ]
    note_export("application", Subject("list", "applications"))
    rows = (_cells(row) for row in queries.export_cases(current_actor(), request.args, on=today()))
    return csv_download(_("案件"), columns, rows=rows)


def _cells(row: CaseRow) -> list[Cell]:
    state = _(LABELS[row.state])
    return [row.number, row.name, row.scheme, state, row.due_on, row.submitted_at, row.computed, row.approved]
