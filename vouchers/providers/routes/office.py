"""服务商入库: the admission officer's queue and decisions."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.parties import queries as parties
from vouchers.parties import services as party_services
from vouchers.parties.forms import ReasonForm
from vouchers.parties.states import LABELS as PARTY_LABELS
from vouchers.providers import queries, rules, services
from vouchers.providers.findings import conditions_of
from vouchers.providers.forms import AdmissionForm
from vouchers.providers.states import LABELS, PROVIDERS, TONES, ProviderState
from vouchers.web.forms import SeenForm

bp = Blueprint("providers_office", __name__, url_prefix="/office/providers")

_REASONED = {
    "refuse": services.refuse,
    "suspend": services.suspend,
    "resume": services.resume,
    "remove": services.remove,
}
_CONSEQUENCES = {
    "refuse": (_l("服务商收到理由，可以补齐后重新申请"),),
    "suspend": (_l("目录条目不再显示，不能接新订单"), _l("企业手里的券和已有订单不受影响"), _l("以后可以恢复")),
    "resume": (_l("目录条目重新显示，可以接新订单"),),
    "remove": (_l("本次入库结束，目录条目不再显示"), _l("已有订单照常履行和核销"), _l("再次入库须重新申请")),
}
_MILD = frozenset({"resume"})


@bp.get("/")
@requires(Permission.ADMISSION_DECIDE)
def list_admissions() -> ResponseReturnValue:
    """服务商入库: who applied, who is admitted."""
    page = queries.list_providers(request.args)
    states = [(state.value, _(LABELS[state])) for state in ProviderState]
    name = "providers/office/list_admissions.html"
    return render_template(name, page=page, labels=LABELS, tones=TONES, states=states)


@bp.get("/<public_id>")
@requires(Permission.ADMISSION_DECIDE)
def show_provider(public_id: str) -> ResponseReturnValue:
    """One provider: papers and conditions beside each other, and what may be done."""
    provider, day = queries.get(public_id), today()
    listed = queries.checklist(provider, on=day)
    actions = PROVIDERS.actions_in(provider.state)
    return render_template(
        "providers/office/show_provider.html",
        provider=provider,
        listed=listed,
        conditions=conditions_of(listed),
        admissions=queries.admissions_of(provider.id),
        entries=queries.offerings_own(provider.id),
        members=parties.members_of(provider.organisation_id, on=day),
        files=parties.files_of(provider.organisation_id),
        links=[(one, PROVIDERS.label(one)) for one in actions if one in _REASONED],
        may_take_up="take_up" in actions,
        may_admit="admit" in actions,
        labels={**LABELS, **PARTY_LABELS},
        tone=TONES[provider.state],
        kinds_of=rules.kinds_of,
    )


@bp.post("/<public_id>/take-up")
@requires(Permission.ADMISSION_DECIDE)
def take_up(public_id: str) -> ResponseReturnValue:
    """开始审核."""
    form = SeenForm()
    if not form.validate_on_submit():
        abort(400)
    with transaction():
        services.take_up(public_id, seen_version=form.seen_version.data, actor=current_actor(), at=now())
    flash(_("已开始审核。"), "success")
    return redirect(url_for(".show_provider", public_id=public_id), 303)


@bp.route("/<public_id>/admit", methods=["GET", "POST"])
@requires(Permission.ADMISSION_DECIDE)
def admit(public_id: str) -> ResponseReturnValue:
    """入库: batch, kinds and days; refused while a condition is not met."""
    provider = queries.get(public_id)
    form = AdmissionForm(seen_version=provider.version, valid_from=today())
    if form.validate_on_submit():
        try:
            with transaction():
                services.admit(public_id, form.to_decision(), actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("已入库，服务商现在可以上架服务。"), "success")
            return redirect(url_for(".show_provider", public_id=public_id), 303)
    conditions = conditions_of(queries.checklist(provider, on=today()))
    page = "providers/office/admit.html"
    return render_template(page, form=form, provider=provider, conditions=conditions), form.status


@bp.route("/<public_id>/decide/<action>", methods=["GET", "POST"])
@requires(Permission.ADMISSION_DECIDE)
def decide_provider(public_id: str, action: str) -> ResponseReturnValue:
    """不予入库、暂停、恢复、出库: with a reason."""
    provider, act = queries.get(public_id), _REASONED.get(action)
    if act is None:
        abort(404)
    form = ReasonForm(seen_version=provider.version)
    if form.validate_on_submit():
        with transaction():
            seen, reason = form.seen_version.data, form.reason.data
            act(public_id, seen_version=seen, reason=reason, actor=current_actor(), at=now())
        flash(_("已办理：%(act)s。", act=_(PROVIDERS.label(action))), "success")
        return redirect(url_for(".show_provider", public_id=public_id), 303)
    return render_template(
        "providers/office/decide_provider.html",
        form=form,
        provider=provider,
        action=action,
        label=PROVIDERS.label(action),
        consequences=_CONSEQUENCES[action],
        is_danger=action not in _MILD,
    ), form.status


@bp.post("/<public_id>/settle-uscc")
@requires(Permission.ADMISSION_DECIDE)
def settle_uscc(public_id: str) -> ResponseReturnValue:
    """统一社会信用代码已核对: it stands as typed."""
    provider = queries.get(public_id)
    with transaction():
        reason = "已与营业执照核对一致"
        party_services.settle_uscc(provider.organisation_id, reason=reason, actor=current_actor(), at=now())
    flash(_("已核对。"), "success")
    return redirect(url_for(".show_provider", public_id=public_id), 303)
