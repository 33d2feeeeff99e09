"""受理: the first look at a submitted case: accept, ask to mend named fields, or refuse with a clause."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vouchers.applications import queries as application_queries
from vouchers.applications import rules as application_rules
from vouchers.applications import services as applications
from vouchers.applications.services import CorrectionAsk
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.review import rules
from vouchers.review.queries import Case
from vouchers.review.services.authority import (
    check_authority,
    examine,
    held_case,
    process_of,
    say,
    seat_of_acceptance,
)
from vouchers.review.services.fast import skip_stages
from vouchers.review.states import Verdict


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to be mended, all at once."""

    fields: tuple[str, ...]
    message: str
    seen_version: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a case is refused: the rule of the pack, and in words."""

    rule: str
    reason: str
    seen_version: int


def accept(
    public_id: str,
    *,
    seen_version: int,
    actor: Actor,
    at: datetime,
    judgements: Mapping[str, Any] | None = None,
) -> None:
    """Accept a complete case into its first stage, or past those that a fast track of the pack leaves out.

    `judgements` are what a fast track asks whoever accepts.
    """
    application = held_case(public_id, seen_version)
    _authorise(application, actor, at)
    judged = dict(judgements or {})
    if judged:
        applications.judge(application, judged, actor=actor, at=at)
    skipped = skip_stages(application, judged, actor=actor, at=at)
    action, stage = application_rules.entry_stage(process_of(application), skipped)
    applications.advance(application, action, actor=actor, at=at, stage=stage)
    say(application, Verdict.PASS, "受理", stage=process_of(application).acceptance.id, actor=actor, at=at)


def ask_correction(public_id: str, correction: Correction, *, actor: Actor, at: datetime) -> None:
    """Ask the applicant to mend named fields before acceptance."""
    application = held_case(public_id, correction.seen_version)
    if application.stage:
        raise Conflict("the case was accepted already")
    findings = rules.reason_findings(correction.message)
    if findings:
        raise RuleViolation(findings)
    _authorise(application, actor, at)
    ask = CorrectionAsk(correction.fields, correction.message)
    applications.request_correction(application, ask, actor=actor, at=at)
    say(
        application,
        Verdict.CORRECTION,
        correction.message,
        stage=process_of(application).acceptance.id,
        actor=actor,
        at=at,
    )


def reject(public_id: str, rejection: Rejection, *, actor: Actor, at: datetime) -> None:
    """Refuse a case at the first look, by a rule of the pack."""
    application = held_case(public_id, rejection.seen_version)
    if application.stage:
        raise Conflict("the case was accepted already")
    reason = cited_reason(application, rejection.rule, rejection.reason)
    _authorise(application, actor, at)
    applications.advance(application, "reject", actor=actor, at=at, reason=reason)
    say(application, Verdict.REJECT, reason, stage=process_of(application).acceptance.id, actor=actor, at=at)


def cited_reason(application: Case, rule_id: str, reason: str) -> str:
    """The reason with the rule and clause it rests on; refused without either."""
    compiled = application_queries.compiled_of(application)
    rule = compiled.pack.rule(rule_id)
    findings = rules.reason_findings(reason)
    if rule is None:
        message = "没有选择依据的条款。"
        findings.append(Finding("rule-missing", message, way="请选择不符合的那一条。", field="rule"))
    if findings or rule is None:
        raise RuleViolation(findings)
    return f"{rule.say}（{compiled.clauses.get(rule.id, '')}）：{reason}"


def _authorise(application: Case, actor: Actor, at: datetime) -> None:
    check_authority(
        application, seat_of_acceptance(application), stage=process_of(application).acceptance.id, actor=actor, at=at
    )
    examine(application, actor=actor, at=at)
