"""申报企业: the list, a registration's review, breaches on record."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.enterprises import profile, queries, services
from vouchers.enterprises.forms import BreachForm
from vouchers.enterprises.states import ENTERPRISES, LABELS, TONES
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.parties import queries as parties
from vouchers.parties.forms import ReasonForm
from vouchers.parties.states import LABELS as PARTY_LABELS

bp = Blueprint("enterprises_office", __name__, url_prefix="/office/enterprises")

_ACTS = {"clear": services.clear, "bar": services.bar, "readmit": services.readmit}
_CONSEQUENCES = {
    "clear": (_l("您已把统一社会信用代码与营业执照逐位核对"), _l("企业从现在起可以提交申请")),
    "bar": (
        _l("这家企业不能再提交申请"),
        _l("已经发放的券和正在办理的案件不受影响"),
        _l("以后可以恢复"),
    ),
    "readmit": (_l("企业从现在起可以提交申请"),),
}


@bp.get("/")
@requires(Permission.CASE_READ)
def list_enterprises() -> ResponseReturnValue:
    """申报企业: who registered, and whose number is to be compared with the licence."""
    page = queries.list_enterprises(request.args)
    return render_template("enterprises/office/list_enterprises.html", page=page, labels=LABELS, tones=TONES)


@bp.get("/<public_id>")
@requires(Permission.CASE_READ)
def show_enterprise(public_id: str) -> ResponseReturnValue:
    """One applicant: facts with sources, people, papers, breaches, and what may be done."""
    enterprise = queries.get(public_id)
    own, day = enterprise.organisation_id, today()
    may_act = current_actor().may(Permission.CASE_REVIEW)
    actions = ENTERPRISES.actions_in(enterprise.state) if may_act else ()
    return render_template(
        "enterprises/office/show_enterprise.html",
        enterprise=enterprise,
        profile=profile.profile_of(own, on=day),
        members=parties.members_of(own, on=day),
        papers=profile.archive_of(own, on=day),
        records=queries.credit_records(enterprise.id),
        labels={**LABELS, **PARTY_LABELS},
        tone=TONES[enterprise.state],
        actions=[(action, ENTERPRISES.label(action)) for action in actions],
        may_act=may_act,
    )


@bp.route("/<public_id>/<action>", methods=["GET", "POST"])
@requires(Permission.CASE_REVIEW)
def decide_enterprise(public_id: str, action: str) -> ResponseReturnValue:
    """核实、限制、恢复: with a reason."""
    enterprise = queries.get(public_id)
    act = _ACTS.get(action)
    if act is None:
        abort(404)
    form = ReasonForm(seen_version=enterprise.version)
    if form.validate_on_submit():
        with transaction():
            act(
                public_id, seen_version=form.seen_version.data, reason=form.reason.data, actor=current_actor(), at=now()
            )
        flash(_("已办理：%(act)s。", act=_(ENTERPRISES.label(action))), "success")
        return redirect(url_for(".show_enterprise", public_id=public_id), 303)
    return render_template(
        "enterprises/office/decide_enterprise.html",
        form=form,
        enterprise=enterprise,
        action=action,
        label=ENTERPRISES.label(action),
        consequences=_CONSEQUENCES[action],
        is_danger=action == "bar",
    ), form.status


@bp.route("/<public_id>/breaches/new", methods=["GET", "POST"])
@requires(Permission.CASE_REVIEW)
def note_breach(public_id: str) -> ResponseReturnValue:
    """登记失信: put a breach on record; rules read it as a fact."""
    enterprise, form = queries.get(public_id), BreachForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.note_breach(public_id, form.to_breach(), actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("失信记录已登记。"), "success")
            return redirect(url_for(".show_enterprise", public_id=public_id), 303)
    return render_template("enterprises/office/note_breach.html", form=form, enterprise=enterprise), form.status
