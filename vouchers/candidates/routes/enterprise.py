"""免申即享 for enterprises: what may be had without an application, and the one answer that is asked for."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.applications import queries as applications
from vouchers.applications.rules import computed
from vouchers.candidates import queries, services
from vouchers.candidates.forms import AnswerForm, OfferForm
from vouchers.candidates.models import Candidate
from vouchers.candidates.states import CANDIDATE_LABELS, TONES, CandidateState
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.parties import queries as parties
from vouchers.policy import explanation
from vouchers.policy import queries as policy
from vouchers.policy.rules.results import RESULT_LABELS
from vouchers.web.arrival import arrived_at
from vouchers.web.forms import BaseForm, sentence

bp = Blueprint("candidates_enterprise", __name__, url_prefix="/enterprise/offers")


@bp.route("/<public_id>", methods=["GET", "POST"])
@requires(Permission.APPLICATION_WRITE)
def answer_offer(public_id: str) -> ResponseReturnValue:
    """您可享受: the whole decision with its clauses and sources; only the confirmation is asked for."""
    candidate = queries.own(public_id, _own_organisation())
    shown = services.shown_to(candidate, _own_organisation(), at=now())
    form = OfferForm(seen_hash=shown.hash)
    if form.validate_on_submit():
        try:
            with transaction():
                seen = form.seen_hash.data or ""
                done = services.confirm(public_id, seen_hash=seen, actor=current_actor(), at=arrived_at())
                application, state = done.application.public_id, done.application.state.value
                missing = [sentence(one) for one in done.missing]
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_confirmed(state, missing), "warning" if missing else "success")
            return redirect(url_for("applications_enterprise.show_application", public_id=application), 303)
    return render_template(
        "candidates/enterprise/answer_offer.html", form=form, **_frame(candidate, shown)
    ), form.status


@bp.route("/<public_id>/object", methods=["GET", "POST"])
@requires(Permission.APPLICATION_WRITE)
def object_to_offer(public_id: str) -> ResponseReturnValue:
    """信息有误: the offer ends, and the enterprise applies with its own papers."""
    candidate = queries.own(public_id, _own_organisation())
    form = AnswerForm()
    if _answered(form, lambda actor, at: services.object_to(public_id, form.reason.data or "", actor=actor, at=at)):
        flash(_("已登记您的意见。可以在这里按正确的信息自行申领。"), "success")
        window = candidate.list.window.public_id
        return redirect(url_for("applications_enterprise.start_application", public_id=window), 303)
    return render_template("candidates/enterprise/object_to_offer.html", form=form, candidate=candidate), form.status


@bp.route("/<public_id>/decline", methods=["GET", "POST"])
@requires(Permission.APPLICATION_WRITE)
def decline_offer(public_id: str) -> ResponseReturnValue:
    """放弃: with what was lost said first."""
    candidate = queries.own(public_id, _own_organisation())
    form = AnswerForm()
    if _answered(form, lambda actor, at: services.decline(public_id, form.reason.data or "", actor=actor, at=at)):
        flash(_("已登记放弃。窗口受理期间仍可以自行申领。"), "success")
        return redirect(url_for(".answer_offer", public_id=public_id), 303)
    return render_template("candidates/enterprise/decline_offer.html", form=form, candidate=candidate), form.status


def _answered(form: BaseForm, act: Callable[[Actor, datetime], None]) -> bool:
    if not form.validate_on_submit():
        return False
    try:
        with transaction():
            act(current_actor(), now())
    except RuleViolation as violation:
        form.report(violation.findings)
        return False
    return True


def _confirmed(state: str, missing: list[str]) -> str:
    if missing:
        return str(_("已确认，还要补齐下面的内容后提交：%(what)s", what="".join(missing)))
    if state == "submitted":
        return str(_("已确认并提交，不用再填表，可以在这里查看进度。"))
    return str(_("已送法定代表人或授权人确认。"))


def _frame(candidate: Candidate, shown: services.Shown) -> dict[str, Any]:
    found, window = candidate.list, candidate.list.window
    compiled = policy.compiled(window.scheme_version)
    words, organisation_id = compiled.vocabulary, _own_organisation()
    account = parties.bank_account_of(organisation_id, on=today())
    closed = applications.not_open(window, now())
    return {
        "candidate": candidate,
        "list": found,
        "kind": explanation.of_plan(compiled.pack, compiled.pack.kind(window.voucher_kind).name),
        "scheme": explanation.of_plan(compiled.pack, window.scheme.title),
        "decision": shown.decision,
        "found": explanation.findings(compiled, shown.decision),
        "calculation": explanation.calculation(compiled, shown.decision),
        "facts": [
            (
                explanation.of_plan(compiled.pack, words[name].label),
                explanation.shown_value(compiled, words[name], value),
            )
            for name, value in candidate.facts.items()
            if name in shown.decision.facts
        ],
        "fen": (fen := computed(compiled.pack, shown.decision)),
        "quantity": explanation.in_units(compiled.pack.measure(window.voucher_kind), fen),
        "pays_us": compiled.pack.payee_of(window.voucher_kind) == "enterprise",
        "account": account,
        "is_direct": compiled.pack.pays_directly(window.voucher_kind),
        "is_open": candidate.state is CandidateState.OFFERED and found.expires_on >= today() and not closed,
        "closed": [sentence(one) for one in closed],
        "levels": explanation.LEVELS,
        "results": RESULT_LABELS,
        "labels": CANDIDATE_LABELS,
        "tones": TONES,
    }


def _own_organisation() -> int:
    organisation_id = current_actor().organisation_id
    if organisation_id is None:
        raise NotFound("no organisation")
    return organisation_id
