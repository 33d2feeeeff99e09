"""申领补助: a provider becomes an applicant too, for what a scheme gives to those who sell."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.enterprises import queries, services
from vouchers.enterprises.states import LABELS, TONES
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.parties import queries as parties
from vouchers.web.forms import BaseForm

bp = Blueprint("enterprises_provider", __name__, url_prefix="/provider/profile/applying")


@bp.route("/", methods=["GET", "POST"])
@requires(Permission.PROVIDER_PROFILE)
def join() -> ResponseReturnValue:
    """登记为申报单位: the same organisation, with a further post to apply from."""
    form, actor = BaseForm(), current_actor()
    if actor.organisation_id is None:
        raise NotFound("no organisation")
    if form.validate_on_submit():
        try:
            with transaction():
                services.join(actor.organisation_id, actor=actor, at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("已登记为申报单位。请选择“企业授权人”，补全单位资料后就能申领。"), "success")
            profile = url_for("enterprises_enterprise.show_profile")
            return redirect(url_for("accounts_public.choose_post", next=profile), 303)
    may = actor.person_id is not None and parties.may_confirm(actor.person_id, actor.organisation_id, on=today())
    return render_template(
        "enterprises/provider/join.html",
        form=form,
        enterprise=queries.find_of_organisation(actor.organisation_id),
        may=may,
        labels=LABELS,
        tones=TONES,
    ), form.status
