"""批复: the approval under its 文号, once the notice ended without an open objection."""

from dataclasses import dataclass
from datetime import datetime

from vouchers.accounts.services import hold_duty
from vouchers.accounts.states import Duty, Role
from vouchers.applications import queries as applications
from vouchers.applications import services
from vouchers.applications.states import ApplicationState
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.notices import queries, rules
from vouchers.review.rules import Seat
from vouchers.review.services import check_authority


@dataclass(frozen=True, slots=True)
class Approval:
    """The document number of the approval."""

    number: str
    seen_version: int


def approve(public_id: str, approval: Approval, *, actor: Actor, at: datetime) -> None:
    """Approve a case; it is then ready to be issued."""
    case = applications.lock(public_id)
    if case.version != approval.seen_version:
        raise Conflict("the case changed meanwhile")
    if actor.person_id is None:
        raise NotPermitted("a person approves")
    findings = rules.open_objections_finding([case.number] if queries.open_objections(case.id) else [])
    if not approval.number.strip():
        findings.append(Finding("number-missing", "没有填写文号。", way="请填写批复文件的文号。", field="number"))
    wants_notice = applications.compiled_of(case).pack.process.notice is not None
    if case.state is ApplicationState.DECIDED and wants_notice:
        message = "本方案要求先公示，{number} 还没有公示。"
        findings.append(Finding("notice-first", message, {"number": case.number}, "请先公示，期满后再批复。"))
    if findings:
        raise RuleViolation(findings)
    check_authority(case, Seat(Role.DECIDER, None), stage="", actor=actor, at=at)
    hold_duty(case.public_id, actor.person_id, duty=Duty.DECIDE, at=at)
    services.mark_outcome(case, approval_number=approval.number)
    action = "approve_without_notice" if case.state is ApplicationState.DECIDED else "approve"
    services.advance(case, action, actor=actor, at=at, reason=approval.number)
