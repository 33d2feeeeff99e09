"""申报 for enterprises: what can be had, the task list, papers, confirming, mending, progress."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.applications import offers, progress, queries, services, tasklist
from vouchers.applications.forms import ConfirmingForm, DocumentForm, WithdrawForm
from vouchers.applications.lifts import lift_lines
from vouchers.applications.models import Application
from vouchers.applications.parts import parts_of
from vouchers.applications.receipt import receipt_name, receipt_pdf
from vouchers.applications.routes._documents import put_document
from vouchers.applications.rules import Section
from vouchers.applications.rules.asking import SECTION_LABELS
from vouchers.applications.services import NewDraft, SavedFacts
from vouchers.applications.states import APPLICATIONS, LABELS, TONES, ApplicationState
from vouchers.db.transaction import transaction
from vouchers.files import queries as files
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import Conflict, NotFound, RuleViolation
from vouchers.policy import explanation
from vouchers.policy.rules.results import RESULT_LABELS
from vouchers.web.arrival import arrived_at
from vouchers.web.downloads import pdf_download
from vouchers.web.forms import BaseForm, SeenForm
from vouchers.web.wording import said

bp = Blueprint("applications_enterprise", __name__, url_prefix="/enterprise")

_EDITABLE = frozenset({ApplicationState.DRAFT, ApplicationState.CORRECTION})


@bp.get("/eligibility")
@requires(Permission.APPLICATION_WRITE)
def check_eligibility() -> ResponseReturnValue:
    """我能申领什么: every open window with the answer from what is known."""
    found = offers.offers_to(_own_organisation(), at=now())
    page = "applications/enterprise/check_eligibility.html"
    return render_template(page, offers=found, levels=explanation.LEVELS, results=RESULT_LABELS)


@bp.route("/windows/<public_id>", methods=["GET", "POST"])
@requires(Permission.APPLICATION_WRITE)
def start_application(public_id: str) -> ResponseReturnValue:
    """One window: every rule with its answer, and the start of an application."""
    form = BaseForm()
    if form.validate_on_submit():
        try:
            with transaction():
                draft = services.start(NewDraft(public_id), actor=current_actor(), at=arrived_at())
                started = draft.public_id
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("草稿已建立。每一部分可以分别保存，随时回来继续。"), "success")
            return redirect(url_for(".show_application", public_id=started), 303)
    offer = offers.offer_to(_own_organisation(), public_id, at=now())
    page = "applications/enterprise/start_application.html"
    return render_template(page, form=form, offer=offer, levels=explanation.LEVELS, results=RESULT_LABELS), form.status


@bp.get("/applications")
@requires(Permission.APPLICATION_WRITE)
def list_applications() -> ResponseReturnValue:
    """申请: all of one's own."""
    rows = queries.list_own(_own_organisation())
    return render_template("applications/enterprise/list_applications.html", rows=rows, labels=LABELS, tones=TONES)


@bp.get("/applications/<public_id>")
@requires(Permission.APPLICATION_WRITE)
def show_application(public_id: str) -> ResponseReturnValue:
    """One application: the task list while it can be changed, its progress afterwards."""
    application = _own(public_id)
    is_editable = application.state in _EDITABLE
    draft = tasklist.draft_of(application, at=now()) if is_editable else None
    decision = draft.preview.decision if draft else queries.decision_of(application)
    compiled = queries.compiled_of(application)
    return render_template(
        "applications/enterprise/show_application.html",
        **_frame(application),
        draft=draft,
        lists=tasklist.lists_of(draft) if draft else [],
        correction=queries.open_correction(application),
        not_issued=progress.why_not_issued(application, on=today()),
        explained=explanation.explained(compiled, decision),
        lifts=lift_lines(application),
        decision=decision,
        binding=tasklist.binding_words(compiled, decision),
        promise=progress.promise_of(application, on=today()),
        parts=[] if draft else parts_of(application, on=today()),
        ahead=[{"name": name, "state": "next"} for name in progress.ahead(application)],
        timeline_events=progress.timeline_of(application),
        shown_fen=tasklist.shown_amount(application, decision),
        submission=queries.last_submission(application),
        **tasklist.window_words(application, now()),
    )


