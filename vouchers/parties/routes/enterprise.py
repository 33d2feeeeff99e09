"""收款账户 of one's own organisation, and who takes over from whom (交接)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.parties import queries, services
from vouchers.parties.forms import BankAccountForm, HandOverForm
from vouchers.parties.routes import _handing as handing
from vouchers.parties.states import LABELS

bp = Blueprint("parties_enterprise", __name__, url_prefix="/enterprise/profile")


@bp.route("/accounts/", methods=["GET", "POST"])
@requires(Permission.ENTERPRISE_PROFILE)
def bank_accounts() -> ResponseReturnValue:
    """收款账户: where this organisation is paid; numbers by their tail."""
    own = _own()
    organisation = queries.organisation(own)
    form = BankAccountForm(account_name=organisation.name, valid_from=today())
    if form.validate_on_submit():
        try:
            with transaction():
                services.add_bank_account(own, form.to_account(), actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("收款账户已登记。"), "success")
            return redirect(url_for(".bank_accounts"), 303)
    accounts = queries.bank_accounts_shown(own, on=today())
    return render_template("parties/enterprise/bank_accounts.html", form=form, accounts=accounts), form.status


@bp.post("/accounts/<public_id>/end")
@requires(Permission.ENTERPRISE_PROFILE)
def end_bank_account(public_id: str) -> ResponseReturnValue:
    """停用账户: payments under way keep their copy of it."""
    with transaction():
        services.end_bank_account(public_id, _own(), actor=current_actor(), at=now())
    flash(_("账户已停用。正在办理的付款不受影响。"), "success")
    return redirect(url_for(".bank_accounts"), 303)


@bp.route("/people/<public_id>/hand-over", methods=["GET", "POST"])
@requires(Permission.ENTERPRISE_PROFILE)
def hand_over(public_id: str) -> ResponseReturnValue:
    """更换人员: somebody has left, another takes over from now on; the first password is shown once."""
    member, form = handing.member(public_id, _own(), on=today()), HandOverForm()
    password = handing.handed_over(member, form, _own()) if form.validate_on_submit() else ""
    page = "parties/enterprise/hand_over.html"
    return render_template(page, form=form, member=member, password=password, labels=LABELS), form.status


def _own() -> int:
    organisation_id = current_actor().organisation_id
    if organisation_id is None:
        raise NotFound("no organisation")
    return organisation_id
