"""People of the offices: who there is, who may do what, accounts and appointments."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from vouchers.accounts import people, services
from vouchers.accounts.forms import AppointForm, ReasonForm, RefusalForm, UserForm
from vouchers.accounts.guards import current_actor, freshly_proven, requires
from vouchers.accounts.people import Somebody
from vouchers.accounts.permissions import LABELS as WORDS
from vouchers.accounts.permissions import ROLES, Permission
from vouchers.accounts.states import LABELS, USERS
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.web.forms import ConfirmForm

bp = Blueprint("accounts_office", __name__, url_prefix="/office/people")


@bp.get("/")
@requires(Permission.PEOPLE_READ)
def list_people() -> ResponseReturnValue:
    """人员与任职: everybody with an account, and what they may do today."""
    page = people.list_people(request.args, on=today())
    may_manage = current_actor().may(Permission.PEOPLE_MANAGE)
    return render_template("accounts/office/list_people.html", page=page, labels=LABELS, may_manage=may_manage)


@bp.get("/roles")
@requires(Permission.PEOPLE_READ)
def list_roles() -> ResponseReturnValue:
    """岗位权限一览: which role holds which permission, on one page."""
    rows = [(LABELS[role], [WORDS[one] for one in sorted(held)]) for role, held in ROLES.items()]
    return render_template("accounts/office/list_roles.html", rows=rows)


@bp.get("/proposals")
@requires(Permission.PEOPLE_READ)
def list_proposals() -> ResponseReturnValue:
    """任职提议: what waits for a second person, and what was decided lately."""
    return render_template(
        "accounts/office/list_proposals.html",
        waiting=people.waiting_proposals(),
        decided=people.decided_proposals(request.args),
        may_confirm=current_actor().may(Permission.PEOPLE_CONFIRM),
        labels=LABELS,
    )


@bp.route("/proposals/<public_id>/confirm", methods=["GET", "POST"])
@requires(Permission.PEOPLE_CONFIRM)
@freshly_proven
def confirm_proposal(public_id: str) -> ResponseReturnValue:
    """确认任职: from now on the appointment holds, or has ended."""
    row = people.get_proposal(public_id)
    form = ConfirmForm(seen_version=row.version)
    if form.validate_on_submit():
        seen, actor = form.seen_version.data, current_actor()
        try:
            with transaction():
                services.confirm_proposal(public_id, seen_version=seen, actor=actor, at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("已确认，现在起生效。"), "success")
            return redirect(url_for(".list_proposals"), 303)
    return render_template("accounts/office/confirm_proposal.html", form=form, row=row, labels=LABELS), form.status


@bp.route("/proposals/<public_id>/refuse", methods=["GET", "POST"])
@requires(Permission.PEOPLE_CONFIRM)
def refuse_proposal(public_id: str) -> ResponseReturnValue:
    """不予确认: the proposal comes to nothing, with the reason."""
    row = people.get_proposal(public_id)
    form = RefusalForm(seen_version=row.version)
    if form.validate_on_submit():
        seen, reason, actor = form.seen_version.data, form.reason.data, current_actor()
        with transaction():
            services.refuse_proposal(public_id, reason=reason, seen_version=seen, actor=actor, at=now())
        flash(_("已登记不予确认，任职没有变更。"), "success")
        return redirect(url_for(".list_proposals"), 303)
    return render_template("accounts/office/refuse_proposal.html", form=form, row=row, labels=LABELS), form.status


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
def create_user() -> ResponseReturnValue:
    """开立账号: the first password is shown on this answer and never again."""
    form, password = UserForm(), ""
    if form.validate_on_submit():
        try:
            with transaction():
                _id, password = services.create_user(form.to_user(), actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
    return render_template("accounts/office/create_user.html", form=form, password=password), form.status


@bp.get("/<public_id>")
@requires(Permission.PEOPLE_READ)
def show_somebody(public_id: str) -> ResponseReturnValue:
    """One account: appointments, present and past, and what may be done."""
    somebody = people.get_somebody(public_id, on=today())
    page = "accounts/office/show_somebody.html"
    actions = [(action, USERS.label(action)) for action in USERS.actions_in(somebody.state)]
    waiting, is_own = people.waiting_proposals(user_id=somebody.id), somebody.id == current_actor().user_id
    return render_template(
        page,
        somebody=somebody,
        labels=LABELS,
        actions=actions,
        waiting=waiting,
        may_manage=current_actor().may(Permission.PEOPLE_MANAGE),
        is_own=is_own,
    )


@bp.route("/<public_id>/appoint", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
def appoint(public_id: str) -> ResponseReturnValue:
    """提议任职: ask for a role; another administrator confirms it."""
    somebody = people.get_somebody(public_id, on=today())
    form = AppointForm(valid_from=today())
    form.office.choices = [SelectChoice("", _("请选择"))] + [SelectChoice(str(i), name) for i, name in people.offices()]
    if form.validate_on_submit():
        try:
            with transaction():
                services.propose_appointment(form.to_appointment(somebody.id), actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return _done(public_id, _("提议已提交，安全管理员确认后生效。"))
    return render_template("accounts/office/appoint.html", form=form, somebody=somebody), form.status


@bp.route("/<public_id>/appointments/<int:appointment_id>/end", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
def end_appointment(public_id: str, appointment_id: int) -> ResponseReturnValue:
    """提议结束任职: another administrator confirms it. Who must be stopped at once: 停用账号."""
    somebody = people.get_somebody(public_id, on=today())
    held = next((one for one in somebody.appointments if one.id == appointment_id and one.is_current), None)
    if held is None:
        raise NotFound(f"appointment {appointment_id}")
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.propose_end(held.id, reason=form.reason.data, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return _done(public_id, _("提议已提交，安全管理员确认后任职结束。"))
    page = "accounts/office/end_appointment.html"
    return render_template(page, form=form, somebody=somebody, held=held, labels=LABELS), form.status


@bp.route("/<public_id>/deactivate", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
def deactivate(public_id: str) -> ResponseReturnValue:
    """停用: nobody signs in with this account, and its sessions end at once."""
    somebody = _other(public_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.deactivate(somebody.id, reason=form.reason.data, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return _done(public_id, _("账号已停用。"))
    return render_template("accounts/office/deactivate.html", form=form, somebody=somebody), form.status


@bp.route("/<public_id>/reactivate", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
def reactivate(public_id: str) -> ResponseReturnValue:
    """恢复: let a stopped account sign in again."""
    somebody = _other(public_id)
    form = ReasonForm()
    if form.validate_on_submit():
        with transaction():
            services.reactivate(somebody.id, reason=form.reason.data, actor=current_actor(), at=now())
        return _done(public_id, _("账号已恢复。"))
    return render_template("accounts/office/reactivate.html", form=form, somebody=somebody), form.status


def _other(public_id: str) -> Somebody:
    """An account that is not one's own."""
    somebody = people.get_somebody(public_id, on=today())
    if somebody.id == current_actor().user_id:
        raise RuleViolation([services.OWN_ACCOUNT])
    return somebody


def _done(public_id: str, text: str) -> ResponseReturnValue:
    flash(text, "success")
    return redirect(url_for(".show_somebody", public_id=public_id), 303)