@bp.route("/applications/<public_id>/sections/<section>", methods=["GET", "POST"])
@requires(Permission.APPLICATION_WRITE)
def edit_section(public_id: str, section: str) -> ResponseReturnValue:
    """The facts of one section: typed, prefilled with their source, saved at once."""
    application = _own(public_id)
    chosen = _section(section)
    draft = tasklist.draft_of(application, at=now())
    form = tasklist.section_form(draft, chosen)
    if form.validate_on_submit():
        saved = SavedFacts(form.values(), _seen(form), form.amount_asked(), form.reason_to_lift())
        try:
            with transaction():
                services.save_facts(public_id, saved, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        except Conflict:
            application = _own(public_id)
            if not form.overtaken_by(tasklist.section_form(tasklist.draft_of(application, at=now()), chosen)):
                raise
        else:
            flash(_("已保存。"), "success")
            return redirect(url_for(".show_application", public_id=public_id), 303)
    return render_template(
        "applications/enterprise/edit_section.html",
        **_frame(application),
        form=form,
        section=section,
        name=SECTION_LABELS[chosen],
        sources=tasklist.field_sources(draft, form),
        locked=tasklist.locked_pairs(draft, draft.section(chosen)),
    ), form.status


@bp.route("/applications/<public_id>/documents/<requirement>", methods=["GET", "POST"])
@requires(Permission.APPLICATION_WRITE)
def upload_document(public_id: str, requirement: str) -> ResponseReturnValue:
    """One paper: uploaded, or one that was handed in before."""
    application = _own(public_id)
    draft = tasklist.draft_of(application, at=now())
    paper = next((one for one in draft.papers if one.id == requirement), None)
    if paper is None:
        raise NotFound(f"requirement {requirement}")
    form = DocumentForm(seen_version=application.version)
    known = tasklist.papers_for_reuse(paper, files.list_own(_own_organisation()))
    form.known.choices = [("", _("不使用")), *known]
    if form.validate_on_submit() and form.has_choice():
        try:
            put_document(public_id, paper, form)
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("材料“%(name)s”已收到。", name=said(paper.name)), "success")
            return redirect(url_for(".show_application", public_id=public_id), 303)
    page = "applications/enterprise/upload_document.html"
    given = draft.given.get(requirement)
    return render_template(
        page, **_frame(application), form=form, paper=paper, given=given, has_known=bool(known)
    ), form.status


@bp.route("/applications/<public_id>/submit", methods=["GET", "POST"])
@requires(Permission.APPLICATION_WRITE)
def submit_application(public_id: str) -> ResponseReturnValue:
    """核对并提交: everything on one page; handed over, then confirmed by whoever may."""
    application = _own(public_id)
    draft = tasklist.draft_of(application, at=now())
    form = ConfirmingForm(seen_version=application.version, seen_hash=draft.preview.hash)
    if form.validate_on_submit():
        try:
            words = _submit(public_id, form)
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(words, "success")
            return redirect(url_for(".show_application", public_id=public_id), 303)
    barred = services.confirmer_findings(application, current_actor(), now())
    return render_template(
        "applications/enterprise/submit_application.html",
        **_frame(application),
        form=form,
        draft=draft,
        facts=tasklist.fact_rows(draft),
        found=explanation.findings(draft.compiled, draft.preview.decision),
        calculation=explanation.calculation(draft.compiled, draft.preview.decision),
        may_confirm=not barred,
        waits_for_confirmer=application.state is ApplicationState.TO_CONFIRM and bool(barred),
        instant=offers.instant_answer(application, draft.preview, at=now()),
    ), form.status


