"""What reviewing writes on a case: judged facts, the approved amount, the meeting, the document number."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vouchers.applications import queries, rules
from vouchers.applications.models import Application
from vouchers.applications.services.lifts import most_of
from vouchers.applications.services.moving import SUBJECT
from vouchers.audit.services import Subject, record
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import FactType, FactValue, Supplier
from vouchers.policy.rules.lifting import LIFTED
from vouchers.policy.rules.results import Decision


def judge(application: Application, judgements: Mapping[str, Any], *, actor: Actor, at: datetime) -> Decision:
    """Add what a reviewer had to judge to the facts of the stored decision, and decide again on the same day."""
    stored = queries.decision_of(application)
    if stored is None:
        raise Conflict("nothing was submitted yet")
    compiled = queries.compiled_of(application)
    strangers = [
        name
        for name in judgements
        if name not in compiled.vocabulary
        or compiled.vocabulary[name].supplier is not Supplier.REVIEWER
        or name.startswith(LIFTED)
    ]
    if strangers:
        raise Conflict(f"not for a reviewer to judge: {', '.join(strangers)}")
    if not judgements:
        return stored
    raw = {**stored.facts, **judgements}
    facts = {name: _read(compiled.vocabulary[name], value) for name, value in raw.items()}
    decision = decide(compiled, application.voucher_kind, facts, on=stored.on)
    application.answers = {**application.answers, **judgements}
    application.decision = decision.as_dict()
    application.computed = rules.computed(compiled.pack, decision) or 0
    if not application.requested:  # asked for all that can be had, before anybody could say how much that is
        application.requested = application.computed
    subject = Subject(SUBJECT, application.public_id)
    record("application.judge", subject, actor=actor, at=at, details={"judgements": dict(judgements)})
    return decision


def _read(fact: FactType, value: Any) -> FactValue:
    try:
        return fact.read(value)
    except ValueError as problem:
        params = {"label": fact.label, "why": str(problem)}
        raise RuleViolation([Finding("judgement-unfit", "“{label}”：{why}。", params, field="verdict")]) from None


def approve_amount(application: Application, amount: int) -> None:
    """Set the approved amount; never above what was computed or asked for."""
    most, measure = most_of(application), queries.measure_of(application)
    found = rules.whole_findings(amount, measure, field="amount")
    if found:
        raise RuleViolation(found)
    if not 0 < amount <= most:
        message, params = "核定金额应大于零且不高于 {most}。", {"most": measure.said(most)}
        raise RuleViolation([Finding("amount-outside", message, params, "请修改核定金额。", field="amount")])
    application.approved = amount


def mark_decided(application: Application, meeting: str) -> None:
    """Keep the number of the meeting that decided."""
    application.meeting = meeting


def mark_outcome(application: Application, *, approval_number: str = "", reason: str = "") -> None:
    """Keep the document number of the approval, or why the case waits."""
    if approval_number:
        application.approval_number = approval_number
    if reason:
        application.outcome_reason = reason
