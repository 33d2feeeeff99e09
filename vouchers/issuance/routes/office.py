"""发券: what is ready, dry run, issue; the list of vouchers, and what an office may do with one."""

from collections.abc import Callable, Iterator

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, freshly_proven, repeatable, requires
from vouchers.accounts.noting import note_export
from vouchers.accounts.permissions import Permission
from vouchers.accounts.pressing import Done, press_once
from vouchers.audit import queries as audit
from vouchers.audit.services import Subject
from vouchers.issuance import queries, services, showing
from vouchers.issuance.forms import IssueForm, VoucherActForm
from vouchers.issuance.models import Voucher
from vouchers.issuance.panels import Reader
from vouchers.issuance.states import LABELS, VOUCHERS
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import Conflict
from vouchers.policy import explanation
from vouchers.policy.reach import check_reach
from vouchers.web.downloads import Cell, Column, Kind, csv_download, xlsx_download
from vouchers.web.forms import sent_fields, sentence

bp = Blueprint("issuance_office", __name__, url_prefix="/office/vouchers")

_ACTS = ("freeze", "unfreeze", "void")
_COLUMNS = (
    Column("券编号"),
    Column("持券单位"),
    Column("方案"),
    Column("面额（元）", Kind.FEN),
    Column("数量"),
    Column("余额（元）", Kind.FEN),
    Column("状态"),
    Column("有效期自", Kind.DAY),
    Column("有效期至", Kind.DAY),
)


@bp.get("/")
@requires(Permission.VOUCHER_ISSUE)
def list_issuable() -> ResponseReturnValue:
    """待发券: approved cases, all of a page chosen at first."""
    page = queries.issuable(request.args, current_actor(), on=today())
    return render_template("issuance/office/list_issuable.html", page=page)


@bp.route("/issue", methods=["GET", "POST"])
@requires(Permission.VOUCHER_ISSUE)
@freshly_proven
@repeatable
def issue() -> ResponseReturnValue:
    """试算并发券: what each envelope gives, then all of the chosen cases in one act."""
    form = IssueForm()
    chosen = (sent_fields() if form.is_submitted() else request.args).getlist("case")[: queries.MOST_AT_ONCE]
    done = press_once(form, "voucher.issue", lambda: _issued(form, chosen), words=_("已发券，凭证正在生成。"))
    if done is not None:
        return done
    run = queries.dry_run(chosen, current_actor(), on=today())
    form.seen_total.data, form.seen_total.raw_data = run.total, None
    return render_template("issuance/office/issue.html", form=form, run=run, sentence=sentence), form.status


@bp.get("/all")
@requires(Permission.CASE_READ)
def list_vouchers() -> ResponseReturnValue:
    """全部券: filtered, sorted, exported."""
    page = queries.list_vouchers(request.args, current_actor(), on=today())
    return render_template("issuance/office/list_vouchers.html", page=page, labels=LABELS, tones=showing.TONES)


@bp.get("/export.<kind>")
@requires(Permission.CASE_READ)
def export_vouchers(kind: str) -> ResponseReturnValue:
    """The same list as a file."""
    write = {"csv": csv_download, "xlsx": xlsx_download}.get(kind)
    if write is None:
        abort(404)
    note_export("voucher", Subject("list", "vouchers"))
    return write(_("算力券"), _COLUMNS, rows=_cells())


@bp.get("/<public_id>")
@requires(Permission.CASE_READ)
def show_voucher(public_id: str) -> ResponseReturnValue:
    """One voucher: money, orders, certificate, history, and what may be done."""
    voucher = _seen(public_id)
    may = current_actor().may(Permission.VOUCHER_ISSUE)
    actions = [act for act in _ACTS if may and VOUCHERS.allows(voucher.state, act)]
    return render_template(
        "issuance/office/show_voucher.html",
        shown=showing.shown(voucher, Reader.OFFICE, on=today()),
        events=[(_act_word(event.act), event) for event in audit.history_of("voucher", public_id)],
        actions=[(act, VOUCHERS.label(act)) for act in actions],
        labels=LABELS,
        tones=showing.TONES,
    )