@bp.post("/applications/<public_id>/take-back")
@requires(Permission.APPLICATION_WRITE)
def take_back(public_id: str) -> ResponseReturnValue:
    """退回修改: open the draft again before it was confirmed."""
    form = SeenForm()
    if form.validate_on_submit():
        with transaction():
            services.take_back(public_id, seen_version=_seen(form), actor=current_actor(), at=now())
        flash(_("已退回草稿，可以继续修改。"), "success")
    return redirect(url_for(".show_application", public_id=public_id), 303)


@bp.route("/applications/<public_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.APPLICATION_WRITE)
def withdraw_application(public_id: str) -> ResponseReturnValue:
    """撤回: consequences first, then the act."""
    application = _own(public_id)
    form = WithdrawForm(seen_version=application.version)
    if form.validate_on_submit():
        seen, reason = _seen(form), form.reason.data or ""
        with transaction():
            services.withdraw(public_id, seen_version=seen, reason=reason, actor=current_actor(), at=now())
        flash(_("申请已撤回。需要时可以在窗口开放期内重新申领。"), "success")
        return redirect(url_for(".show_application", public_id=public_id), 303)
    page = "applications/enterprise/withdraw_application.html"
    return render_template(page, **_frame(application), form=form), form.status


@bp.get("/applications/<public_id>/receipt")
@requires(Permission.APPLICATION_WRITE)
def show_receipt(public_id: str) -> ResponseReturnValue:
    """回执: what was confirmed, by whom, when, and its digest."""
    application = _own(public_id)
    submission = queries.confirmed(application)
    rows = tasklist.receipt_rows(application, submission.snapshot)
    page = "applications/enterprise/show_receipt.html"
    return render_template(page, **_frame(application), submission=submission, rows=rows)


@bp.get("/applications/<public_id>/receipt.pdf")
@requires(Permission.APPLICATION_WRITE)
def download_receipt(public_id: str) -> ResponseReturnValue:
    """回执 as a paper to keep."""
    application = _own(public_id)
    submission = queries.confirmed(application)
    return pdf_download(receipt_pdf(application, submission), receipt_name(application, submission))


def _submit(public_id: str, form: ConfirmingForm) -> str:
    """Hand over, and confirm at once where the same person may; what was done, in words."""
    actor, at, seen, seen_hash = current_actor(), arrived_at(), _seen(form), form.seen_hash.data or ""
    with transaction():
        application = queries.lock_own(public_id, actor.organisation_id)
        if application.state is ApplicationState.CORRECTION:
            services.resubmit(public_id, seen_version=seen, seen_hash=seen_hash, actor=actor, at=at)
            return str(_("补正已提交，审核继续计时。"))
        if application.state is ApplicationState.DRAFT:
            seen = services.hand_over(public_id, seen_version=seen, actor=actor, at=at).version
            if services.confirmer_findings(application, actor, at):
                return str(_("已送法定代表人或授权人确认。"))
        services.confirm(public_id, seen_version=seen, seen_hash=seen_hash, actor=actor, at=at)
    return str(_("申请已提交，可以在这里查看进度。"))


def _frame(application: Application) -> dict[str, Any]:
    """What every page of one application shows in its head, and what may be done now."""
    return {
        "application": application,
        "kind": said(queries.kind_name(application)),
        "state": LABELS[application.state],
        "tone": TONES[application.state],
        "stage": progress.where_it_stands(application),
        "actions": APPLICATIONS.actions_in(application.state),
    }


def _seen(form: SeenForm) -> int:
    return form.seen_version.data or 0


def _own(public_id: str) -> Application:
    return queries.get_own(public_id, _own_organisation())


def _own_organisation() -> int:
    organisation_id = current_actor().organisation_id
    if organisation_id is None:
        raise NotFound("no organisation")
    return organisation_id


def _section(section: str) -> Section:
    try:
        return Section(section)
    except ValueError:
        raise NotFound(f"section {section}") from None
