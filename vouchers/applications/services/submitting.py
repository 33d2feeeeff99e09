"""Handing over, confirming a frozen snapshot, taking back, withdrawing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from vouchers.accounts.services import hold_duty
from vouchers.accounts.states import Duty
from vouchers.applications import queries, rules
from vouchers.applications.models import Application, Submission
from vouchers.applications.parts import CasePart, parts_of
from vouchers.applications.services.moving import advance
from vouchers.db.base import db
from vouchers.enterprises.rules import applying_findings
from vouchers.kernel.actor import Actor
from vouchers.kernel.canonical import digest
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.policy import releases
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.lifting import liftable, with_lifted
from vouchers.policy.rules.results import Decision, Result


@dataclass(frozen=True, slots=True)
class Preview:
    """How the application stands: the answer of the rules, what is still to be done, and the snapshot to confirm."""

    decision: Decision
    most: int  # in fen: what may be asked for, soft caps that may be lifted left aside
    findings: tuple[Finding, ...]
    snapshot: Mapping[str, Any]
    hash: str


def preview(application: Application, *, at: datetime) -> Preview:
    """The application as it would be submitted at this moment. Reads only."""
    on = decided_on(application, at)
    compiled = queries.compiled_of(application)
    kind = application.voucher_kind
    facts = queries.facts_for(application, on=on)
    decision = decide(compiled, kind, facts, on=on)
    documents = queries.documents_of(application)
    above = with_lifted(compiled, kind, facts, on)
    soft = "、".join(_says(application, liftable(compiled, kind, facts, on)))
    computed = _computed(application, decision)
    most = max(computed, _computed(application, above))
    asks_above = above is not None and _asks_above(application, computed)
    parts = parts_of(application, on=beijing_date(at))
    findings = [
        *rules.completeness_findings(
            decision,
            rules.asked_facts(compiled, kind),
            rules.asked_documents(compiled, kind, facts, on),
            documents.keys(),
        ),
        *rules.decision_findings(above if above is not None and asks_above else decision),
        *_requested_findings(application, decision, most, soft=soft),
        *(finding for part in parts for finding in part.findings),
    ]
    papers = {name: {"name": one.file.name, "sha256": one.file.sha256} for name, one in documents.items()}
    snapshot = _snapshot(application, decision, papers, parts, most=most)
    return Preview(decision, most, tuple(findings), snapshot, digest(snapshot))


def hand_over(public_id: str, *, seen_version: int, actor: Actor, at: datetime) -> Application:
    """Hand the finished draft to whoever may confirm it; every gap is told at once."""
    application = _own(public_id, actor, seen_version)
    findings = [*_entry_findings(application, at, is_preparing=True), *preview(application, at=at).findings]
    if findings:
        raise RuleViolation(findings)
    _enter(application, actor, at)
    advance(application, "hand_over", actor=actor, at=at)
    return application


def take_back(public_id: str, *, seen_version: int, actor: Actor, at: datetime) -> Application:
    """Open the draft again before it was confirmed."""
    application = _own(public_id, actor, seen_version)
    advance(application, "take_back", actor=actor, at=at)
    return application


def confirm(
    public_id: str, *, seen_version: int, seen_hash: str, actor: Actor, at: datetime, at_once: bool = False
) -> Application:
    """The authorised person confirms the snapshot: it is frozen, decided on, and submitted.

    `at_once` approves all that is asked for in the same act, where nothing is left to a person (即领即用).
    """
    application = _own(public_id, actor, seen_version)
    shown = preview(application, at=at)
    findings = [*_entry_findings(application, at), *shown.findings, *confirmer_findings(application, actor, at)]
    if findings:
        raise RuleViolation(findings)
    if shown.hash != seen_hash:
        raise Conflict("what was shown is not what would be confirmed")
    _enter(application, actor, at)
    if not releases.take(application.window):
        raise RuleViolation(rules.release_findings(0))
    application.submitted_at = at
    freeze(application, shown, actor=actor, at=at)
    if not at_once:
        advance(application, "confirm", actor=actor, at=at)
        return application
    if why_not_at_once(application, shown, at=at):
        raise Conflict("a person decides on this case")
    application.approved = application.requested
    advance(application, "confirm_at_once", actor=actor, at=at, reason=_ruled(application))
    return application


def why_not_at_once(application: Application, shown: Preview, *, at: datetime) -> list[Finding]:
    """What keeps a case of an instant intake with a person; every case where the pack has no instant intake."""
    compiled, kind, on = queries.compiled_of(application), application.voucher_kind, decided_on(application, at)
    intake = compiled.pack.process.intake(kind)
    if intake is None or intake.track != "instant":
        return [Finding("not-instant", "本方案的这个券种不办理即领即用。")]
    if compiled.pack.pays_directly(kind):
        return [Finding("paid-directly", "直接补助由审定人核定，不即时发放。")]
    papers = rules.asked_documents(compiled, kind, queries.facts_for(application, on=on), on)
    above = int(shown.snapshot["requested"]) > int(shown.snapshot["computed"])
    return [
        *([Finding("asks-above", "申请金额高于上限，是否放宽由工作人员决定。")] if above else []),
        *rules.at_once_findings(shown.decision, papers),
        *queries.asked_again(application, Phase.ISSUE, on=beijing_date(at)),
    ]


def _ruled(application: Application) -> str:
    """By which rule of the pack nobody examined: it stands in the event."""
    compiled = queries.compiled_of(application)
    intake = compiled.pack.process.intake(application.voucher_kind)
    return "" if intake is None else f"{intake.say}（{compiled.clauses.get(intake.id, '')}）"


def withdraw(public_id: str, *, seen_version: int, reason: str, actor: Actor, at: datetime) -> Application:
    """The applicant gives the application up; possible until it is approved."""
    application = _own(public_id, actor, seen_version)
    advance(application, "withdraw", actor=actor, at=at, reason=reason)
    return application


def confirmer_findings(application: Application, actor: Actor, at: datetime) -> list[Finding]:
    """Why this person may not confirm for the enterprise."""
    organisation_id = application.enterprise.organisation_id
    if actor.person_id is not None and parties.may_confirm(actor.person_id, organisation_id, on=beijing_date(at)):
        return []
    message = "只有法定代表人或持有授权委托书的人可以确认提交。"
    return [Finding("not-authorised", message, way="请由有权的人登录后确认，或在“单位资料”里补充授权委托书。")]


def freeze(application: Application, shown: Preview, *, actor: Actor, at: datetime) -> Submission:
    """Keep what was confirmed, and what the rules said to it."""
    if actor.person_id is None:
        raise NotPermitted("a person confirms")
    last = queries.last_submission(application)
    submission = Submission(
        application_id=application.id,
        revision=last.revision + 1 if last else 1,
        snapshot=dict(shown.snapshot),
        hash=shown.hash,
        confirmed_by=actor.name,
        confirmed_person_id=actor.person_id,
        at=at,
    )
    db.session.add(submission)
    application.decision = shown.decision.as_dict()
    application.tier = shown.decision.tier
    application.requested = shown.snapshot["requested"]
    application.computed = _computed(application, shown.decision)
    application.approved = None
    return submission


def decided_on(application: Application, at: datetime) -> date:
    """The day by which the rules are asked: that of the first submission, for good."""
    return beijing_date(application.submitted_at or at)


def _own(public_id: str, actor: Actor, seen_version: int) -> Application:
    application = queries.lock_own(public_id, actor.organisation_id)
    if application.version != seen_version:
        raise Conflict("the application changed meanwhile")
    return application


def _enter(application: Application, actor: Actor, at: datetime) -> None:
    if actor.person_id is None:
        raise NotPermitted("a person applies")
    hold_duty(application.public_id, actor.person_id, duty=Duty.ENTER, at=at)


def _entry_findings(application: Application, at: datetime, *, is_preparing: bool = False) -> list[Finding]:
    """What keeps a case out whatever it says: its window, and how its enterprise stands.

    Where vouchers are freed at an hour, all may be made ready before; only the confirmation waits for the hour.
    """
    window = application.window
    may_prepare = is_preparing and window.release is not None
    return [
        *applying_findings(application.enterprise.state),
        *rules.window_findings(window.opens_at, at, has_closed=policy.has_closed(window, at), may_prepare=may_prepare),
        *queries.not_listed(application.enterprise, window),
        *rules.release_findings(None if window.release is None else window.release.left),
    ]


def _computed(application: Application, decision: Decision | None) -> int:
    return rules.computed(policy.pack(application.scheme_version), decision) or 0


def _asks_above(application: Application, computed: int) -> bool:
    """Whether more is asked for than the caps leave, with a reason to lift them."""
    return bool(application.lift_reason) and application.requested > computed


def _requested_findings(application: Application, decision: Decision, most: int, *, soft: str) -> list[Finding]:
    """Whether so much may be asked for; once handed in, what is asked above what can be had falls to that."""
    if application.submitted_at or _awaits_base(decision):
        return []
    measure = queries.measure_of(application)
    asked, computed = application.requested, _computed(application, decision)
    has_reason = bool(application.lift_reason)
    return [
        *rules.whole_findings(asked, measure, field="requested"),
        *rules.requested_findings(asked, computed, most, soft=soft, has_reason=has_reason, measure=measure),
    ]


def _says(application: Application, caps: Collection[str]) -> list[str]:
    """The caps in their own words."""
    return [cap.say for cap in policy.pack(application.scheme_version).amount.caps if cap.id in caps]


def _awaits_base(decision: Decision) -> bool:
    """Whether the amount is worked out from what a reviewer will record: until then nobody can say how much it is."""
    return decision.result is Result.REVIEW and decision.amount is not None and decision.amount.maximum is None


def _requested(application: Application, computed: int, most: int, *, awaits: bool) -> int:
    """What is asked for: all that can be had, unless the applicant asked for less, or with a reason for more."""
    asked_all = not application.requested or (
        application.submitted_at and application.requested == application.computed
    )
    if asked_all:
        return computed
    if awaits:
        return application.requested
    return min(application.requested, most if _asks_above(application, computed) else computed)


def _snapshot(
    application: Application,
    decision: Decision,
    papers: Mapping[str, Any],
    parts: Sequence[CasePart],
    *,
    most: int,
) -> dict[str, Any]:
    organisation, version = application.enterprise.organisation, application.scheme_version
    awaits = _awaits_base(decision)
    computed = _computed(application, decision)
    requested = _requested(application, computed, most, awaits=awaits)
    is_above = requested > computed and not awaits
    above = {"lift_reason": application.lift_reason} if is_above else {}
    return {
        "number": application.number,
        "enterprise": {"name": organisation.name, "uscc": organisation.uscc or ""},
        "scheme": {"pack": version.scheme.pack_id, "version": version.number, "content_hash": version.content_hash},
        "window": application.window.title,
        "kind": application.voucher_kind,
        "requested": requested,
        **above,
        "computed": computed,
        "facts": dict(decision.facts),
        "documents": dict(papers),
        **{part.key: dict(part.snapshot) for part in parts},
        "decided_on": decision.on.isoformat(),
    }
