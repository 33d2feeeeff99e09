"""Opening a notice over decided cases, ending it when its last day has passed, and taking it down before."""

from dataclasses import dataclass
from datetime import datetime

from vouchers.applications import queries as applications
from vouchers.applications.services import advance
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.numbers import next_number
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.workdays import WorkCalendar
from vouchers.notices import queries, rules
from vouchers.notices.models import NoticeEntry, PublicNotice
from vouchers.notices.states import NOTICES, NoticeState
from vouchers.policy import queries as policy

SUBJECT = "notice"
_PORTION = 20


@dataclass(frozen=True, slots=True)
class NewNotice:
    """Which decided cases to show, under which title."""

    title: str
    cases: tuple[str, ...]


def open_notice(new: NewNotice, *, actor: Actor, at: datetime) -> PublicNotice:
    """Show decided cases to everybody, for as many working days as their pack says."""
    on = beijing_date(at)
    locked = [applications.lock(public_id) for public_id in sorted(set(new.cases))]  # everybody's order of locks
    cases = sorted(locked, key=lambda case: case.number)  # and the order in which they are read
    processes = [applications.compiled_of(case).pack.process for case in cases]
    days = {process.notice.working_days if process.notice else None for process in processes}
    findings = rules.selection_findings(len(cases), days)
    if len({case.scheme_version.scheme_id for case in cases}) > 1:
        message = "一期公示只能列同一方案的案件。"
        findings.append(Finding("notice-schemes-differ", message, way="请按方案分开公示。", field="cases"))
    if findings:
        raise RuleViolation(findings)
    scheme = cases[0].scheme_version.scheme
    policy.confirm_covered(scheme, actor, on=on)
    closes_on, is_provisional = rules.last_day(policy.work_calendar(), on, max(day or 0 for day in days))
    notice = PublicNotice(
        number=next_number("GS", year=on.year, office_id=scheme.office_id),
        scheme_id=scheme.id,
        title=new.title,
        state=NoticeState.OPEN,
        opens_on=on,
        closes_on=closes_on,
        is_provisional=is_provisional,
        opened_by=actor.name,
        created_at=at,
    )
    db.session.add(notice)
    db.session.flush()
    details = {"number": notice.number, "cases": [case.number for case in cases], "until": closes_on.isoformat()}
    record("notice.open", Subject(SUBJECT, notice.public_id), actor=actor, at=at, change=("", "open"), details=details)
    for case in cases:
        _enter(notice, case.public_id, actor=actor, at=at)
    return notice


def withdraw_notice(public_id: str, reason: str, *, seen_version: int, actor: Actor, at: datetime) -> PublicNotice:
    """Take a running notice down; its cases wait for another one, those objected to once that is settled."""
    notice = queries.lock(public_id)
    policy.confirm_covered(notice.scheme, actor, on=beijing_date(at))
    if notice.version != seen_version:
        raise Conflict("the notice changed since the page was shown")
    if not reason.strip():
        message = "没有写撤下原因。"
        raise RuleViolation(
            [Finding("withdrawal-unexplained", message, way="请写明原因，公开页面会显示。", field="reason")]
        )
    before = notice.state
    notice.state = NOTICES.after(before, "withdraw")
    notice.version += 1
    notice.withdrawn_at, notice.withdrawn_reason = at, reason
    subject, change = Subject(SUBJECT, notice.public_id), (before, notice.state)
    record("notice.withdraw", subject, actor=actor, at=at, change=change, reason=reason)
    for case_id in queries.on_notice(notice.id):
        advance(applications.lock(case_id), "withdraw_notice", actor=actor, at=at, reason=reason)
    return notice


def settle_notice_days(*, actor: Actor, at: datetime, calendar: WorkCalendar | None = None) -> int:
    """Set the last day of notices that was a guess, once the working days of its year are published."""
    settled = 0
    for public_id in queries.provisional():
        notice = queries.lock(public_id)
        cases = [applications.lock(case_id) for case_id in queries.on_notice(notice.id)]
        days = [applications.compiled_of(case).pack.process.notice for case in cases]
        longest = max((one.working_days or 0 for one in days if one), default=0)
        day, is_provisional = rules.last_day(calendar or policy.work_calendar(), notice.opens_on, longest)
        if is_provisional or not longest:
            continue
        details = {"guessed": notice.closes_on.isoformat(), "until": day.isoformat()}
        notice.closes_on, notice.is_provisional, notice.version = day, False, notice.version + 1
        record("notice.settle_day", Subject(SUBJECT, notice.public_id), actor=actor, at=at, details=details)
        settled += 1
    return settled


def end_due(*, actor: Actor, at: datetime) -> int:
    """End notices whose last day has passed; cases without an open objection move on. One portion."""
    found = queries.ended_by(beijing_date(at), _PORTION)
    for public_id in found:
        notice = queries.lock(public_id)
        before = notice.state
        notice.state = NOTICES.after(before, "end")
        notice.version += 1
        subject = Subject(SUBJECT, notice.public_id)
        record("notice.end", subject, actor=actor, at=at, change=(before, notice.state))
        for case_id in queries.on_notice(notice.id):
            advance(applications.lock(case_id), "end_notice", actor=actor, at=at)
    return len(found)


def _enter(notice: PublicNotice, case_id: str, *, actor: Actor, at: datetime) -> None:
    case = applications.lock(case_id)
    organisation = case.enterprise.organisation
    db.session.add(
        NoticeEntry(
            notice_id=notice.id,
            application_id=case.id,
            name=rules.public_name(organisation.name, is_natural_person=organisation.uscc is None),
            voucher_kind=case.voucher_kind,
            amount=case.approved or 0,
        )
    )
    advance(case, "open_notice", actor=actor, at=at, reason=notice.number)
