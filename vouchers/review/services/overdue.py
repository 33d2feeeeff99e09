"""When the term of a stage passes: a reminder, a report, or what the pack lets time decide; once each time it passes.

Time passes a stage only where no rule is left open: it judges nothing, it pays nothing, and no person is said to have
decided. What stands on record is the daily sweep, the rule and its clause.
"""

from datetime import datetime

from vouchers.accounts.states import Role
from vouchers.applications import queries as applications
from vouchers.applications import rules as application_rules
from vouchers.applications import services
from vouchers.applications.states import ApplicationState
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.messages import services as messages
from vouchers.policy.pack.process import Stage
from vouchers.review import queries, rules
from vouchers.review.queries import Case
from vouchers.review.services.authority import process_of, seat_of_stage, seated_offices

_PORTION = 200


def note_overdue(*, actor: Actor, at: datetime) -> int:
    """Remind the seat of each stage whose term has passed, and report it where the pack says so; one portion."""
    found = queries.overdue_cases(beijing_date(at), _PORTION)
    for public_id in found:
        _note(applications.lock(public_id), actor=actor, at=at)
    return len(found)


def _note(application: Case, *, actor: Actor, at: datetime) -> None:
    stage = process_of(application).stage(application.stage)
    due = application.due_on.isoformat() if application.due_on else ""
    details = {"stage": stage.id, "due": due, "on_overdue": stage.on_overdue or ""}
    audit.record(
        "application.overdue", Subject("application", application.public_id), actor=actor, at=at, details=details
    )
    if stage.on_overdue is None:  # the pack is silent: it stands on record and nobody is written to
        return
    if _decided_by_time(application, stage, actor=actor, at=at):
        return
    params = {"number": application.number, "stage": stage.name, "due": due}
    link, own = f"/office/cases/{application.public_id}", application.scheme_version.scheme.office_id
    seat = seat_of_stage(stage)
    for office_id in seated_offices(seat, own):
        messages.enqueue("case_overdue", params, to=messages.to_office(office_id, seat.role), at=at, link=link)
    if stage.on_overdue == "escalate":
        messages.enqueue("case_escalated", params, to=messages.to_office(own, Role.DECIDER), at=at, link=link)


def _decided_by_time(application: Case, stage: Stage, *, actor: Actor, at: datetime) -> bool:
    """Let time do what the pack says; False where it does not, and people are reminded instead."""
    process = process_of(application)
    clause = applications.compiled_of(application).clauses.get(stage.id, "")
    due = application.due_on.isoformat() if application.due_on else ""
    if stage.on_overdue == "pass" and _is_all_met(application):
        most = min(application.computed, application.requested)
        skipped = {one.stage for one in queries.skipped_of(application.id)}
        services.approve_amount(application, min(queries.latest_amount(application), most))
        action, following = application_rules.next_stage(process, stage.id, skipped)
        reason = f"“{stage.name}”应于 {due} 前办理，逾期视为通过（{clause}）"
        services.advance(application, f"{action}_by_time", actor=actor, at=at, reason=reason, stage=following)
    elif stage.on_overdue == "return" and _is_in(application, stage):
        action, before = application_rules.stage_before(process, stage.id)
        reason = f"“{stage.name}”应于 {due} 前办理，逾期退回（{clause}）"
        services.advance(application, action, actor=actor, at=at, reason=reason, stage=before)
    else:
        return False
    task = queries.open_task(application.id)
    if task is not None:
        task.done_at = at
    return True


def _is_in(application: Case, stage: Stage) -> bool:
    """Whether the case waits for this stage itself, not behind it for a meeting that is no stage of the pack."""
    return application.state is ApplicationState.IN_STAGE or stage.duty == "decide"


def _is_all_met(application: Case) -> bool:
    decision = applications.decision_of(application)
    if application.state is not ApplicationState.IN_STAGE or decision is None:
        return False
    has_amount = 0 < application.requested <= application.computed  # else somebody has to find it first
    return has_amount and not rules.pass_findings(decision)
