"""People of the offices: who there is, who may do what, accounts and appointments."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from vouchers.accounts import people, services
from vouchers.accounts.forms import AppointForm, ReasonForm, UserForm
from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.people import Somebody
from vouchers.accounts.permissions import LABELS as WORDS
from vouchers.accounts.permissions import ROLES, Permission
from vouchers.accounts.states import LABELS, USERS
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound, RuleViolation

bp = Blueprint("accounts_office", __name__, url_prefix="/office/people")


@bp.get("/")
@requires(Permission.PEOPLE_MANAGE)
def list_people() -> ResponseReturnValue:
    """人员与任职: everybody with an account, and what they may do today."""
    page = people.list_people(request.args, on=today())
    return render_template("accounts/office/list_people.html", page=page, labels=LABELS)


@bp.get("/roles")
@requires(Permission.PEOPLE_MANAGE)
def list_roles() -> ResponseReturnValue:
    """岗位权限一览: which role holds which permission, on one page."""
    rows = [(LABELS[role], [WORDS[one] for one in sorted(held)]) for role, held in ROLES.items()]
    return render_template("accounts/office/list_roles.html", rows=rows)


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
@requires(Permission.PEOPLE_MANAGE)
def show_somebody(public_id: str) -> ResponseReturnValue:
    """One account: appointments, present and past, and what may be done."""
    somebody = people.get_somebody(public_id, on=today())
    page = "accounts/office/show_somebody.html"
    actions = [(action, USERS.label(action)) for action in USERS.actions_in(somebody.state)]
    return render_template(page, somebody=somebody, labels=LABELS, actions=actions)


@bp.route("/<public_id>/appoint", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
def appoint(public_id: str) -> ResponseReturnValue:
    """任职: give a role."""
    somebody = people.get_somebody(public_id, on=today())
    form = AppointForm(valid_from=today())
    form.office.choices = [SelectChoice("", _("请选择"))] + [SelectChoice(str(i), name) for i, name in people.offices()]
    if form.validate_on_submit():
        try:
            with transaction():
                services.appoint(form.to_appointment(somebody.id), actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return _done(public_id, _("任职已登记。"))
    return render_template("accounts/office/appoint.html", form=form, somebody=somebody), form.status


@bp.route("/<public_id>/appointments/<int:appointment_id>/end", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
def end_appointment(public_id: str, appointment_id: int) -> ResponseReturnValue:
    """结束任职: from now on."""
    somebody = people.get_somebody(public_id, on=today())
    held = next((one for one in somebody.appointments if one.id == appointment_id and one.is_current), None)
    if held is None:
        raise NotFound(f"appointment {appointment_id}")
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.end_appointment(held.id, reason=form.reason.data, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return _done(public_id, _("任职已结束。"))
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


@bp.route("/<public_id>/reset-password", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
def reset_password(public_id: str) -> ResponseReturnValue:
    """重置密码: a new first password, shown on this answer and never again."""
    somebody = _other(public_id)
    form, password = ReasonForm(), ""
    if form.validate_on_submit():
        with transaction():
            password = services.reset_password(somebody.id, reason=form.reason.data, actor=current_actor(), at=now())
    page = "accounts/office/reset_password.html"
    return render_template(page, form=form, somebody=somebody, password=password), form.status


def _other(public_id: str) -> Somebody:
    """An account that is not one's own."""
    somebody = people.get_somebody(public_id, on=today())
    if somebody.id == current_actor().user_id:
        raise RuleViolation([services.OWN_ACCOUNT])
    return somebody


def _done(public_id: str, text: str) -> ResponseReturnValue:
    flash(text, "success")
    return redirect(url_for(".show_somebody", public_id=public_id), 303)
