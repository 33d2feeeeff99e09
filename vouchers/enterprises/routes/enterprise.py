"""单位资料: facts with their sources, people, papers."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.enterprises import profile, queries, services
from vouchers.enterprises.forms import ColleagueForm, PaperForm, field_choices, industry_choices, keeping
from vouchers.enterprises.models import Enterprise
from vouchers.enterprises.profile import SizeCard
from vouchers.enterprises.rules import PROFILE, Section
from vouchers.enterprises.services import Declaration
from vouchers.enterprises.states import LABELS, TONES
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.parties import queries as parties
from vouchers.parties import services as party_services
from vouchers.parties.forms import FactsForm, facts_form
from vouchers.parties.rules import CONFIRMED
from vouchers.parties.states import LABELS as PARTY_LABELS
from vouchers.parties.uploads import received
from vouchers.policy.rules.vocabulary import VOCABULARY
from vouchers.web.forms import BaseForm

bp = Blueprint("enterprises_enterprise", __name__, url_prefix="/enterprise/profile")


@bp.get("/")
@requires(Permission.ENTERPRISE_PROFILE)
def show_profile() -> ResponseReturnValue:
    """单位资料: every fact with its source and age, and the size class with its ground."""
    enterprise = _own()
    return render_template(
        "enterprises/enterprise/show_profile.html",
        enterprise=enterprise,
        profile=profile.profile_of(enterprise.organisation_id, on=today()),
        labels=LABELS,
        sources=PARTY_LABELS,
        tone=TONES[enterprise.state],
    )


@bp.route("/facts/<key>", methods=["GET", "POST"])
@requires(Permission.ENTERPRISE_PROFILE)
def edit_facts(key: str) -> ResponseReturnValue:
    """填写资料: one part of the profile; the size class can be tried before it is saved."""
    enterprise, section, day = _own(), _section(key), today()
    held = parties.facts_of(enterprise.organisation_id, on=day)
    asked = [name for name in section.names if name not in held or held[name].source not in CONFIRMED]
    offered = {"industry": industry_choices(), "field": field_choices(profile.field_names(on=day))}
    form = facts_form(asked, held, choices={n: keeping(offered[n], held.get(n)) for n in asked if n in offered})
    size = None
    if form.validate_on_submit():
        if "try" in request.form:
            size = _tried(form, held)
        elif _saved(form, enterprise):
            return redirect(url_for(".show_profile"), 303)
    confirmed = [held[name] for name in section.names if name not in asked]
    page, words = "enterprises/enterprise/edit_facts.html", {name: VOCABULARY[name] for name in section.names}
    return render_template(
        page, form=form, section=section, held=held, confirmed=confirmed, size=size, words=words, sources=PARTY_LABELS
    ), form.status


@bp.get("/people")
@requires(Permission.ENTERPRISE_PROFILE)
def list_people() -> ResponseReturnValue:
    """人员与授权: who acts for this organisation, and who may confirm."""
    own, reader = _own().organisation_id, current_actor().person_id
    return render_template(
        "enterprises/enterprise/list_people.html",
        members=parties.members_of(own, on=today()),
        labels=PARTY_LABELS,
        own=reader,
        may_replace=reader is not None and parties.may_confirm(reader, own, on=today()),
    )


@bp.route("/people/new", methods=["GET", "POST"])
@requires(Permission.ENTERPRISE_PROFILE)
def add_person() -> ResponseReturnValue:
    """添加人员: with a mandate, and an account whose first password is shown once."""
    enterprise, form, password = _own(), ColleagueForm(), ""
    if form.validate_on_submit():
        try:
            colleague = form.to_colleague(received(form.letter), valid_from=today())
            with transaction():
                password = services.add_colleague(
                    enterprise.organisation_id, colleague, actor=current_actor(), at=now()
                )
        except RuleViolation as violation:
            form.report(violation.findings)
    return render_template("enterprises/enterprise/add_person.html", form=form, password=password), form.status


@bp.route("/people/<public_id>/end", methods=["GET", "POST"])
@requires(Permission.ENTERPRISE_PROFILE)
def end_person(public_id: str) -> ResponseReturnValue:
    """结束授权: the person no longer acts for this organisation."""
    own = _own().organisation_id
    member = next((one for one in parties.members_of(own, on=today()) if one.public_id == public_id), None)
    if member is None:
        abort(404)
    form = BaseForm()
    if form.validate_on_submit():
        try:
            with transaction():
                party_services.end_mandate(public_id, own, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("授权已结束。"), "success")
            return redirect(url_for(".list_people"), 303)
    return render_template("enterprises/enterprise/end_person.html", form=form, member=member), form.status


@bp.route("/documents", methods=["GET", "POST"])
@requires(Permission.ENTERPRISE_PROFILE)
def list_documents() -> ResponseReturnValue:
    """材料档案: papers kept once and used again, what they prove, until when."""
    enterprise, form = _own(), PaperForm()
    own, day = enterprise.organisation_id, today()
    held = {n: fact for n, fact in parties.facts_of(own, on=day).items() if fact.source not in CONFIRMED}
    form.proves.choices = [
        (name, _(VOCABULARY[name].label)) for section in PROFILE for name in section.names if name in held
    ]
    if form.validate_on_submit():
        try:
            _keep(form, own, {name: held[name].value for name in form.proves.data or []})
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("材料已存入档案，以后申报可以直接使用。"), "success")
            return redirect(url_for(".list_documents"), 303)
    papers = profile.archive_of(own, on=day)
    return render_template("enterprises/enterprise/list_documents.html", form=form, papers=papers), form.status


def _own() -> Enterprise:
    return queries.of_organisation(current_actor().organisation_id)


def _section(key: str) -> Section:
    section = next((one for one in PROFILE if one.key == key), None)
    return section if section is not None else abort(404)


def _tried(form: FactsForm, held: dict[str, parties.KnownFact]) -> SizeCard:
    """The size class that the typed facts would come to; nothing is kept."""
    facts = {name: fact.typed for name, fact in held.items()}
    for name, value in form.to_values().items():
        facts.pop(name, None)
        if value is not None:
            facts[name] = VOCABULARY[name].read(value)
    return profile.size_card(facts, on=today())


def _saved(form: FactsForm, enterprise: Enterprise) -> bool:
    """Whether what was typed could be kept; otherwise the form says why not."""
    try:
        with transaction():
            services.declare(enterprise.organisation_id, Declaration(form.to_values()), actor=current_actor(), at=now())
    except RuleViolation as violation:
        form.report(violation.findings)
        return False
    flash(_("已保存。"), "success")
    return True


def _keep(form: PaperForm, own: int, proven: dict[str, object]) -> None:
    """Put the paper into the archive; the facts it proves name it from now on."""
    paper, actor, at = received(form.file), current_actor(), now()
    if paper is None:
        return
    until = dict.fromkeys(proven, form.valid_until.data) if form.valid_until.data else {}
    with transaction():
        document_id = services.keep_document(own, paper, actor=actor, at=at)
        if proven:
            services.declare(own, Declaration(proven, document_id, until), actor=actor, at=at)
