"""主体 for the office: who takes over at an organisation where nobody is left, and conflicts that officers declare."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, freshly_proven, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.parties import queries, services
from vouchers.parties.forms import ConflictForm, OfficeHandOverForm
from vouchers.parties.routes import _handing as handing
from vouchers.parties.states import LABELS

bp = Blueprint("parties_office", __name__, url_prefix="/office/organisations")


@bp.get("/<public_id>/people")
@requires(Permission.MEMBER_REPLACE)
def list_people(public_id: str) -> ResponseReturnValue:
    """人员与授权: who acts for an organisation, and who is left to confirm for it."""
    organisation = queries.get(public_id)
    return render_template(
        "parties/office/list_people.html",
        organisation=organisation,
        members=queries.members_of(organisation.id, on=today()),
        left=queries.confirmers_of(organisation.id, on=today(), without=0),
        labels=LABELS,
    )


@bp.route("/<public_id>/people/<mandate_id>/hand-over", methods=["GET", "POST"])
@requires(Permission.MEMBER_REPLACE)
@freshly_proven
def hand_over(public_id: str, mandate_id: str) -> ResponseReturnValue:
    """更换人员: on a stamped letter, only where the organisation can no longer do it itself."""
    organisation, form = queries.get(public_id), OfficeHandOverForm()
    member = handing.member(mandate_id, organisation.id, on=today())
    password = handing.handed_over(member, form, organisation.id) if form.validate_on_submit() else ""
    return render_template(
        "parties/office/hand_over.html",
        form=form,
        organisation=organisation,
        member=member,
        password=password,
        left=queries.confirmers_of(organisation.id, on=today(), without=member.person_id),
        labels=LABELS,
    ), form.status


@bp.route("/<public_id>/conflict", methods=["GET", "POST"])
@requires(Permission.CASE_READ)
def declare_conflict(public_id: str) -> ResponseReturnValue:
    """申报利害关系: from now on this officer decides nothing on this organisation."""
    organisation, form = queries.get(public_id), ConflictForm()
    if form.validate_on_submit():
        reason, actor = form.reason.data, current_actor()
        with transaction():
            services.declare_conflict(organisation.id, reason=reason, actor=actor, at=now())
        flash(_("已申报。这个单位的事项不再由您办理。"), "success")
        return redirect(url_for("workbench_office.home"), 303)
    return render_template("parties/office/declare_conflict.html", form=form, organisation=organisation), form.status
