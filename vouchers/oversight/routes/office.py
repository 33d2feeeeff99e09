"""监督案件 for overseers: the cases within the appointment, and of each the decision as everybody else sees it.

Whoever opens a case says why, once a day: until then the page of the case is the question, and nothing of the case.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.applications import progress
from vouchers.applications import queries as applications
from vouchers.applications.lifts import lift_lines
from vouchers.applications.models import Application
from vouchers.applications.states import LABELS, NOT_THE_OFFICES, TONES, ApplicationState
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.oversight import looks, targets
from vouchers.oversight.forms import LookForm
from vouchers.oversight.rules import BOUNDS, FIGURES
from vouchers.oversight.states import Basis
from vouchers.policy import explanation
from vouchers.review import desk, queries
from vouchers.review.states import LABELS as VERDICTS

bp = Blueprint("oversight_office", __name__, url_prefix="/office/oversight")


@bp.get("/")
@requires(Permission.CASE_OVERSEE)
def list_cases() -> ResponseReturnValue:
    """监督案件: every case that the appointment covers."""
    page = applications.list_cases(current_actor(), request.args, on=today())
    states = [(state.value, _(LABELS[state])) for state in ApplicationState if state not in NOT_THE_OFFICES]
    return render_template("oversight/office/list_cases.html", page=page, labels=LABELS, tones=TONES, states=states)


@bp.get("/targets")
@requires(Permission.SCHEME_READ)
def show_targets() -> ResponseReturnValue:
    """目标进展: each target of the schemes in force beside what ledger, orders and claims say so far."""
    found = targets.progress(current_actor(), on=today())
    return render_template("oversight/office/show_targets.html", found=found, bounds=BOUNDS, figures=FIGURES)


@bp.get("/<public_id>")
@requires(Permission.CASE_OVERSEE)
def show_decision(public_id: str) -> ResponseReturnValue:
    """The decision on a case with every reason, the facts it read, and what officers said; no papers, no persons."""
    application = desk.case_in_sight(public_id, current_actor(), on=today())
    reason = looks.reason_of_today(public_id, actor=current_actor(), at=now())
    if not reason:
        return _question(application, LookForm())
    compiled, decision = applications.compiled_of(application), applications.decision_of(application)
    owner = application.enterprise.organisation_id
    with transaction():
        looks.note_look(public_id, reason, owner=owner, actor=current_actor(), at=now())
    return render_template(
        "oversight/office/show_decision.html",
        application=application,
        name=application.enterprise.organisation.name,
        kind=explanation.of_plan(compiled.pack, applications.kind_name(application)),
        scheme=explanation.of_plan(compiled.pack, application.scheme_version.scheme.title),
        state=LABELS[application.state],
        tone=TONES[application.state],
        stage=progress.where_it_stands(application),
        explained=explanation.explained(compiled, decision),
        decision=decision,
        facts=desk.fact_rows(application, compiled, decision) if decision else [],
        not_issued=progress.why_not_issued(application, on=today()),
        lifts=lift_lines(application),
        opinions=queries.opinions_of(application.id),
        verdicts=VERDICTS,
        timeline_events=progress.timeline_of(application),
        looks=looks.looks_at(public_id),
        told=looks.told,
    )


@bp.post("/<public_id>")
@requires(Permission.CASE_OVERSEE)
def state_reason(public_id: str) -> ResponseReturnValue:
    """查阅原因: why the case is opened; then the case."""
    application = desk.case_in_sight(public_id, current_actor(), on=today())
    form = LookForm()
    if not form.validate_on_submit():
        return _question(application, form)
    with transaction():
        looks.state_reason(public_id, Basis(form.basis.data), form.why.data or "", actor=current_actor(), at=now())
    return redirect(url_for(".show_decision", public_id=public_id), 303)


def _question(application: Application, form: LookForm) -> ResponseReturnValue:
    """The question why, with what the list has shown of the case already."""
    name = application.enterprise.organisation.name
    page = "oversight/office/state_reason.html"
    return render_template(page, application=application, name=name, form=form), form.status
