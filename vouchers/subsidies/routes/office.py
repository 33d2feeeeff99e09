"""直接补助 for the office: approved cases that wait, the award in one act, and what became of every subsidy."""

from collections.abc import Iterator

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, freshly_proven, repeatable, requires
from vouchers.accounts.noting import note_export
from vouchers.accounts.permissions import Permission
from vouchers.accounts.pressing import Done, press_once
from vouchers.audit.services import Subject
from vouchers.issuance import queries as issuance
from vouchers.issuance.forms import IssueForm
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import Conflict
from vouchers.redemption import display
from vouchers.subsidies import queries, services
from vouchers.subsidies.states import STANDINGS
from vouchers.web.downloads import Cell, Column, Kind, csv_download, xlsx_download
from vouchers.web.forms import sent_fields, sentence

bp = Blueprint("subsidies_office", __name__, url_prefix="/office/subsidies")


_COLUMNS = (
    Column("编号"),
    Column("案件"),
    Column("收款单位"),
    Column("方案"),
    Column("核定日期", Kind.DAY),
    Column("金额（元）", Kind.FEN),
    Column("状态"),
)


@bp.get("/")
@requires(Permission.VOUCHER_ISSUE)
def list_subsidies() -> ResponseReturnValue:
    """直接补助: approved cases, all of a page chosen at first."""
    page = issuance.issuable(request.args, current_actor(), on=today(), directly=True)
    return render_template("subsidies/office/list_subsidies.html", page=page)


@bp.get("/awarded")
@requires(Permission.CASE_READ)
def list_awarded() -> ResponseReturnValue:
    """已核定的补助: filtered, sorted, exported."""
    actor = current_actor()
    return render_template(
        "subsidies/office/list_awarded.html",
        page=queries.list_awarded(request.args, actor, on=today()),
        may_award=actor.may(Permission.VOUCHER_ISSUE),
        labels=STANDINGS,
        tags=display.TAGS,
    )


@bp.get("/export.<kind>")
@requires(Permission.CASE_READ)
def export_awarded(kind: str) -> ResponseReturnValue:
    """The same list as a file."""
    write = {"csv": csv_download, "xlsx": xlsx_download}.get(kind)
    if write is None:
        abort(404)
    note_export("subsidy", Subject("list", "subsidies"))
    return write(_("直接补助"), _COLUMNS, rows=_cells())


@bp.route("/award", methods=["GET", "POST"])
@requires(Permission.VOUCHER_ISSUE)
@freshly_proven
@repeatable
def award() -> ResponseReturnValue:
    """试算并核定: what each envelope gives, then all of the chosen cases in one act."""
    form = IssueForm()
    chosen = (sent_fields() if form.is_submitted() else request.args).getlist("case")[: issuance.MOST_AT_ONCE]
    words = _("已核定，款项待支付。")
    done = press_once(form, "subsidy.award", lambda: _awarded(form, chosen), words=words)
    if done is not None:
        return done
    run = issuance.dry_run(chosen, current_actor(), on=today(), directly=True)
    form.seen_total.data, form.seen_total.raw_data = run.total, None
    return render_template("subsidies/office/award.html", form=form, run=run, sentence=sentence), form.status


def _awarded(form: IssueForm, chosen: list[str]) -> Done:
    """Award what was added up, and where to look at it."""
    at, actor = now(), current_actor()
    ready = issuance.dry_run(chosen, actor, on=today(), directly=True)
    seen = {case.public_id for case in ready.cases} | {one.case.public_id for one in ready.stopped}
    if seen != set(chosen) or ready.total != form.seen_total.data:
        raise Conflict("the cases changed since they were added up")
    made = services.award_all(chosen, actor=actor, at=at)
    return Done(url_for(".list_awarded"), made, ["amount", "approved"])


def _cells() -> Iterator[tuple[Cell, ...]]:
    for row in queries.export_awarded(request.args, current_actor(), on=today()):
        standing = str(_(STANDINGS[row.state]))
        yield row.number, row.case, row.payee, row.scheme, row.day, row.amount, standing
