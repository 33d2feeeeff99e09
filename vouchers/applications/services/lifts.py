"""Lifting a soft cap for one case: one person proposes it with a reason, another decides; who may, review asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from vouchers.applications import queries, rules
from vouchers.applications.models import Application, CapLift
from vouchers.applications.services.moving import SUBJECT
from vouchers.applications.states import LIFTS, LiftState
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.lifting import LIFTED, liftable

_OPEN = Finding("lift-open", "本案有一项放宽还在等第二人决定。", way="请先由另一位工作人员决定。")
_SAME = Finding("lift-same-person", "提出放宽和决定放宽不能是同一人。", way="请由另一位工作人员决定。")


@dataclass(frozen=True, slots=True)
class Lift:
    """A proposal: which cap, the most that may be granted to the case in all (fen), and why."""

    cap: str
    amount: int
    reason: str


def propose_lift(application: Application, lift: Lift, *, actor: Actor, at: datetime) -> CapLift:
    """Propose to lift a soft cap for this case; nothing is lifted yet."""
    findings = [*_lift_findings(application, lift), *([_OPEN] if queries.open_lift(application) else [])]
    if findings:
        raise RuleViolation(findings)
    made = CapLift(
        application_id=application.id,
        cap=lift.cap,
        amount=lift.amount,
        state=LiftState.PROPOSED,
        reason=lift.reason.strip(),
        proposed_by_id=_person(actor),
        proposed_by=actor.name,
        proposed_at=at,
        answer="",
        decided_by="",
        created_at=at,
    )
    db.session.add(made)
    db.session.flush()
    _note(application, made, "lift_propose", before="", actor=actor, at=at)
    return made


def decide_lift(application: Application, answer: str, *, grants: bool, actor: Actor, at: datetime) -> CapLift:
    """Grant or refuse what another person proposed; once granted the case is decided anew, on the same day."""
    lift = queries.open_lift(application)
    if lift is None:
        raise Conflict("nothing waits to be lifted")
    if lift.proposed_by_id == _person(actor):
        raise RuleViolation([_SAME])
    before = lift.state
    lift.state = LIFTS.after(before, "grant" if grants else "refuse")
    lift.answer, lift.decided_by_id, lift.decided_by, lift.decided_at = answer.strip(), actor.person_id, actor.name, at
    db.session.flush()
    if grants:
        _decide_anew(application, lift.cap)
    act = "lift_grant" if grants else "lift_refuse"
    _note(application, lift, act, before=before.value, actor=actor, at=at)
    return lift


def most_of(application: Application) -> int:
    """The most that may be approved, in fen: what was computed, asked for, and lifted to."""
    return min([application.computed, application.requested, *_lifted_to(application)])


def _lifted_to(application: Application) -> Iterable[int]:
    return queries.granted_lifts(application.public_id).values()


def _decide_anew(application: Application, cap: str) -> None:
    stored = queries.decision_of(application)
    if stored is None:
        raise Conflict("nothing was submitted yet")
    compiled = queries.compiled_of(application)
    facts = {name: compiled.vocabulary[name].read(value) for name, value in stored.facts.items()}
    decision = decide(compiled, application.voucher_kind, {**facts, f"{LIFTED}{cap}": True}, on=stored.on)
    application.decision = decision.as_dict()
    application.computed = rules.computed(compiled.pack, decision) or 0
    db.session.flush()


def _lift_findings(application: Application, lift: Lift) -> list[Finding]:
    stored, compiled = queries.decision_of(application), queries.compiled_of(application)
    if stored is None:
        raise Conflict("nothing was submitted yet")
    facts = {name: compiled.vocabulary[name].read(value) for name, value in stored.facts.items()}
    findings = []
    if lift.cap not in liftable(compiled, application.voucher_kind, facts, stored.on):
        message = "这项上限在本案不能放宽：方案没有写可以放宽，不符合放宽的条件，或已经放宽。"
        findings.append(Finding("lift-not-allowed", message, way="请选择可以放宽的上限。", field="cap"))
    if not application.computed < lift.amount <= application.requested:
        params = {"computed": format_yuan(application.computed), "requested": format_yuan(application.requested)}
        message = "放宽后的最高金额应高于现在可给的 {computed}，不超过申请的 {requested}。"
        way = "申请金额没有超过上限的，不需要放宽。"
        findings.append(Finding("lift-amount", message, params, way, field="amount"))
    if not lift.reason.strip():
        findings.append(Finding("lift-reason", "没有写放宽的理由。", way="请写明理由。", field="reason"))
    return findings


def _note(application: Application, lift: CapLift, act: str, *, before: str, actor: Actor, at: datetime) -> None:
    details = {"cap": lift.cap, "amount": lift.amount, "lift": lift.public_id}
    subject, change = Subject(SUBJECT, application.public_id), (before, lift.state.value)
    reason = lift.answer or lift.reason
    record(f"{SUBJECT}.{act}", subject, actor=actor, at=at, change=change, reason=reason, details=details)


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotPermitted("caps are lifted by persons")
    return actor.person_id
