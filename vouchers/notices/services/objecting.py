"""Objections: anybody lodges one while the notice runs; an officer settles it."""

from dataclasses import dataclass
from datetime import datetime

from vouchers.accounts.services import hold_duty
from vouchers.accounts.states import Duty, Role
from vouchers.applications import queries as applications
from vouchers.applications.services import advance
from vouchers.applications.states import ApplicationState
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.messages.services import enqueue, to_office
from vouchers.notices import queries, rules
from vouchers.notices.models import Objection
from vouchers.notices.states import OBJECTIONS, NoticeState, ObjectionState
from vouchers.parties import services as parties
from vouchers.policy import queries as policy
from vouchers.review.rules import Seat
from vouchers.review.services import check_authority

_SUBJECT = "objection"
_AFTER_NOTICE = {NoticeState.ENDED: "end_notice", NoticeState.WITHDRAWN: "withdraw_notice"}
"""Where a case goes on whose notice was over before its objection was settled."""


@dataclass(frozen=True, slots=True)
class NewObjection:
    """What somebody says against an entry; who they are is theirs to say."""

    entry: str
    text: str
    contact_name: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whether an objection holds, and why."""

    upholds: bool
    text: str
    seen_version: int


def lodge_objection(new: NewObjection, *, actor: Actor, at: datetime) -> Objection:
    """Put an objection on record; while it is open the case cannot be approved."""
    entry = queries.get_entry(new.entry)
    notice = queries.lock(queries.notice_of(entry).public_id)  # the notice before its cases, as where it ends
    case = applications.lock(entry.application.public_id)
    is_open = notice.state is NoticeState.OPEN
    term = queries.term_of(entry, notice)
    findings = rules.objection_findings(notice.closes_on, beijing_date(at), is_open=is_open, term=term)
    if not new.text.strip():
        findings.append(Finding("objection-empty", "没有写异议内容。", way="请写明事实和理由。", field="text"))
    if findings:
        raise RuleViolation(findings)
    objection = Objection(
        entry_id=entry.id,
        state=ObjectionState.OPEN,
        text=new.text,
        contact_name=new.contact_name or None,
        contact=new.contact or None,
        lodged_at=at,
        created_at=at,
    )
    db.session.add(objection)
    db.session.flush()
    subject = Subject(_SUBJECT, objection.public_id)
    due = queries.answer_due(objection, term)
    details = {"notice": notice.number, "case": case.public_id} | ({"due": due.isoformat()} if due else {})
    record("objection.lodge", subject, actor=actor, at=at, change=("", ObjectionState.OPEN), details=details)
    if case.state is ApplicationState.ON_NOTICE:
        advance(case, "object", actor=actor, at=at)
    office = to_office(case.scheme_version.scheme.office_id, Role.REVIEWER)
    params = {"notice": notice.number, "name": entry.name}
    enqueue("objection_lodged", params, to=office, at=at, link=f"/office/objections/{objection.public_id}")
    return objection


def resolve(public_id: str, resolution: Resolution, *, actor: Actor, at: datetime) -> Objection:
    """Settle an objection: dismissed, the case goes on; upheld, it ends."""
    if actor.person_id is None:
        raise NotPermitted("a person settles objections")
    entry = queries.get_objection(public_id).entry
    notice = queries.lock(queries.notice_of(entry).public_id)
    case = applications.lock(entry.application.public_id)
    check_authority(case, Seat(Role.REVIEWER, None), stage="", actor=actor, at=at)
    objection = queries.lock_objection(public_id)
    if objection.version != resolution.seen_version:
        raise Conflict("the objection was settled meanwhile")
    if not resolution.text.strip():
        message = "没有写处理意见。"
        raise RuleViolation([Finding("resolution-empty", message, way="请写明核实情况和结论。", field="text")])
    days = policy.recusal_days(case.scheme_version)
    parties.check_impartial([case.enterprise.organisation_id], actor=actor, at=at, former_days=days)
    hold_duty(case.public_id, actor.person_id, duty=Duty.EXAMINE, at=at)
    before = objection.state
    action = "uphold" if resolution.upholds else "dismiss"
    objection.state = OBJECTIONS.after(before, action)
    objection.version += 1
    objection.resolution, objection.resolved_by, objection.resolved_at = resolution.text, actor.name, at
    db.session.flush()
    subject = Subject(_SUBJECT, objection.public_id)
    change = (before, objection.state)
    due = queries.answer_due(objection, queries.term_of(entry, notice))
    late = {"due": due.isoformat(), "late": beijing_date(at) > due} if due else {}
    record(f"objection.{action}", subject, actor=actor, at=at, change=change, reason=resolution.text, details=late)
    if case.state is ApplicationState.OBJECTED:
        _move_on(case.public_id, resolution, notice=notice.state, actor=actor, at=at)
    return objection


def _move_on(case_id: str, resolution: Resolution, *, notice: NoticeState, actor: Actor, at: datetime) -> None:
    case = applications.lock(case_id)
    if resolution.upholds:
        advance(case, "reject", actor=actor, at=at, reason=f"公示异议成立：{resolution.text}")
    elif not queries.open_objections(case.id):
        advance(case, "dismiss_objection", actor=actor, at=at, reason=resolution.text)
        if notice in _AFTER_NOTICE:
            advance(case, _AFTER_NOTICE[notice], actor=actor, at=at, reason=resolution.text)
