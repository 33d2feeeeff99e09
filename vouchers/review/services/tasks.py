"""Taking a case to work on it, and stepping back from one (回避)."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from vouchers.accounts import queries as accounts
from vouchers.applications import queries as applications
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotPermitted, RuleViolation
from vouchers.policy import queries as policy
from vouchers.review import queries, rules
from vouchers.review.models import Recusal, ReviewTask
from vouchers.review.services.authority import person_of


def take(public_id: str, *, actor: Actor, at: datetime) -> None:
    """Take a case to work on it; whoever had it before no longer has it."""
    application = _covered(public_id, actor, at)
    task = queries.open_task(application.id)
    if task is not None and task.stage == application.stage:
        if task.assignee_user_id == actor.user_id:
            return
        task.assignee_user_id, task.taken_at = actor.user_id, at
    else:
        if task is not None:  # of an earlier stage
            task.done_at = at
            db.session.flush()
        _open(application.id, application.stage, actor=actor, at=at)
    details = {"stage": application.stage}
    record("review.take", Subject("application", public_id), actor=actor, at=at, details=details)


def recuse(public_id: str, *, reason: str, actor: Actor, at: datetime) -> None:
    """Step back from a case for good."""
    application = _covered(public_id, actor, at)
    findings = rules.reason_findings(reason)
    if findings:
        raise RuleViolation(findings)
    try:
        with db.session.begin_nested():
            recusal = Recusal(application_id=application.id, person_id=person_of(actor), reason=reason, at=at)
            db.session.add(recusal)
    except IntegrityError as error:
        raise Conflict("recused already") from error
    task = queries.open_task(application.id)
    if task is not None and task.assignee_user_id == actor.user_id:
        task.done_at = at
    record("review.recuse", Subject("application", public_id), actor=actor, at=at, reason=reason)


def _covered(public_id: str, actor: Actor, at: datetime) -> queries.Case:
    """The case, held; NotPermitted when its scheme or its stage is outside the appointment."""
    application, on = applications.lock(public_id), beijing_date(at)
    policy.confirm_covered(application.scheme_version.scheme, actor, on=on)
    if application.stage and not accounts.actor_stages(actor, on=on).covers(application.stage):
        raise NotPermitted("the stage is outside the appointment")
    return application


def _open(application_id: int, stage: str, *, actor: Actor, at: datetime) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(
                ReviewTask(
                    application_id=application_id,
                    stage=stage,
                    assignee_user_id=actor.user_id,
                    opened_at=at,
                    taken_at=at,
                )
            )
    except IntegrityError as error:
        raise Conflict("somebody else has just taken the case") from error
