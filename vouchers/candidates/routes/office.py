"""免申即享 for the office: bring a register in, look through what came out, release it as a second person."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.candidates import queries, services
from vouchers.candidates.forms import DropForm, RegisterForm
from vouchers.candidates.models import CandidateList
from vouchers.candidates.states import CANDIDATE_LABELS, LABELS, LISTS, TONES
from vouchers.db.transaction import transaction
from vouchers.files.intake import claim_room
from vouchers.files.rules import Upload
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.policy import explanation
from vouchers.policy import queries as policy
from vouchers.policy.rules.results import RESULT_LABELS, Result
from vouchers.web.forms import ConfirmForm
from vouchers.web.wording import said

bp = Blueprint("candidates_office", __name__, url_prefix="/office/candidates")


@bp.get("/")
@requires(Permission.SCHEME_WRITE)
def list_lists() -> ResponseReturnValue:
    """免申即享: every list, with how many qualify and how many confirmed."""
    actor = current_actor()
    return render_template(
        "candidates/office/list_lists.html",
        rows=queries.lists(actor, on=today()),
        has_windows=bool(queries.windows(actor, on=today())),
        labels=LABELS,
        tones=TONES,
    )


@bp.route("/upload", methods=["GET", "POST"])
@requires(Permission.SCHEME_WRITE)
def upload_register() -> ResponseReturnValue:
    """上传登记册: the file is kept, a job reads it and computes the candidates."""
    form, actor = RegisterForm(), current_actor()
    found = queries.windows(actor, on=today())
    form.window.choices = [SelectChoice(one.public_id, f"{said(one.scheme.title)} · {one.title}") for one in found]
    if form.validate_on_submit():
        given = form.file.data
        upload = Upload((given.filename if given else "") or "", form.file.content())
        try:
            claim_room(actor, len(upload.content), field="file", at=now())
            received = services.receive_register(upload, field="file")
            with transaction():
                public_id = services.upload(form.to_list(), received, actor=actor, at=now()).public_id
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return _done(public_id, _("登记册已收到，正在读取和计算，稍后刷新本页查看。"))
    return render_template("candidates/office/upload_register.html", form=form), form.status


@bp.get("/<public_id>")
@requires(Permission.SCHEME_WRITE)
def show_list(public_id: str) -> ResponseReturnValue:
    """One list: what was wrong in the register, or who qualifies, why, and how much."""
    return _list_page(public_id, ConfirmForm())


@bp.route("/<public_id>/release", methods=["GET", "POST"])
@requires(Permission.SCHEME_PUBLISH)
def release_list(public_id: str) -> ResponseReturnValue:
    """发布名单: every enterprise that qualifies is asked to confirm; by a second person."""
    found = _seen(public_id)
    form = ConfirmForm(seen_version=found.version)
    if form.validate_on_submit():
        seen = form.seen_version.data
        try:
            with transaction():
                services.release(public_id, seen_version=seen, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return _done(public_id, _("名单已发布，有账号的企业已收到通知。"))
    results, _states, total = queries.tallies(found.id)
    asked = results.get(Result.ELIGIBLE.value, 0)
    page = "candidates/office/release_list.html"
    return render_template(page, form=form, found=found, asked=asked, total=total), form.status


@bp.route("/<public_id>/drop", methods=["GET", "POST"])
@requires(Permission.SCHEME_WRITE)
def drop_list(public_id: str) -> ResponseReturnValue:
    """作废: a list that was not released is put aside."""
    found = _seen(public_id)
    form = DropForm(seen_version=found.version)
    if form.validate_on_submit():
        seen, reason = form.seen_version.data, form.reason.data or ""
        with transaction():
            services.drop(public_id, reason, seen_version=seen, actor=current_actor(), at=now())
        return _done(public_id, _("名单已作废。"))
    return render_template("candidates/office/drop_list.html", form=form, found=found), form.status


@bp.get("/of/<public_id>")
@requires(Permission.SCHEME_WRITE)
def show_candidate(public_id: str) -> ResponseReturnValue:
    """One candidate: the register's facts, every rule with its answer, the amount with its steps, its own answer."""
    candidate = queries.candidate(public_id, current_actor(), on=today())
    compiled = policy.compiled(candidate.list.window.scheme_version)
    decision = queries.decision_of(candidate)
    words = compiled.vocabulary
    return render_template(
        "candidates/office/show_candidate.html",
        candidate=candidate,
        decision=decision,
        facts=[
            (
                explanation.of_plan(compiled.pack, words[name].label),
                explanation.shown_value(compiled, words[name], value),
            )
            for name, value in candidate.facts.items()
            if name in words
        ],
        found=explanation.findings(compiled, decision),
        calculation=explanation.calculation(compiled, decision),
        levels=explanation.LEVELS,
        results=RESULT_LABELS,
        labels=CANDIDATE_LABELS,
        tones=TONES,
    )


def _list_page(public_id: str, form: ConfirmForm) -> ResponseReturnValue:
    found = _seen(public_id)
    compiled = policy.compiled(found.window.scheme_version)
    page = queries.rows_of(found.id, request.args)
    results, states, total = queries.tallies(found.id)
    told = render_template(
        "candidates/office/show_list.html",
        found=found,
        page=page,
        why={row.public_id: queries.reason_words(compiled, row) for row in page.rows},
        tally=results,
        answers=states,
        total=total,
        actions=LISTS.actions_in(found.state),
        is_own=found.uploaded_by_id == current_actor().person_id,
        kind=compiled.pack.kind(found.window.voucher_kind).name,
        results=RESULT_LABELS,
        choices=[(one.value, _(RESULT_LABELS[one])) for one in Result],
        state_choices=[(one.value, _(label)) for one, label in CANDIDATE_LABELS.items()],
        labels=LABELS,
        candidate_labels=CANDIDATE_LABELS,
        tones=TONES,
    )
    return told, form.status


def _seen(public_id: str) -> CandidateList:
    return queries.get(public_id, current_actor(), on=today())


def _done(public_id: str, text: str) -> ResponseReturnValue:
    flash(text, "success")
    return redirect(url_for(".show_list", public_id=public_id), 303)
