"""入库资料 and 服务目录: a provider's own papers, conditions, people and entries."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.parties import queries as parties
from vouchers.parties import services as party_services
from vouchers.parties.forms import facts_form
from vouchers.parties.rules import CONFIRMED
from vouchers.parties.states import LABELS as PARTY_LABELS
from vouchers.parties.uploads import received
from vouchers.providers import queries, rules, services
from vouchers.providers.findings import conditions_of
from vouchers.providers.forms import ApplyForm, IntroductionForm, OfferingForm, PaperForm, ProviderMemberForm
from vouchers.providers.forms import percent_text as percent
from vouchers.providers.models import Provider
from vouchers.providers.services import NewDocument
from vouchers.providers.states import LABELS, OFFERINGS, PROVIDERS, TONES, Unit
from vouchers.web.forms import SeenForm
from vouchers.web.wording import said

bp = Blueprint("providers_provider", __name__, url_prefix="/provider")

_OFFERING_ACTS = {"withdraw": services.withdraw_offering, "relist": services.relist_offering}


@bp.get("/profile/")
@requires(Permission.PROVIDER_PROFILE)
def show_profile() -> ResponseReturnValue:
    """入库资料: how far admission has come, and what is still asked."""
    return _profile_page(ApplyForm(seen_version=_own().version))


@bp.post("/profile/apply")
@requires(Permission.PROVIDER_PROFILE)
def apply() -> ResponseReturnValue:
    """提交入库申请: every gap is told at once."""
    form, provider = ApplyForm(), _own()
    if form.validate_on_submit():
        try:
            with transaction():
                seen, actor = form.seen_version.data, current_actor()
                services.apply(provider.organisation_id, seen_version=seen, actor=actor, at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("入库申请已提交，主管部门会尽快审核。"), "success")
            return redirect(url_for(".show_profile"), 303)
    return _profile_page(form)


@bp.route("/profile/papers/<key>", methods=["GET", "POST"])
@requires(Permission.PROVIDER_PROFILE)
def hand_in_paper(key: str) -> ResponseReturnValue:
    """上传入库材料: one paper of the checklist."""
    provider = _own()
    line = next((one for one in queries.checklist(provider, on=today()).papers if one.paper.id == key), None)
    if line is None:
        abort(404)
    form = PaperForm()
    if form.validate_on_submit():
        try:
            paper = received(form.file)
            if paper is not None:
                _hand_in(provider, NewDocument(key, paper, form.valid_until.data))
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("“%(name)s”已上传。", name=said(line.paper.name)), "success")
            return redirect(url_for(".show_profile"), 303)
    return render_template("providers/provider/hand_in_paper.html", form=form, line=line), form.status


@bp.route("/profile/conditions", methods=["GET", "POST"])
@requires(Permission.PROVIDER_PROFILE)
def answer_conditions() -> ResponseReturnValue:
    """条件说明: the facts that the conditions of admission look at."""
    provider = _own()
    listed = queries.checklist(provider, on=today())
    names = dict.fromkeys(fact.name for one in listed.requirements for fact in one.facts)
    asked = [n for n in names if n not in listed.facts or listed.facts[n].source not in CONFIRMED]
    form = facts_form(asked, listed.facts)
    if form.validate_on_submit():
        try:
            with transaction():
                services.declare(provider.organisation_id, form.to_values(), actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("条件说明已保存。"), "success")
            return redirect(url_for(".show_profile"), 303)
    return render_template("providers/provider/answer_conditions.html", form=form), form.status


@bp.route("/profile/introduction", methods=["GET", "POST"])
@requires(Permission.PROVIDER_PROFILE)
def describe() -> ResponseReturnValue:
    """单位介绍: shown in the catalogue."""
    provider = _own()
    form = IntroductionForm(introduction=provider.introduction)
    if form.validate_on_submit():
        with transaction():
            services.describe(provider.organisation_id, form.introduction.data, actor=current_actor(), at=now())
        flash(_("单位介绍已保存。"), "success")
        return redirect(url_for(".show_profile"), 303)
    return render_template("providers/provider/describe.html", form=form), form.status


@bp.route("/profile/people/new", methods=["GET", "POST"])
@requires(Permission.PROVIDER_PROFILE)
def add_person() -> ResponseReturnValue:
    """添加人员: another operator or the finance person, with an account."""
    provider, form, password = _own(), ProviderMemberForm(), ""
    if form.validate_on_submit():
        try:
            member = form.to_member(received(form.letter), valid_from=today())
            with transaction():
                actor = current_actor()
                password = party_services.add_member(provider.organisation_id, member, actor=actor, at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
    return render_template("providers/provider/add_person.html", form=form, password=password), form.status


@bp.get("/offerings/")
@requires(Permission.OFFERING_WRITE)
def list_offerings() -> ResponseReturnValue:
    """服务目录: this provider's entries, listed and withdrawn."""
    provider = _own()
    entries = [
        (one, rules.price_per_pflops_hour(one.price, one.gflops_per_card), OFFERINGS.actions_in(one.state)[0])
        for one in queries.offerings_own(provider.id)
    ]
    return render_template(
        "providers/provider/list_offerings.html",
        provider=provider,
        entries=entries,
        kinds=queries.kinds_admitted(provider.id, on=today()),
        labels=LABELS,
        tones=TONES,
        word=OFFERINGS.label,
        percent=percent,
    )


