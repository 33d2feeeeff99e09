"""任职提议: a role in an office is proposed by one administrator and holds when another confirms it (INV-35)."""

from datetime import datetime

from sqlalchemy import select

from vouchers.accounts import queries, rules
from vouchers.accounts.models import Appointment, AppointmentProposal, User
from vouchers.accounts.services.people import NewAppointment, appoint, check_appointment, end_appointment
from vouchers.accounts.states import PROPOSALS, ProposalKind, ProposalState
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotFound, RuleViolation


def propose_appointment(new: NewAppointment, *, reason: str = "", actor: Actor, at: datetime) -> str:
    """Ask for a role in an office; what the rules forbid is told at once. Returns the proposal's public id."""
    check_appointment(new, actor=actor)
    proposal = AppointmentProposal(
        kind=ProposalKind.GRANT,
        user_id=new.user_id,
        role=new.role,
        office_id=new.office_id,
        schemes=list(new.schemes),
        stages=list(new.stages),
        valid_from=new.valid_from,
        valid_until=new.valid_until,
    )
    return _put_forward(proposal, reason, actor=actor, at=at)


def propose_end(appointment_id: int, *, reason: str, actor: Actor, at: datetime) -> str:
    """Ask that an appointment ends. Returns the proposal's public id."""
    held = db.session.get(Appointment, appointment_id)
    if held is None or held.office_id is None:
        raise NotFound(f"appointment {appointment_id}")
    user = db.session.get_one(User, held.user_id)
    findings = rules.own_findings(user.person_id, actor.person_id)
    if findings:
        raise RuleViolation(findings)
    proposal = AppointmentProposal(
        kind=ProposalKind.END,
        user_id=held.user_id,
        role=held.role,
        office_id=held.office_id,
        appointment_id=held.id,
        schemes=list(held.schemes),
        stages=list(held.stages),
        valid_from=held.valid_from,
        valid_until=held.valid_until,
    )
    return _put_forward(proposal, reason, actor=actor, at=at)


def confirm_proposal(public_id: str, *, seen_version: int | None, actor: Actor, at: datetime) -> None:
    """Let a proposal hold from now on: by another person than the one who proposed it and the one it is about."""
    proposal = _held(public_id, seen_version)
    user = db.session.get_one(User, proposal.user_id)
    findings = rules.confirming_findings(
        proposed_by=proposal.proposed_by_id, about=user.person_id, confirmed_by=actor.person_id
    )
    if findings:
        raise RuleViolation(findings)
    _decide(proposal, "confirm", actor=actor, at=at)
    if proposal.kind is ProposalKind.GRANT:
        appoint(_wanted(proposal), proposed_by=proposal.proposed_by, actor=actor, at=at)
    elif proposal.appointment_id is not None:
        end_appointment(proposal.appointment_id, reason=proposal.reason, actor=actor, at=at)


def refuse_proposal(public_id: str, *, reason: str, seen_version: int | None, actor: Actor, at: datetime) -> None:
    """Let a proposal come to nothing, and say why."""
    _decide(_held(public_id, seen_version), "refuse", reason=reason, actor=actor, at=at)


def _put_forward(proposal: AppointmentProposal, reason: str, *, actor: Actor, at: datetime) -> str:
    if queries.is_proposed(proposal):
        raise RuleViolation([rules.PROPOSED_ALREADY])
    proposal.state, proposal.reason = ProposalState.WAITING, reason
    proposal.proposed_by_id, proposal.proposed_by, proposal.created_at = actor.person_id, actor.name, at
    db.session.add(proposal)
    db.session.flush()
    user = db.session.get_one(User, proposal.user_id)
    details = {"proposal": proposal.public_id, "kind": proposal.kind.value, "role": proposal.role.value}
    record("propose_appointment", Subject("user", user.public_id), actor=actor, at=at, reason=reason, details=details)
    return proposal.public_id


def _decide(proposal: AppointmentProposal, action: str, *, reason: str = "", actor: Actor, at: datetime) -> None:
    before = proposal.state
    proposal.state = PROPOSALS.after(before, action)
    proposal.decided_by_id, proposal.decided_by, proposal.decided_at = actor.person_id, actor.name, at
    proposal.decision = reason
    user = db.session.get_one(User, proposal.user_id)
    details = {"proposal": proposal.public_id, "proposed_by": proposal.proposed_by, "on": beijing_date(at).isoformat()}
    record(
        f"{action}_appointment",
        Subject("user", user.public_id),
        actor=actor,
        at=at,
        change=(before, proposal.state),
        reason=reason,
        details=details,
    )


def _held(public_id: str, seen_version: int | None) -> AppointmentProposal:
    statement = select(AppointmentProposal).where(AppointmentProposal.public_id == public_id)
    held = statement.with_for_update(of=AppointmentProposal).execution_options(populate_existing=True)
    proposal = db.session.scalar(held)
    if proposal is None:
        raise NotFound(f"proposal {public_id}")
    if proposal.version != seen_version or proposal.state is not ProposalState.WAITING:
        raise Conflict("the proposal was decided meanwhile")
    return proposal


def _wanted(proposal: AppointmentProposal) -> NewAppointment:
    return NewAppointment(
        user_id=proposal.user_id,
        role=proposal.role,
        valid_from=proposal.valid_from,
        valid_until=proposal.valid_until,
        office_id=proposal.office_id,
        schemes=tuple(proposal.schemes),
        stages=tuple(proposal.stages),
    )
