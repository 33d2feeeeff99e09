"""企业注册: open to everybody."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from vouchers.accounts.cookies import carry, this_way
from vouchers.accounts.guards import current_actor, public
from vouchers.accounts.services import count_try, open_session
from vouchers.config import PasswordProfile
from vouchers.db.transaction import transaction
from vouchers.enterprises import services
from vouchers.enterprises.forms import RegistrationForm
from vouchers.enterprises.services import Registered
from vouchers.enterprises.states import EnterpriseState
from vouchers.kernel.clock import now
from vouchers.kernel.errors import RuleViolation
from vouchers.parties.rules import REGISTER_LIMIT
from vouchers.parties.uploads import received

bp = Blueprint("enterprises_public", __name__, url_prefix="/register")


@bp.route("/enterprise", methods=["GET", "POST"])
@public
def register() -> ResponseReturnValue:
    """企业注册: the organisation, the person, the account; signed in at once."""
    form = RegistrationForm()
    if form.validate_on_submit():
        try:
            registered = _register(form)
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            if registered.enterprise.state is EnterpriseState.IN_REVIEW:
                flash(_("已注册，统一社会信用代码等待工作人员与营业执照核对。可以先填写单位资料。"), "info")
            else:
                flash(_("注册成功。请补全单位资料，就能看到可以申领的算力券。"), "success")
            return redirect(url_for("enterprises_enterprise.show_profile"), 303)
    return render_template("enterprises/public/register.html", form=form), form.status


def _register(form: RegistrationForm) -> Registered:
    """Count the try, keep the papers, register, and let the person in."""
    actor, at = current_actor(), now()
    with transaction():
        wait = count_try(REGISTER_LIMIT, f"address {actor.address}", at=at)
    if wait:
        raise TooManyRequests(retry_after=wait)
    needs_classes = current_app.config["SETTINGS"].password_profile is PasswordProfile.DENGBAO
    new = form.to_registration(received(form.licence), received(form.letter), needs_classes=needs_classes)
    with transaction():
        registered = services.register(new, actor=actor, at=at)
        token = open_session(registered.user_id, this_way(), actor=actor, at=at)
    carry(token)
    return registered
