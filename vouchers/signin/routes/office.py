"""登录方式 of others: what administrators may do for somebody who cannot get in."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from vouchers.accounts.forms import ReasonForm
from vouchers.accounts.guards import current_actor, freshly_proven, requires
from vouchers.accounts.people import Somebody, get_somebody
from vouchers.accounts.permissions import Permission
from vouchers.accounts.queries import sessions_of
from vouchers.accounts.services import OWN_ACCOUNT
from vouchers.accounts.states import LABELS
from vouchers.config import Settings
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.signin import queries, rules, services
from vouchers.signin.states import KIND_LABELS, LinkPurpose, ResetKind
from vouchers.signin.states import LABELS as STATES
from vouchers.web.forms import BaseForm
from vouchers.web.wording import said

_PROPOSED = _l("已提出。请另一位管理员在本页确认。")

bp = Blueprint("signin_office", __name__, url_prefix="/office/people/<public_id>/sign-in")


@bp.get("")
@requires(Permission.PEOPLE_READ)
def show_ways(public_id: str) -> ResponseReturnValue:
    """登录方式: what is bound and linked, where they are signed in, and what waits for a second person."""
    somebody = get_somebody(public_id, on=today())
    return render_template(
        "signin/office/show_ways.html",
        somebody=somebody,
        codes_left=queries.codes_left(somebody.id),
        identity=queries.identity_of(somebody.id),
        resets=queries.resets_of(somebody.id),
        sessions=sessions_of(somebody.id, at=now(), most=10),
        provider=said(_settings().oidc_name) if _settings().has_provider else "",
        labels=LABELS,
        states=STATES,
        kinds=KIND_LABELS,
        may_manage=current_actor().may(Permission.PEOPLE_MANAGE),
        may_confirm=current_actor().may(Permission.PEOPLE_CONFIRM),
    )


@bp.route("/password", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
@freshly_proven
def reset_password(public_id: str) -> ResponseReturnValue:
    """重置密码: a code the owner chooses a new one with, shown on this answer only; for who moves money by two."""
    somebody, form, code = _other(public_id), ReasonForm(), ""
    by_two = queries.resets_by_two(somebody.id, on=today())
    if form.validate_on_submit():
        actor, at, reason = current_actor(), now(), form.reason.data
        try:
            with transaction():
                if by_two:
                    services.propose_reset(somebody.id, ResetKind.PASSWORD, reason=reason, actor=actor, at=at)
                else:
                    code = services.reset_password(somebody.id, reason=reason, actor=actor, at=at)
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return _handed(somebody, code) if code else _done(public_id, _PROPOSED)
    page = "signin/office/reset_password.html"
    return render_template(page, form=form, somebody=somebody, by_two=by_two), form.status


@bp.route("/factor", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
@freshly_proven
def propose_reset(public_id: str) -> ResponseReturnValue:
    """提出解除动态口令: the first of two persons."""
    somebody, form = get_somebody(public_id, on=today()), ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.propose_reset(somebody.id, reason=form.reason.data, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return _done(public_id, _PROPOSED)
    return render_template("signin/office/propose_reset.html", form=form, somebody=somebody), form.status


@bp.route("/resets/<reset_id>/confirm", methods=["GET", "POST"])
@requires(Permission.PEOPLE_CONFIRM)
@freshly_proven
def confirm_reset(public_id: str, reset_id: str) -> ResponseReturnValue:
    """确认: the second of two persons; a code for a new password is shown on this answer only."""
    somebody, form = get_somebody(public_id, on=today()), BaseForm()
    reset = queries.open_reset(reset_id)
    if form.validate_on_submit():
        try:
            with transaction():
                code = services.confirm_reset(reset_id, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            if code:
                return _handed(somebody, code)
            return _done(public_id, _("动态口令已解除，本人下次登录时重新绑定。"))
    page = "signin/office/confirm_reset.html"
    return render_template(page, form=form, somebody=somebody, reset=reset), form.status


@bp.post("/resets/<reset_id>/withdraw")
@requires(Permission.PEOPLE_READ)
def withdraw_reset(public_id: str, reset_id: str) -> ResponseReturnValue:
    """撤回: nothing changes."""
    with transaction():
        services.withdraw_reset(reset_id, actor=current_actor(), at=now())
    return _done(public_id, _("已撤回。"))


@bp.route("/invite", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
@freshly_proven
def invite(public_id: str) -> ResponseReturnValue:
    """关联码: handed over to somebody who signs in at the provider; shown on this answer and never again."""
    somebody, form, code = _other(public_id), BaseForm(), ""
    if form.validate_on_submit():
        with transaction():
            code = rules.grouped(services.invite(somebody.id, actor=current_actor(), at=now()))
    page = "signin/office/invite.html"
    return render_template(
        page, form=form, somebody=somebody, code=code, provider=said(_settings().oidc_name)
    ), form.status


@bp.route("/unlink", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
@freshly_proven
def unlink(public_id: str) -> ResponseReturnValue:
    """解除关联: the identity opens this account no more."""
    somebody, form = _other(public_id), BaseForm()
    if form.validate_on_submit():
        with transaction():
            services.unlink_identity(somebody.id, actor=current_actor(), at=now())
        return _done(public_id, _("关联已解除。"))
    return render_template("signin/office/unlink.html", form=form, somebody=somebody), form.status


def _handed(somebody: Somebody, code: str) -> ResponseReturnValue:
    """The code, once: its holder opens the page and chooses a password."""
    hours = int(rules.LIFE[LinkPurpose.RESET].total_seconds()) // 3600
    page = "signin/office/hand_over_code.html"
    return render_template(page, somebody=somebody, code=rules.grouped(code), hours=hours)


def _other(public_id: str) -> Somebody:
    somebody = get_somebody(public_id, on=today())
    if somebody.id == current_actor().user_id:
        raise RuleViolation([OWN_ACCOUNT])
    return somebody


def _done(public_id: str, text: str | LazyString) -> ResponseReturnValue:
    flash(text, "success")
    return redirect(url_for(".show_ways", public_id=public_id), 303)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
