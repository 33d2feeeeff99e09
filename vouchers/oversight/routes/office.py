"""监督案件 for overseers: the cases within the appointment, and of each the decision as everybody else sees it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.noting import note_look
from vouchers.accounts.permissions import Permission
from vouchers.applications import progress
from vouchers.applications import queries as applications
from vouchers.applications.lifts import lift_lines
from vouchers.applications.states import LABELS, NOT_THE_OFFICES, TONES, ApplicationState
from vouchers.audit.services import Subject
from vouchers.kernel.clock import today
from vouchers.oversight import targets
from vouchers.oversight.rules import BOUNDS, FIGURES
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
    compiled, decision = applications.compiled_of(application), applications.decision_of(application)
    note_look(Subject("application", public_id), owner=application.enterprise.organisation_id)
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
    )
