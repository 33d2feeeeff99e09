"""Who may act on a case: the seat the pack wants, the appointment's scope, no ties, no second duty."""

from datetime import datetime

from vouchers.accounts.services import hold_duty
from vouchers.accounts.states import Duty, OfficeKind, Role
from vouchers.applications import queries as applications
from vouchers.applications.rules import is_apart
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotPermitted, RuleViolation
from vouchers.policy.pack.process import Process, Stage
from vouchers.review import queries, rules
from vouchers.review.models import Opinion
from vouchers.review.queries import Case
from vouchers.review.rules import Seat
from vouchers.review.states import Verdict


def held_case(public_id: str, seen_version: int) -> Case:
    """The case, held, as the officer saw it; Conflict when it changed meanwhile."""
    application = applications.lock(public_id)
    if application.version != seen_version:
        raise Conflict("the case changed while it was being looked at")
    return application


def process_of(application: Case) -> Process:
    """The way that the case's own version prescribes."""
    return applications.compiled_of(application).pack.process


def stage_of(application: Case) -> Stage:
    """The stage in which the case stands."""
    return process_of(application).stage(application.stage)


def seat_of_stage(stage: Stage) -> Seat:
    """Whom the pack wants in a stage."""
    return Seat(rules.ROLE_OF[stage.role], rules.OFFICE_OF[stage.office])


def seat_of_acceptance(application: Case) -> Seat:
    """Whom the pack wants at the first look."""
    acceptance = process_of(application).acceptance
    return Seat(rules.ROLE_OF[acceptance.role], rules.OFFICE_OF[acceptance.office])


def check_authority(application: Case, seat: Seat, *, stage: str, actor: Actor, at: datetime) -> None:
    """Refuse an officer who may not act here, with every reason."""
    if actor.person_id is None:
        raise NotPermitted("a person decides on a case")
    standing = queries.standing_of(actor, application, stage, on=beijing_date(at))
    findings = rules.authority_findings(standing, seat)
    if findings:
        raise RuleViolation(findings)


def examine(application: Case, *, part: str = "", actor: Actor, at: datetime) -> None:
    """Take the duty to examine on this case."""
    hold_duty(application.public_id, person_of(actor), duty=Duty.EXAMINE, part=part, at=at)


def decide_on(application: Case, *, part: str = "", actor: Actor, at: datetime) -> None:
    """Take the duty to decide on this case."""
    hold_duty(application.public_id, person_of(actor), duty=Duty.DECIDE, part=part, at=at)


def part_of(application: Case, stage: Stage) -> str:
    """The part of the duty: the stage's key where the pack wants different people, else empty."""
    return stage.id if is_apart(process_of(application), stage) else ""


def person_of(actor: Actor) -> int:
    """The natural person behind the act."""
    if actor.person_id is None:
        raise NotPermitted("a person decides on a case")
    return actor.person_id


def say(  # noqa: PLR0913  an opinion is who, what, why, how much and what was judged
    application: Case,
    verdict: Verdict,
    reason: str,
    *,
    stage: str,
    actor: Actor,
    at: datetime,
    amount: int | None = None,
    judgements: dict[str, object] | None = None,
) -> None:
    """Keep an opinion for good, and end the task that was taken."""
    last = applications.last_submission(application)
    db.session.add(
        Opinion(
            application_id=application.id,
            stage=stage,
            verdict=verdict,
            reason=reason,
            amount=amount,
            judgements=judgements or {},
            revision=last.revision if last else 0,
            reviewer_person_id=person_of(actor),
            reviewer=actor.name,
            office=queries.office_of(actor),
            at=at,
        )
    )
    task = queries.open_task(application.id)
    if task is not None:
        task.done_at = at


def seated_offices(seat: Seat, own: int) -> list[int]:
    """The offices that sit in a seat: the scheme's own, or all of the kind that the pack names."""
    return [own] if seat.office in {None, OfficeKind.LEAD} else queries.offices_of(seat.office)


def deciding_seat() -> Seat:
    """Whoever may decide, of whatever office: for acts that no stage of the pack describes."""
    return Seat(Role.DECIDER, None)
