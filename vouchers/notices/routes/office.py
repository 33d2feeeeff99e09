"""公示 for the office: open and withdraw notices, settle objections, approve what came through."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.applications.states import LABELS as CASE_LABELS
from vouchers.applications.states import TONES as CASE_TONES
from vouchers.applications.states import ApplicationState
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.money import format_yuan
from vouchers.notices import queries, services
from vouchers.notices.board import days_left, in_kind, kind_names, totals
from vouchers.notices.forms import ApprovalForm, NoticeForm, ResolutionForm, WithdrawalForm
from vouchers.notices.queries import Candidate
from vouchers.notices.services import Approval, NewNotice, Resolution
from vouchers.notices.states import LABELS, TONES, NoticeState, ObjectionState
from vouchers.policy.reach import check_reach
from vouchers.web.wording import said

bp = Blueprint("notices_office", __name__, url_prefix="/office")

_APPROVABLE = (ApplicationState.NOTICE_ENDED, ApplicationState.DECIDED)


@bp.get("/notices")
@requires(Permission.CASE_READ)
def list_notices() -> ResponseReturnValue:
    """公示: notices, decided cases that wait for one, open objections."""
    waiting = queries.candidates(current_actor(), (ApplicationState.DECIDED,), on=today())
    return render_template(
        "notices/office/list_notices.html",
        page=queries.office_notices((current_actor(), today()), request.args),
        waiting=waiting,
        objections=queries.objections(ObjectionState.OPEN, seen_by=(current_actor(), today())),
        may_open=current_actor().may(Permission.NOTICE_MANAGE),
        may_approve=current_actor().may(Permission.CASE_DECIDE),
        labels=LABELS,
        tones=TONES,
    )


@bp.route("/notices/new", methods=["GET", "POST"])
@requires(Permission.NOTICE_MANAGE)
def open_notice() -> ResponseReturnValue:
    """发布公示: a title over chosen cases; the last day follows from the pack."""
    waiting = queries.candidates(current_actor(), (ApplicationState.DECIDED,), on=today())
    form = NoticeForm()
    form.cases.choices = [(one.public_id, _line(one)) for one in waiting]
    if not form.is_submitted():
        form.cases.data = [one.public_id for one in waiting]
    if form.validate_on_submit():
        try:
            with transaction():
                new = NewNotice(form.title.data or "", tuple(form.cases.data or ()))
                opened = services.open_notice(new, actor=current_actor(), at=now()).public_id
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("公示已发布，所有人可以查看。"), "success")
            return redirect(url_for(".show_notice", public_id=opened), 303)
    return render_template("notices/office/open_notice.html", form=form, waiting=waiting), form.status


@bp.get("/notices/<public_id>")
@requires(Permission.CASE_READ)
def show_notice(public_id: str) -> ResponseReturnValue:
    """One notice with the cases behind it and its objections."""
    notice = queries.get(public_id)
    check_reach(notice.scheme, current_actor(), on=today())
    entries = queries.entries_of(notice.id)
    return render_template(
        "notices/office/show_notice.html",
        notice=notice,
        state=LABELS[notice.state],
        tone=TONES[notice.state],
        entries=entries,
        total=totals(entries),
        kinds=kind_names(notice),
        units=in_kind(notice, entries),
        left=days_left(notice, today()),
        objections=queries.objections(notice_id=notice.id),
        labels={**LABELS, **CASE_LABELS},
        tones={**TONES, **CASE_TONES},
        may_withdraw=notice.state is NoticeState.OPEN and current_actor().may(Permission.NOTICE_MANAGE),
    )


@bp.route("/notices/<public_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.NOTICE_MANAGE)
def withdraw_notice(public_id: str) -> ResponseReturnValue:
    """撤下公示: what follows, then the act with its reason."""
    notice = queries.get(public_id)
    check_reach(notice.scheme, current_actor(), on=today())
    form = WithdrawalForm(seen_version=notice.version)
    if form.validate_on_submit():
        reason, seen = form.reason.data or "", form.seen_version.data or 0
        try:
            with transaction():
                services.withdraw_notice(public_id, reason, seen_version=seen, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("公示已撤下，案件回到待公示。"), "success")
            return redirect(url_for(".show_notice", public_id=public_id), 303)
    entries = queries.entries_of(notice.id)
    return render_template(
        "notices/office/withdraw_notice.html", form=form, notice=notice, entries=entries
    ), form.status


@bp.route("/objections/<public_id>", methods=["GET", "POST"])
@requires(Permission.NOTICE_MANAGE)
def resolve_objection(public_id: str) -> ResponseReturnValue:
    """处理异议: dismissed, the case goes on; upheld, it ends."""
    objection = queries.get_objection(public_id)
    check_reach(queries.notice_of(objection.entry).scheme, current_actor(), on=today())
    form = ResolutionForm(seen_version=objection.version)
    if form.validate_on_submit():
        upholds, seen = form.outcome.data == "uphold", form.seen_version.data or 0
        try:
            with transaction():
                given = Resolution(upholds, form.text.data or "", seen)
                services.resolve(public_id, given, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("异议处理结果已登记。"), "success")
            return redirect(url_for(".resolve_objection", public_id=public_id), 303)
    (row,) = queries.objections(public_id=public_id)
    page = "notices/office/resolve_objection.html"
    is_open = row.state is ObjectionState.OPEN
    term = queries.term_of(objection.entry, queries.notice_of(objection.entry))
    due = queries.answer_due(objection, term)
    state = {"label": LABELS[row.state], "tone": TONES[row.state], "late": due is not None and due < today()}
    return render_template(page, form=form, row=row, is_open=is_open, term=term, due=due, **state), form.status


@bp.route("/approvals", methods=["GET", "POST"])
@requires(Permission.CASE_DECIDE)
def approve_cases() -> ResponseReturnValue:
    """批复: one 文号 over the cases whose notice ended without an open objection."""
    waiting = queries.approvable(current_actor(), _APPROVABLE, on=today())
    form = ApprovalForm()
    form.cases.choices = [(f"{one.public_id}.{one.version}", _line(one)) for one in waiting]
    if form.validate_on_submit():
        try:
            with transaction():
                for chosen in form.cases.data or ():
                    public_id, __, version = chosen.rpartition(".")
                    approval = Approval(form.number.data or "", int(version))
                    services.approve(public_id, approval, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("已批复 %(n)s 件，可以发券。", n=len(form.cases.data or ())), "success")
            return redirect(url_for(".approve_cases"), 303)
    return render_template("notices/office/approve_cases.html", form=form, waiting=waiting), form.status


def _line(one: Candidate) -> str:
    return f"{one.number}　{one.name}　{format_yuan(one.fen)}　{said(one.scheme)}"
