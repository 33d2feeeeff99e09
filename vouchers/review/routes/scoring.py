"""专家评分: the cases that wait for an expert's marks, and what is needed to mark one."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.noting import note_reading
from vouchers.accounts.permissions import Permission
from vouchers.applications import queries as applications
from vouchers.audit.services import Subject
from vouchers.db.transaction import transaction
from vouchers.files import queries as files
from vouchers.files.rules import DAMAGED, MEDIA_TYPES
from vouchers.files.store import DamagedFile
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.review import queries, scores, services
from vouchers.review.forms import ReasonForm, score_form
from vouchers.review.services import Marks
from vouchers.web.downloads import file_download
from vouchers.web.wording import said

bp = Blueprint("review_scoring", __name__, url_prefix="/office/scoring")


@bp.get("/")
@requires(Permission.CASE_SCORE)
def list_cases() -> ResponseReturnValue:
    """专家评分: the cases that this expert may still mark."""
    waiting = queries.to_score(current_actor(), on=today())
    rows = [
        (case, case.enterprise.organisation.name, said(applications.kind_name(case)), done) for case, done in waiting
    ]
    return render_template("review/scoring/list_cases.html", rows=rows)


@bp.route("/<public_id>", methods=["GET", "POST"])
@requires(Permission.CASE_SCORE)
def score_case(public_id: str) -> ResponseReturnValue:
    """评分: the criteria, what the enterprise says of its project, its papers; not what other experts said."""
    application, stage, rule = scores.case_to_score(public_id, current_actor(), on=today())
    form = score_form(rule.criteria, application.version)
    if form.validate_on_submit():
        seen, is_impartial = form.seen_version.data or 0, bool(form.is_impartial.data)
        given = Marks(stage.id, form.marks(), form.remark.data or "", is_impartial, seen)
        try:
            with transaction():
                services.score(public_id, given, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("评分已提交，不能再改。"), "success")
            return redirect(url_for(".list_cases"), 303)
    shown: dict[str, Any] = {
        "facts": scores.needed_facts(application),
        "documents": scores.needed_documents(application),
    }
    name = application.enterprise.organisation.name
    page = "review/scoring/score_case.html"
    shown |= {"stage": stage, "rule": rule}
    return render_template(page, form=form, application=application, name=name, **shown), form.status


@bp.route("/<public_id>/recuse", methods=["GET", "POST"])
@requires(Permission.CASE_SCORE)
def recuse(public_id: str) -> ResponseReturnValue:
    """回避: an expert steps back from a case for good."""
    application, _stage, _rule = scores.case_to_score(public_id, current_actor(), on=today())
    form = ReasonForm(seen_version=application.version)
    if form.validate_on_submit():
        reason = form.reason.data or ""
        with transaction():
            services.recuse(public_id, reason=reason, actor=current_actor(), at=now())
        flash(_("已登记回避，本案不再由您评分。"), "success")
        return redirect(url_for(".list_cases"), 303)
    return render_template("review/scoring/recuse.html", form=form, application=application), form.status


@bp.get("/<public_id>/documents/<requirement>")
@requires(Permission.CASE_SCORE)
def download(public_id: str, requirement: str) -> Response:
    """One paper of a case that waits for this expert."""
    application, _stage, _rule = scores.case_to_score(public_id, current_actor(), on=today())
    paper = applications.documents_of(application).get(requirement)
    if paper is None:
        raise NotFound(f"paper {requirement}")
    try:
        content = files.content_of(paper.file)
    except DamagedFile:
        raise RuleViolation([DAMAGED]) from None
    name, kind = paper.file.name, paper.file.kind
    note_reading(Subject("file", paper.file.public_id), owner=paper.file.owner_organisation_id)
    return file_download(content, name, media_type=MEDIA_TYPES[kind])
