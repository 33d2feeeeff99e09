"""会议审定: supported or not, and only as far as there is money to promise, held while it is looked at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from vouchers.applications import queries as application_queries
from vouchers.applications import rules as application_rules
from vouchers.applications import services as applications
from vouchers.applications.states import ApplicationState
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.review import queries, rules
from vouchers.review.queries import Case
from vouchers.review.services.authority import (
    check_authority,
    decide_on,
    deciding_seat,
    held_case,
    process_of,
    say,
    seat_of_stage,
)
from vouchers.review.states import Verdict

_BEFORE_MEETING = frozenset({ApplicationState.TO_DECIDE, ApplicationState.WAITING})


@dataclass(frozen=True, slots=True)
class MeetingDecision:
    """What a meeting decided on one case; `if_short` says what becomes of it when the money has run out."""

    meeting: str
    supports: bool
    reason: str
    seen_version: int
    if_short: Literal["wait", "end"] = "wait"


def decide_meeting(public_id: str, decision: MeetingDecision, *, actor: Actor, at: datetime) -> ApplicationState:
    """Record the meeting's decision; returns where the case stands now."""
    application = _before_meeting(public_id, decision.seen_version)
    findings = rules.reason_findings(decision.reason)
    if not decision.meeting.strip():
        findings.append(Finding("meeting-missing", "没有填写会议编号。", way="请填写会议纪要的编号。", field="meeting"))
    if findings:
        raise RuleViolation(findings)
    authorise(application, actor, at)
    applications.mark_decided(application, decision.meeting)
    amount = queries.latest_amount(application)
    if not decision.supports:
        applications.advance(application, "reject", actor=actor, at=at, reason=decision.reason)
        say(application, Verdict.REJECT, decision.reason, stage=application.stage, actor=actor, at=at)
        return application.state
    turn = turn_findings(application)
    if turn:
        raise RuleViolation(turn)
    shortage, rest = shortage_of(application, amount)
    if shortage is not None and not rest:
        return _put_off(application, decision, shortage, actor=actor, at=at)
    amount = rest if shortage is not None else amount
    applications.approve_amount(application, amount)
    applications.advance(application, "decide", actor=actor, at=at, reason=decision.reason)
    say(application, Verdict.PASS, decision.reason, stage=application.stage, actor=actor, at=at, amount=amount)
    return application.state


def run_out(public_id: str, *, seen_version: int, reason: str, actor: Actor, at: datetime) -> None:
    """End a case for which there will be no money."""
    application = _before_meeting(public_id, seen_version)
    findings = rules.reason_findings(reason)
    if findings:
        raise RuleViolation(findings)
    authorise(application, actor, at)
    applications.advance(application, "run_out", actor=actor, at=at, reason=reason)


def _before_meeting(public_id: str, seen_version: int) -> Case:
    application = held_case(public_id, seen_version)
    if application.state not in _BEFORE_MEETING:
        raise Conflict("the case does not wait for a meeting")
    return application


def authorise(application: Case, actor: Actor, at: datetime) -> None:
    """Refuse whoever may not decide: the seat of the deciding stage where the pack has one, else any decider."""
    stages = {stage.id: stage for stage in process_of(application).stages if stage.duty == "decide"}
    stage = stages.get(application.stage)
    seat = deciding_seat() if stage is None else seat_of_stage(stage)
    check_authority(application, seat, stage=application.stage, actor=actor, at=at)
    decide_on(application, actor=actor, at=at)


def shortage_of(application: Case, amount: int) -> tuple[Finding | None, int]:
    """By how much the envelope, less what is promised already, falls short, each layer for itself; and the rest.

    The rest is what is left of it in fen, where the pack gives who comes last the part that is left.
    """
    scheme_id = application.scheme_version.scheme_id
    left = queries.lock_envelopes(scheme_id, application.voucher_kind)
    promised = queries.promised_amounts(scheme_id, application.voucher_kind)
    amounts = application_queries.compiled_of(application).pack.amount
    funding = amounts.funding_of(application.voucher_kind)
    needed = application_rules.requires_whole_layers([*promised, amount], funding)
    short = rules.short_layers(left, needed)
    if not short:
        return None, 0
    rule = queries.rule_of(application)
    rest = application_rules.fitting(left, promised, funding) if rule is not None and rule.partly else 0
    measure = application_queries.measure_of(application)
    return rules.shortage(amount, short.values(), measure), measure.whole(rest)


def turn_findings(application: Case) -> list[Finding]:
    """Why a case whose kind is chosen among all at once cannot be supported alone, or not before others."""
    rule = queries.rule_of(application)
    if rule is None or not rule.at_once:
        return []
    entry = queries.entry_of(application)
    if entry is None:
        message = "本方案在窗口截止后对全部案件一并排序，不逐件审定。"
        return [Finding("ranked-at-once", message, way="请在“排序”页一并审定；不予支持的可以逐件登记。")]
    findings, before = [], queries.reserves_before(entry)
    if before:
        message = "{numbers} 在候补名单里排在前面。"
        findings.append(Finding("reserve-before", message, {"numbers": "、".join(before)}, "请按候补次序办理。"))
    if rule.slots is not None and queries.slots_taken(application.window, rule) >= rule.slots:
        way = "有入选案件退出后，才能由候补递补。"
        findings.append(Finding("no-slot", "名额 {slots} 个已满。", {"slots": rule.slots}, way))
    return findings


def _put_off(
    application: Case, decision: MeetingDecision, shortage: Finding, *, actor: Actor, at: datetime
) -> ApplicationState:
    if decision.if_short == "wait" and application.state is ApplicationState.WAITING:
        raise RuleViolation([shortage])
    action = "queue" if decision.if_short == "wait" else "run_out"
    applications.mark_outcome(application, reason=shortage.text)
    applications.advance(application, action, actor=actor, at=at, reason=shortage.text)
    return application.state
