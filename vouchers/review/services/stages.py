"""One function for every stage of every pack: pass with an amount, ask to mend, or refuse with a clause."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vouchers.applications import queries as application_queries
from vouchers.applications import rules as application_rules
from vouchers.applications import services as applications
from vouchers.applications.services import CorrectionAsk
from vouchers.applications.states import ApplicationState
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.policy.pack.process import Stage
from vouchers.review import queries, rules
from vouchers.review.queries import Case
from vouchers.review.services.acceptance import cited_reason
from vouchers.review.services.authority import (
    check_authority,
    examine,
    held_case,
    part_of,
    process_of,
    say,
    seat_of_stage,
    stage_of,
)
from vouchers.review.services.scoring import scoring_findings
from vouchers.review.states import Verdict


@dataclass(frozen=True, slots=True)
class StageDecision:
    """A verdict in a stage. No `amount` keeps it as it stands; `fields` go with a correction, `rule` with a no."""

    stage: str
    verdict: Verdict
    reason: str
    seen_version: int
    amount: int | None = None
    judgements: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    rule: str = ""


def decide(public_id: str, decision: StageDecision, *, actor: Actor, at: datetime) -> None:
    """Record the verdict of a stage and move the case on."""
    application = held_case(public_id, decision.seen_version)
    if application.state is not ApplicationState.IN_STAGE or application.stage != decision.stage:
        raise Conflict("the case is not in this stage")
    stage = stage_of(application)
    findings = rules.reason_findings(decision.reason)
    if findings:
        raise RuleViolation(findings)
    check_authority(application, seat_of_stage(stage), stage=stage.id, actor=actor, at=at)
    examine(application, part=part_of(application, stage), actor=actor, at=at)
    match decision.verdict:
        case Verdict.PASS:
            _pass(application, stage, decision, actor=actor, at=at)
        case Verdict.CORRECTION:
            ask = CorrectionAsk(decision.fields, decision.reason)
            applications.request_correction(application, ask, actor=actor, at=at)
            say(application, decision.verdict, decision.reason, stage=stage.id, actor=actor, at=at)
        case Verdict.REJECT:
            reason = cited_reason(application, decision.rule, decision.reason)
            applications.advance(application, "reject", actor=actor, at=at, reason=reason)
            say(application, decision.verdict, reason, stage=stage.id, actor=actor, at=at)


def _pass(application: Case, stage: Stage, decision: StageDecision, *, actor: Actor, at: datetime) -> None:
    before = application.approved
    decided = applications.judge(application, decision.judgements, actor=actor, at=at)
    most = applications.most_of(application)
    amount = decision.amount if decision.amount is not None else min(queries.latest_amount(application), most)
    findings = [
        *rules.pass_findings(decided),
        *rules.lift_findings(is_open=application_queries.open_lift(application) is not None),
        *scoring_findings(application, stage),
        *rules.amount_findings(
            amount,
            most,
            before,
            may_reduce=stage.may_reduce,
            reason=decision.reason,
            measure=application_queries.measure_of(application),
        ),
    ]
    if findings:
        raise RuleViolation(findings)
    applications.approve_amount(application, amount)
    action, following = application_rules.next_stage(
        process_of(application), stage.id, {one.stage for one in queries.skipped_of(application.id)}
    )
    applications.advance(application, action, actor=actor, at=at, reason=decision.reason, stage=following)
    say(
        application,
        decision.verdict,
        decision.reason,
        stage=stage.id,
        actor=actor,
        at=at,
        amount=amount,
        judgements=dict(decision.judgements),
    )
