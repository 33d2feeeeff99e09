"""放宽上限: proposed by who examines a stage, decided by a second person who may decide."""

from dataclasses import dataclass
from datetime import datetime

from vouchers.accounts.states import Role
from vouchers.applications import services as applications
from vouchers.applications.services import Lift
from vouchers.applications.states import ApplicationState
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.messages import services as messages
from vouchers.review import rules
from vouchers.review.queries import Case, ProposedLift
from vouchers.review.services.authority import (
    check_authority,
    decide_on,
    deciding_seat,
    examine,
    held_case,
    part_of,
    seat_of_stage,
    stage_of,
)


@dataclass(frozen=True, slots=True)
class LiftAnswer:
    """What the second person says to a proposed lift."""

    grants: bool
    reason: str
    seen_version: int


def propose_lift(public_id: str, lift: Lift, *, seen_version: int, actor: Actor, at: datetime) -> ProposedLift:
    """Propose to lift a soft cap, as whoever examines the stage in which the case stands."""
    application = _in_stage(public_id, seen_version)
    stage = stage_of(application)
    check_authority(application, seat_of_stage(stage), stage=stage.id, actor=actor, at=at)
    examine(application, part=part_of(application, stage), actor=actor, at=at)
    made = applications.propose_lift(application, lift, actor=actor, at=at)
    office_id = application.scheme_version.scheme.office_id
    link, params = f"/office/cases/{application.public_id}", {"number": application.number}
    messages.enqueue("cap_lift_proposed", params, to=messages.to_office(office_id, Role.DECIDER), at=at, link=link)
    return made


def decide_lift(public_id: str, answer: LiftAnswer, *, actor: Actor, at: datetime) -> ProposedLift:
    """Grant or refuse it, as somebody who may decide and did not examine the case."""
    application = _in_stage(public_id, answer.seen_version)
    findings = rules.reason_findings(answer.reason)
    if findings:
        raise RuleViolation(findings)
    check_authority(application, deciding_seat(), stage="", actor=actor, at=at)
    decide_on(application, actor=actor, at=at)
    return applications.decide_lift(application, answer.reason, grants=answer.grants, actor=actor, at=at)


def _in_stage(public_id: str, seen_version: int) -> Case:
    application = held_case(public_id, seen_version)
    if application.state is not ApplicationState.IN_STAGE:
        raise Conflict("caps are lifted while a stage examines the case")
    return application
