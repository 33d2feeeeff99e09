"""补正: named fields are opened, the clock stops, the applicant mends and submits again, or the case lapses."""

from dataclasses import dataclass
from datetime import datetime

from vouchers.applications import queries, rules
from vouchers.applications.models import Application, CorrectionRequest
from vouchers.applications.parts import parts_of
from vouchers.applications.services.moving import advance
from vouchers.applications.services.submitting import confirmer_findings, freeze, preview
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.workdays import WorkCalendar
from vouchers.policy import queries as policy

_PORTION = 50


@dataclass(frozen=True, slots=True)
class CorrectionAsk:
    """What the applicant is to mend: names of facts and documents, all at once, and why."""

    fields: tuple[str, ...]
    message: str


def request_correction(application: Application, ask: CorrectionAsk, *, actor: Actor, at: datetime) -> None:
    """Open named fields of a locked case and stop its clock; as often as the pack allows."""
    rule = queries.compiled_of(application).pack.process.correction
    findings = _ask_findings(application, ask, at=at)
    if len(queries.corrections_of(application)) >= rule.times:
        message = "本方案最多补正 {times} 次，已经用完。"
        findings.append(
            Finding("corrections-used-up", message, {"times": rule.times}, "请直接作出通过或不予通过的意见。")
        )
    if findings:
        raise RuleViolation(findings)
    deadline = policy.work_calendar().after(beijing_date(at), rule.working_days)
    db.session.add(
        CorrectionRequest(
            application_id=application.id,
            stage=application.stage,
            fields=sorted(set(ask.fields)),
            message=ask.message,
            requested_by=actor.name,
            requested_at=at,
            due_on=deadline.day,
        )
    )
    application.due_on, application.due_is_provisional = deadline.day, deadline.is_provisional
    advance(application, "request_correction", actor=actor, at=at, reason=ask.message)


def resubmit(public_id: str, *, seen_version: int, seen_hash: str, actor: Actor, at: datetime) -> Application:
    """The authorised person confirms the mended application; it goes back to where it was."""
    application = queries.lock_own(public_id, actor.organisation_id)
    correction = queries.open_correction(application)
    if application.version != seen_version or correction is None:
        raise Conflict("the application changed meanwhile")
    shown = preview(application, at=at)
    findings = [*_overdue_findings(correction, at), *shown.findings, *confirmer_findings(application, actor, at)]
    if findings:
        raise RuleViolation(findings)
    if shown.hash != seen_hash:
        raise Conflict("what was shown is not what would be confirmed")
    correction.answered_at = at
    freeze(application, shown, actor=actor, at=at)
    action = "resubmit_to_stage" if correction.stage else "resubmit"
    advance(application, action, actor=actor, at=at)
    return application


def settle_correction_days(*, actor: Actor, at: datetime, calendar: WorkCalendar | None = None) -> int:
    """Set the last day of corrections that was a guess, once the working days of its year are published."""
    settled = 0
    for public_id in queries.provisional_corrections():
        application = queries.lock(public_id)
        correction = queries.open_correction(application)
        if correction is None:
            continue
        term = queries.compiled_of(application).pack.process.correction.working_days
        deadline = (calendar or policy.work_calendar()).after(beijing_date(correction.requested_at), term)
        if deadline.is_provisional:
            continue
        details = {"guessed": str(correction.due_on), "until": deadline.day.isoformat()}
        correction.due_on = application.due_on = deadline.day
        application.due_is_provisional = False
        subject = Subject("application", application.public_id)
        record("application.settle_day", subject, actor=actor, at=at, details=details)
        settled += 1
    return settled


def lapse_due(*, actor: Actor, at: datetime) -> int:
    """Let cases lapse whose correction did not come in time; one portion."""
    found = queries.overdue_corrections(beijing_date(at), _PORTION)
    for public_id in found:
        advance(queries.lock(public_id), "lapse", actor=actor, at=at, reason="逾期未补正")
    return len(found)


def _ask_findings(application: Application, ask: CorrectionAsk, *, at: datetime) -> list[Finding]:
    on = beijing_date(at)
    compiled = queries.compiled_of(application)
    facts = queries.facts_for(application, on=on)
    known = {one.fact.name for one in rules.asked_facts(compiled, application.voucher_kind)}
    known |= {one.id for one in rules.asked_documents(compiled, application.voucher_kind, facts, on)}
    known |= {part.key for part in parts_of(application, on=on)}
    findings = []
    if not ask.fields:
        message = "请至少选择一项需要补正的内容。"
        findings.append(Finding("correction-empty", message, way="申请人只能修改选中的内容。", field="fields"))
    if unknown := sorted(set(ask.fields) - known):
        params = {"names": "、".join(unknown)}
        findings.append(
            Finding("correction-unknown", "本申请没有这些内容：{names}。", params, "请刷新页面。", field="fields")
        )
    return findings


def _overdue_findings(correction: CorrectionRequest, at: datetime) -> list[Finding]:
    if correction.due_on is None or beijing_date(at) <= correction.due_on:
        return []
    message = "补正期限 {day} 已过。"
    params = {"day": correction.due_on.isoformat()}
    return [Finding("correction-overdue", message, params, "请在下一批窗口重新申领。")]
