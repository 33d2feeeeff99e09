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
from vouchers.kernel.errors import Conflict, NotFound
from vouchers.policy.reach import check_reach
from vouchers.redemption import display
from vouchers.redemption import queries as redemption
from vouchers.subsidies import queries, services
from vouchers.subsidies.forms import ReversalAnswerForm, ReversalForm
from vouchers.subsidies.panels import reversal_lines
from vouchers.subsidies.queries import Subsidy
from vouchers.subsidies.states import REVERSAL_LABELS, STANDINGS
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
        reversals=REVERSAL_LABELS,
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


@bp.route("/<public_id>/reversal", methods=["GET", "POST"])
@requires(Permission.CLAIM_VERIFY)
@repeatable
def propose_reversal(public_id: str) -> ResponseReturnValue:
    """提出撤销核定: before it is paid; nothing is withdrawn yet."""
    claim = _seen(public_id)
    form, actor, at = ReversalForm(seen_version=claim.version), current_actor(), now()

    def work() -> Done:
        seen, reason = form.seen_version.data, str(form.reason.data)
        services.propose_reversal(public_id, reason, actor=actor, at=at, seen_version=seen)
        return Done(_page(claim), [claim], ["amount"])

    done = press_once(form, "subsidy.propose_reversal", work, words=_("已提出撤销核定，等审定人决定。"))
    if done is not None:
        return done
    return render_template("subsidies/office/propose_reversal.html", form=form, claim=claim), form.status


@bp.route("/<public_id>/reversal/answer", methods=["GET", "POST"])
@requires(Permission.VOUCHER_ISSUE)
@freshly_proven
@repeatable
def answer_reversal(public_id: str) -> ResponseReturnValue:
    """决定是否撤销核定: by somebody else than who proposed it."""
    claim = _seen(public_id)
    form, actor, at = ReversalAnswerForm(seen_version=claim.version), current_actor(), now()

    def work() -> Done:
        decided = services.decide_reversal(public_id, form.to_answer(), actor=actor, at=at)
        return Done(_page(claim), [decided], ["amount"])

    done = press_once(form, "subsidy.answer_reversal", work, words=_("决定已登记。"))
    if done is not None:
        return done
    page, lines = "subsidies/office/answer_reversal.html", reversal_lines(claim)
    return render_template(page, form=form, claim=claim, lines=lines), form.status


def _seen(public_id: str) -> Subsidy:
    """A subsidy of a scheme within reach; others look like none."""
    claim = redemption.get_with_scheme(public_id)
    check_reach(claim.voucher.scheme_version.scheme, current_actor(), on=today())
    if not claim.is_direct:
        raise NotFound(f"subsidy {public_id}")
    return claim


def _page(claim: Subsidy) -> str:
    return url_for("issuance_office.show_voucher", public_id=claim.voucher.public_id)


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