@bp.route("/<public_id>/freeze", methods=["GET", "POST"])
@requires(Permission.VOUCHER_ISSUE)
@repeatable
def freeze(public_id: str) -> ResponseReturnValue:
    """冻结: what follows, then the act with its reason."""
    form = _act_form(public_id)
    done = _acted(public_id, form, "freeze", act=services.freeze)
    if done is not None:
        return done
    return render_template("issuance/office/freeze.html", form=form, voucher=_seen(public_id)), form.status


@bp.route("/<public_id>/unfreeze", methods=["GET", "POST"])
@requires(Permission.VOUCHER_ISSUE)
@repeatable
def unfreeze(public_id: str) -> ResponseReturnValue:
    """解冻: what follows, then the act with its reason."""
    form = _act_form(public_id)
    done = _acted(public_id, form, "unfreeze", act=services.unfreeze)
    if done is not None:
        return done
    return render_template("issuance/office/unfreeze.html", form=form, voucher=_seen(public_id)), form.status


@bp.route("/<public_id>/void", methods=["GET", "POST"])
@requires(Permission.VOUCHER_ISSUE)
@repeatable
def void(public_id: str) -> ResponseReturnValue:
    """作废: what goes back and what stays held, then the act with its reason."""
    form = _act_form(public_id)
    done = _acted(public_id, form, "void", act=services.void)
    if done is not None:
        return done
    voucher = _seen(public_id)
    figures = queries.figures(voucher)
    return render_template("issuance/office/void.html", form=form, voucher=voucher, figures=figures), form.status


def _seen(public_id: str) -> Voucher:
    """A voucher of a scheme within reach; others look like none."""
    voucher = queries.get(public_id)
    check_reach(voucher.scheme_version.scheme, current_actor(), on=today())
    return voucher


def _act_word(act: str) -> str:
    """What officials call an act on a voucher."""
    name = act.partition(".")[2]
    return str(_("发券") if name == "issue" else _(VOUCHERS.label(name)))


def _issued(form: IssueForm, chosen: list[str]) -> Done:
    """Issue what was added up, and where to look at it."""
    at, actor = now(), current_actor()
    ready = queries.dry_run(chosen, actor, on=today())
    seen = {case.public_id for case in ready.cases} | {one.case.public_id for one in ready.stopped}
    if seen != set(chosen) or ready.total != form.seen_total.data:
        raise Conflict("the cases changed since they were added up")
    made = services.issue_all(chosen, actor=actor, at=at)
    page = url_for(".show_voucher", public_id=made[0].public_id) if len(made) == 1 else url_for(".list_vouchers")
    return Done(page, made, ["face"])


def _act_form(public_id: str) -> VoucherActForm:
    return VoucherActForm(seen_version=_seen(public_id).version)


def _acted(public_id: str, form: VoucherActForm, name: str, *, act: Callable[..., None]) -> ResponseReturnValue | None:
    def work() -> Done:
        act(public_id, str(form.reason.data), actor=current_actor(), at=now(), seen_version=form.seen_version.data)
        return Done(url_for(".show_voucher", public_id=public_id), [queries.get(public_id)], ["face"])

    words = _("已办理：%(act)s。持券单位会收到通知。", act=_(VOUCHERS.label(name)))
    return press_once(form, f"voucher.{name}", work, words=words)


def _cells() -> Iterator[tuple[Cell, ...]]:
    for row in queries.export_vouchers(request.args, current_actor(), on=today()):
        state = str(_(LABELS[row.state]))
        units = explanation.units_said(row.units, row.unit)
        yield row.number, row.holder, row.scheme, row.face, units, row.left, state, row.valid_from, row.valid_until