@bp.route("/offerings/new", methods=["GET", "POST"])
@requires(Permission.OFFERING_WRITE)
def list_offering() -> ResponseReturnValue:
    """上架: a new entry of the catalogue."""
    provider, form = _own(), OfferingForm(seen_version=0, unit=Unit.CARD_HOUR.value)
    if form.validate_on_submit():
        try:
            with transaction():
                actor = current_actor()
                services.list_offering(provider.organisation_id, form.to_terms(), actor=actor, at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("已上架，企业现在可以在服务商名录中看到。"), "success")
            return redirect(url_for(".list_offerings"), 303)
    return render_template("providers/provider/list_offering.html", form=form), form.status


@bp.route("/offerings/<public_id>", methods=["GET", "POST"])
@requires(Permission.OFFERING_WRITE)
def change_offering(public_id: str) -> ResponseReturnValue:
    """修改条目: a new price joins its history; orders agreed before keep theirs."""
    provider = _own()
    entry = queries.offering_own(public_id, provider.id)
    form = OfferingForm.showing(entry)
    if form.validate_on_submit():
        try:
            with transaction():
                services.change_offering(
                    public_id,
                    form.to_terms(entry.unit),
                    seen_version=form.seen_version.data,
                    organisation_id=provider.organisation_id,
                    actor=current_actor(),
                    at=now(),
                )
        except RuleViolation as violation:
            form.report(violation.findings)
        except Conflict:
            entry = queries.offering_own(public_id, provider.id)
            if not form.overtaken_by(OfferingForm.showing(entry)):
                raise
        else:
            flash(_("已保存。"), "success")
            return redirect(url_for(".list_offerings"), 303)
    history = queries.price_history(entry.id)
    page = "providers/provider/change_offering.html"
    return render_template(page, form=form, entry=entry, history=history, labels=LABELS), form.status


@bp.post("/offerings/<public_id>/<action>")
@requires(Permission.OFFERING_WRITE)
def move_offering(public_id: str, action: str) -> ResponseReturnValue:
    """下架、重新上架."""
    act, form = _OFFERING_ACTS.get(action), SeenForm()
    if act is None or not form.validate_on_submit():
        abort(404)
    with transaction():
        act(
            public_id,
            seen_version=form.seen_version.data,
            organisation_id=_own().organisation_id,
            actor=current_actor(),
            at=now(),
        )
    flash(_("已办理：%(act)s。", act=_(OFFERINGS.label(action))), "success")
    return redirect(url_for(".list_offerings"), 303)


def _own() -> Provider:
    return queries.of_organisation(current_actor().organisation_id)


def _hand_in(provider: Provider, document: NewDocument) -> None:
    with transaction():
        services.keep_document(provider.organisation_id, document, actor=current_actor(), at=now())


def _profile_page(form: ApplyForm) -> ResponseReturnValue:
    provider = _own()
    listed = queries.checklist(provider, on=today())
    return render_template(
        "providers/provider/show_profile.html",
        form=form,
        provider=provider,
        listed=listed,
        conditions=conditions_of(listed),
        admissions=queries.admissions_of(provider.id),
        members=parties.members_of(provider.organisation_id, on=today()),
        may_apply=PROVIDERS.allows(provider.state, "apply"),
        labels={**LABELS, **PARTY_LABELS},
        tone=TONES[provider.state],
        kinds_of=rules.kinds_of,
    ), form.status
