"""The one function that moves a case: state, clock, event and message together."""

from datetime import datetime

from vouchers.accounts.states import Role
from vouchers.applications import queries, rules
from vouchers.applications.models import Application
from vouchers.applications.states import APPLICATIONS, ApplicationState
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.messages.services import enqueue, to_office, to_organisation
from vouchers.policy import queries as policy
from vouchers.policy import releases

SUBJECT = "application"
_WITHOUT_VOUCHER = frozenset(
    {ApplicationState.REJECTED, ApplicationState.OUT_OF_FUNDS, ApplicationState.WITHDRAWN, ApplicationState.LAPSED}
)

_STARTS = frozenset(
    {
        "confirm", "accept", "accept_to_decide", "pass_stage", "pass_last_stage",
        "pass_stage_by_time", "pass_last_stage_by_time",
        "return_stage_by_time", "return_to_acceptance_by_time",
    }
)  # fmt: skip
_RESTARTS = frozenset({"resubmit", "resubmit_to_stage"})
_TOLD = frozenset(
    {
        "accept_to_decide",
        "accept", "request_correction", "lapse", "decide", "queue", "run_out", "open_notice", "object",
        "pass_stage_by_time", "pass_last_stage_by_time", "return_stage_by_time", "return_to_acceptance_by_time",
        "dismiss_objection", "end_notice", "withdraw_notice", "approve", "approve_without_notice", "issue", "reject",
    }
)  # fmt: skip


def advance(
    application: Application, action: str, *, actor: Actor, at: datetime, reason: str = "", stage: str | None = None
) -> None:
    """Move a locked case along its lifecycle; Conflict when the table has no such edge from here.

    `stage` is the key of the stage that begins with this move, where one does.
    """
    before = application.state
    application.state = APPLICATIONS.after(before, action)
    if stage is not None:
        application.stage = stage
    _wind_clock(application, action, at=at)
    if application.state in {ApplicationState.REJECTED, ApplicationState.OUT_OF_FUNDS, ApplicationState.WITHDRAWN}:
        application.outcome_reason = reason
    if application.state in _WITHOUT_VOUCHER and application.submitted_at is not None:
        releases.give_back(application.window)
    db.session.flush()
    record(
        f"{SUBJECT}.{action}",
        Subject(SUBJECT, application.public_id),
        actor=actor,
        at=at,
        change=(before, application.state),
        reason=reason,
        details={"number": application.number, "stage": application.stage, "version": application.version},
    )
    _tell(application, action, reason=reason, at=at)


def promised_days(application: Application) -> int | None:
    """The working days the pack promises for where the case stands; None where the authority set none."""
    process = policy.pack(application.scheme_version).process
    is_before_acceptance = application.state is ApplicationState.SUBMITTED or (
        application.state is ApplicationState.CORRECTION and not application.stage
    )
    if is_before_acceptance:
        return process.acceptance.working_days
    if application.state in {ApplicationState.IN_STAGE, ApplicationState.TO_DECIDE, ApplicationState.CORRECTION}:
        return process.stage(application.stage).working_days
    return None


def _wind_clock(application: Application, action: str, *, at: datetime) -> None:
    if action == "request_correction":
        _stop(application, at=at)
    elif action in _RESTARTS:
        application.stage_since, application.clock_stopped_at = at, None
        _promise(application, used=application.days_used, at=at)
    elif action in _STARTS:
        application.stage_since, application.clock_stopped_at, application.days_used = at, None, 0
        _promise(application, used=0, at=at)
    else:
        application.stage_since, application.clock_stopped_at = at, None
        application.due_on, application.due_is_provisional = None, False


def _promise(application: Application, *, used: int, at: datetime) -> None:
    """Set the last day of the term that runs now; none is promised where the pack promises none."""
    days = promised_days(application)
    if days is None:
        application.due_on, application.due_is_provisional = None, False
        return
    deadline = policy.work_calendar().after(beijing_date(at), max(0, days - used))
    application.due_on, application.due_is_provisional = deadline.day, deadline.is_provisional


def _stop(application: Application, *, at: datetime) -> None:
    since = beijing_date(application.stage_since or at)
    application.days_used = rules.running_days(
        policy.work_calendar(), since, beijing_date(at), used_before=application.days_used
    )
    application.clock_stopped_at = at


def _tell(application: Application, action: str, *, reason: str, at: datetime) -> None:
    params: dict[str, str | int] = {
        "number": application.number,
        "kind": queries.kind_name(application),
        "reason": reason,
        "due": application.due_on.isoformat() if application.due_on else "",
        "direct": int(policy.pack(application.scheme_version).pays_directly(application.voucher_kind)),
    }
    if action in _TOLD:
        organisation_id = application.enterprise.organisation_id
        link = f"/enterprise/applications/{application.public_id}"
        enqueue(f"application_{action}", params, to=to_organisation(organisation_id), at=at, link=link)
    elif action in {"confirm", *_RESTARTS}:
        office = to_office(application.scheme_version.scheme.office_id, Role.REVIEWER)
        enqueue("application_arrived", params, to=office, at=at, link=f"/office/cases/{application.public_id}")
