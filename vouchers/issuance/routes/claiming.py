"""即领即用: the confirmation of an application that has its voucher in the same act."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.applications.forms import ConfirmingForm
from vouchers.db.transaction import transaction
from vouchers.issuance import services
from vouchers.kernel.errors import RuleViolation
from vouchers.web.arrival import arrived_at
from vouchers.web.forms import sentence
from vouchers.web.refusals import note_refusal

bp = Blueprint("issuance_claiming", __name__, url_prefix="/enterprise/applications")


@bp.post("/<public_id>/claim")
@requires(Permission.APPLICATION_WRITE)
def claim_at_once(public_id: str) -> ResponseReturnValue:
    """确认并领取: the voucher at once where the rules alone say yes; else a person looks, and it says why."""
    form, actor, at = ConfirmingForm(), current_actor(), arrived_at()
    if not form.validate_on_submit():
        return redirect(url_for("applications_enterprise.submit_application", public_id=public_id), 303)
    seen, seen_hash = form.seen_version.data or 0, form.seen_hash.data or ""
    try:
        with transaction():
            done = services.claim_at_once(public_id, seen_version=seen, seen_hash=seen_hash, actor=actor, at=at)
            voucher = done.voucher.public_id if done.voucher else ""
    except RuleViolation as violation:
        note_refusal(violation.findings)
        flash("".join(map(sentence, violation.findings)), "danger")
        return redirect(url_for("applications_enterprise.submit_application", public_id=public_id), 303)
    if voucher:
        flash(_("已发券，可以下单使用。"), "success")
        return redirect(url_for("issuance_enterprise.show_voucher", public_id=voucher), 303)
    if done.why:
        why = "".join(map(sentence, done.why))
        flash(_("已提交，转由工作人员审核：%(why)s", why=why), "warning")
    else:
        flash(_("已送法定代表人或授权人确认。"), "success")
    return redirect(url_for("applications_enterprise.show_application", public_id=public_id), 303)
