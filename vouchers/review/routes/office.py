"""审核 for the office: the queue, the case on one screen, and each act on a page of its own."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, repeatable, requires
from vouchers.accounts.noting import note_reading
from vouchers.accounts.permissions import Permission
from vouchers.accounts.pressing import Done, press_once
from vouchers.applications import progress
from vouchers.applications import queries as applications
from vouchers.applications.lifts import lift_lines
from vouchers.applications.models import Application
from vouchers.applications.parts import parts_of
from vouchers.applications.receipt import receipt_name, receipt_pdf
from vouchers.applications.services import Lift
from vouchers.applications.states import LABELS, TONES, ApplicationState
from vouchers.audit.services import Subject
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.policy import explanation
from vouchers.review import desk, queries, scores, services
from vouchers.review.forms import (
    CorrectionForm,
    LiftAnswerForm,
    LiftForm,
    MeetingForm,
    ReasonForm,
    RejectionForm,
    accept_form,
    pass_form,
)
from vouchers.review.routes._acting import back, beside, done, frame, lift_done, seen
from vouchers.review.routes._lifts import cap_choices, lift_acts
from vouchers.review.services import Correction, LiftAnswer, MeetingDecision, Rejection, StageDecision
from vouchers.review.states import LABELS as VERDICTS
from vouchers.review.states import REASON_LABELS, Verdict
from vouchers.web.downloads import pdf_download
from vouchers.web.forms import ConfirmForm

bp = Blueprint("review_office", __name__, url_prefix="/office")


@bp.get("/queue")
@requires(Permission.CASE_EXAMINE)
def show_queue() -> ResponseReturnValue:
    """审核: what waits for the office, the oldest deadline on top."""
    arguments = {"where": applications.WAITING, **request.args}
    page = applications.list_cases(current_actor(), arguments, on=today())
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name != "cursor"}
    return render_template(
        "review/office/show_queue.html",
        page=page,
        lines=desk.queue_lines(page.rows, on=today()),
        labels=LABELS,
        tones=TONES,
        tallies=applications.tallies(current_actor(), on=today()),
        states=[(state.value, _(LABELS[state])) for state in applications.OPEN_TO_OFFICE],
        export=url_for("applications_office.export_cases", **{"where": applications.WAITING, **kept}),
    )


@bp.get("/cases/<public_id>")
@requires(Permission.CASE_READ)
def show_case(public_id: str) -> ResponseReturnValue:
    """A case on one screen: papers left; what needs a decision, amount, facts, ties and history right."""
    application = _case(public_id)
    compiled, decision = applications.compiled_of(application), applications.decision_of(application)
    return render_template(
        "review/office/show_case.html",
        **frame(application),
        acts=desk.acts_on(application, current_actor(), decision, at=now()),
        may_take=current_actor().may(Permission.CASE_EXAMINE),
        documents=desk.document_rows(application),
        explained=explanation.explained(compiled, decision),
        facts=desk.fact_rows(application, compiled, decision) if decision else [],
        ties=desk.ties_of(application),
        opinions=queries.opinions_of(application.id),
        scores=scores.scores_shown(application),
        entry=queries.entry_of(application),
        verdicts=VERDICTS,
        reasons=REASON_LABELS,
        timeline_events=progress.timeline_of(application, with_names=True),
        corrections=applications.corrections_of(application),
        submission=applications.last_submission(application),
        beside=beside(application),
        lifts=lift_lines(application),
        lift_acts=lift_acts(application, current_actor()),
        skipped=desk.skipped_lines(application),
        parts=parts_of(application, on=today()),
    )


@bp.get("/cases/<public_id>/receipt.pdf")
@requires(Permission.CASE_READ)
def download_receipt(public_id: str) -> ResponseReturnValue:
    """回执: what was confirmed last, as the enterprise has it."""
    application = _case(public_id)
    submission = applications.confirmed(application)
    note_reading(Subject("application", public_id), owner=application.enterprise.organisation_id)
    return pdf_download(receipt_pdf(application, submission), receipt_name(application, submission))


@bp.post("/cases/<public_id>/take")
@requires(Permission.CASE_EXAMINE)
def take_case(public_id: str) -> ResponseReturnValue:
    """接手: the case is mine to work on."""
    _case(public_id)
    if ConfirmForm().validate_on_submit():
        with transaction():
            services.take(public_id, actor=current_actor(), at=now())
        flash(_("已由您办理。"), "success")
    return redirect(url_for(".show_case", public_id=public_id), 303)


@bp.route("/cases/<public_id>/accept", methods=["GET", "POST"])
@requires(Permission.CASE_EXAMINE)
def accept_case(public_id: str) -> ResponseReturnValue:
    """受理: the case enters its first stage."""
    application = _case(public_id)
    form = accept_form(queries.to_judge_at_acceptance(application), version=application.version)

    def act(actor: Actor, at: datetime) -> None:
        judged = form.judgements()
        services.accept(public_id, seen_version=seen(form), actor=actor, at=at, judgements=judged)

    if form.validate_on_submit() and done(form, act):
        skipped = desk.skipped_words(_case(public_id))
        told = _("已受理，按快速通道跳过：%(stages)s，须按期补办。", stages=skipped)
        return back(public_id, told if skipped else _("已受理，进入第一个审核环节。"))
    tracks = desk.track_lines(application)
    page = "review/office/accept_case.html"
    return render_template(page, **frame(application), form=form, tracks=tracks), form.status


@bp.route("/cases/<public_id>/pass", methods=["GET", "POST"])
@requires(Permission.CASE_EXAMINE)
def pass_case(public_id: str) -> ResponseReturnValue:
    """通过: the amount, what has to be judged, and the reason; one page for every stage."""
    application = _case(public_id)
    compiled, decision = applications.compiled_of(application), applications.decision_of(application)
    judged = desk.to_judge(compiled, decision) if decision else []
    measure, standing = applications.measure_of(application), queries.latest_amount(application)
    form = pass_form(judged, version=application.version, amount=standing, measure=measure)
    stage = application.stage

    def act(actor: Actor, at: datetime) -> None:
        given = StageDecision(
            stage, Verdict.PASS, form.reason.data or "", seen(form), form.amount.data, form.judgements()
        )
        services.decide(public_id, given, actor=actor, at=at)

    if form.validate_on_submit() and done(form, act):
        return back(public_id, _("意见已提交，案件进入下一环节。"))
    calculation = explanation.calculation(compiled, decision) if decision else []
    page = "review/office/pass_case.html"
    return render_template(page, **frame(application), form=form, calculation=calculation), form.status


@bp.route("/cases/<public_id>/correct", methods=["GET", "POST"])
@requires(Permission.CASE_EXAMINE)
def correct_case(public_id: str) -> ResponseReturnValue:
    """要求补正: named fields, all at once; the clock stops."""
    application = _case(public_id)
    form = CorrectionForm(seen_version=application.version)
    form.fields.choices = desk.correctable(application, applications.compiled_of(application), today())
    stage = application.stage

    def act(actor: Actor, at: datetime) -> None:
        named, reason = tuple(form.fields.data or ()), form.reason.data or ""
        if stage:
            given = StageDecision(stage, Verdict.CORRECTION, reason, seen(form), fields=named)
            services.decide(public_id, given, actor=actor, at=at)
        else:
            services.ask_correction(public_id, Correction(named, reason, seen(form)), actor=actor, at=at)

    if form.validate_on_submit() and done(form, act):
        return back(public_id, _("补正通知已发给申报单位，审核停止计时。"))
    return render_template("review/office/correct_case.html", **frame(application), form=form), form.status


@bp.route("/cases/<public_id>/reject", methods=["GET", "POST"])
@requires(Permission.CASE_EXAMINE)
def reject_case(public_id: str) -> ResponseReturnValue:
    """不予通过: the clause, the reason, and the consequences before the act."""
    application = _case(public_id)
    compiled, decision = applications.compiled_of(application), applications.decision_of(application)
    form = RejectionForm(seen_version=application.version)
    form.rule.choices = [
        ("", _("请选择")),
        *(desk.rejecting_rules(compiled, decision, application.stage) if decision else []),
    ]
    stage = application.stage

    def act(actor: Actor, at: datetime) -> None:
        rule, reason = form.rule.data, form.reason.data or ""
        if stage:
            given = StageDecision(stage, Verdict.REJECT, reason, seen(form), rule=rule)
            services.decide(public_id, given, actor=actor, at=at)
        else:
            services.reject(public_id, Rejection(rule, reason, seen(form)), actor=actor, at=at)

    if form.validate_on_submit() and done(form, act):
        return back(public_id, _("已作出不予通过的决定，申报单位会收到通知。"))
    return render_template("review/office/reject_case.html", **frame(application), form=form), form.status


@bp.route("/cases/<public_id>/decide", methods=["GET", "POST"])
@requires(Permission.CASE_DECIDE)
def decide_case(public_id: str) -> ResponseReturnValue:
    """会议审定: supported or not, within what may still be promised."""
    application = _case(public_id)
    form = MeetingForm(seen_version=application.version)
    if form.validate_on_submit():
        given = MeetingDecision(
            form.meeting.data, form.supports.data == "yes", form.reason.data, seen(form), form.if_short.data
        )
        try:
            with transaction():
                state = services.decide_meeting(public_id, given, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            short = state in {ApplicationState.WAITING, ApplicationState.OUT_OF_FUNDS}
            words = _("可发放规模不足，案件现为“%(state)s”。", state=_(LABELS[state]))
            return back(public_id, words if short else _("会议审定结果已登记。"), "warning" if short else "success")
    page = "review/office/decide_case.html"
    return render_template(page, **frame(application), form=form), form.status


@bp.route("/cases/<public_id>/lift", methods=["GET", "POST"])
@requires(Permission.CASE_EXAMINE)
@repeatable
def propose_lift(public_id: str) -> ResponseReturnValue:
    """提出放宽上限: which soft cap, up to what, and why; a second person decides."""
    application = _case(public_id)
    form = LiftForm(seen_version=application.version, amount=application.requested)
    form.cap.choices = cap_choices(application)

    def propose() -> Done:
        lift = Lift(form.cap.data or "", form.amount.data or 0, form.reason.data or "")
        made = services.propose_lift(public_id, lift, seen_version=seen(form), actor=current_actor(), at=now())
        return lift_done(public_id, made)

    answer = press_once(form, "case.propose_lift", propose, words=_("已提出放宽，由第二人决定。"))
    if answer is not None:
        return answer
    page = "review/office/propose_lift.html"
    return render_template(page, **frame(application), form=form, lines=lift_lines(application)), form.status


@bp.route("/cases/<public_id>/lift/answer", methods=["GET", "POST"])
@requires(Permission.CASE_DECIDE)
@repeatable
def answer_lift(public_id: str) -> ResponseReturnValue:
    """决定是否放宽: by somebody else than who proposed it."""
    application = _case(public_id)
    form = LiftAnswerForm(seen_version=application.version)

    def decide() -> Done:
        given = LiftAnswer(form.grants.data == "yes", form.reason.data or "", seen(form))
        return lift_done(public_id, services.decide_lift(public_id, given, actor=current_actor(), at=now()))

    answer = press_once(form, "case.answer_lift", decide, words=_("是否放宽已登记。"))
    if answer is not None:
        return answer
    page = "review/office/answer_lift.html"
    return render_template(page, **frame(application), form=form, lines=lift_lines(application)), form.status


@bp.route("/cases/<public_id>/recuse", methods=["GET", "POST"])
@requires(Permission.CASE_READ)
def recuse_case(public_id: str) -> ResponseReturnValue:
    """回避: step back from a case for good."""
    application = _case(public_id)
    form = ReasonForm(seen_version=application.version)

    def act(actor: Actor, at: datetime) -> None:
        services.recuse(public_id, reason=form.reason.data or "", actor=actor, at=at)

    if form.validate_on_submit() and done(form, act):
        return back(public_id, _("已登记回避，本案不再由您办理。"))
    return render_template("review/office/recuse_case.html", **frame(application), form=form), form.status


def _case(public_id: str) -> Application:
    return desk.case_in_sight(public_id, current_actor(), on=today())
