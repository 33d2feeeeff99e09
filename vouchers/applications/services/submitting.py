"""Handing over, confirming a frozen snapshot, taking back, withdrawing."""

from collections.abc import Mapping, Sequence
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
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.results import Decision


@dataclass(frozen=True, slots=True)
class Preview:
    """How the application stands: the answer of the rules, what is still to be done, and the snapshot to confirm."""

    decision: Decision
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
    computed, parts = _computed(decision), parts_of(application, on=beijing_date(at))
    findings = [
        *rules.completeness_findings(
            decision,
            rules.asked_facts(compiled, kind),
            rules.asked_documents(compiled, kind, facts, on),
            documents.keys(),
        ),
        *rules.decision_findings(decision),
        *([] if application.submitted_at else rules.requested_findings(application.requested, computed)),
        *(finding for part in parts for finding in part.findings),
    ]
    papers = {name: {"name": one.file.name, "sha256": one.file.sha256} for name, one in documents.items()}
    snapshot = _snapshot(application, decision, papers, parts)
    return Preview(decision, tuple(findings), snapshot, digest(snapshot))


def hand_over(public_id: str, *, seen_version: int, actor: Actor, at: datetime) -> Application:
    """Hand the finished draft to whoever may confirm it; every gap is told at once."""
    application = _own(public_id, actor, seen_version)
    findings = [*_entry_findings(application, at), *preview(application, at=at).findings]
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


def confirm(public_id: str, *, seen_version: int, seen_hash: str, actor: Actor, at: datetime) -> Application:
    """The authorised person confirms the snapshot: it is frozen, decided on, and submitted."""
    application = _own(public_id, actor, seen_version)
    shown = preview(application, at=at)
    findings = [*_entry_findings(application, at), *shown.findings, *confirmer_findings(application, actor, at)]
    if findings:
        raise RuleViolation(findings)
    if shown.hash != seen_hash:
        raise Conflict("what was shown is not what would be confirmed")
    _enter(application, actor, at)
    application.submitted_at = at
    freeze(application, shown, actor=actor, at=at)
    advance(application, "confirm", actor=actor, at=at)
    return application


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
    application.requested = _requested(application, _computed(shown.decision))
    application.computed = _computed(shown.decision)
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


def _entry_findings(application: Application, at: datetime) -> list[Finding]:
    """What keeps a case out whatever it says: its window, and how its enterprise stands."""
    window = application.window
    return [
        *applying_findings(application.enterprise.state),
        *rules.window_findings(window.opens_at, at, has_closed=policy.has_closed(window, at)),
        *queries.not_listed(application.enterprise, window),
    ]


def _computed(decision: Decision) -> int:
    return 0 if decision.amount is None or decision.amount.maximum is None else decision.amount.maximum


def _requested(application: Application, computed: int) -> int:
    """What is asked for: all that can be had, unless the applicant asked for less."""
    asked_all = not application.requested or (
        application.submitted_at and application.requested == application.computed
    )
    return computed if asked_all else min(application.requested, computed)


def _snapshot(
    application: Application, decision: Decision, papers: Mapping[str, Any], parts: Sequence[CasePart]
) -> dict[str, Any]:
    organisation, version = application.enterprise.organisation, application.scheme_version
    return {
        "number": application.number,
        "enterprise": {"name": organisation.name, "uscc": organisation.uscc or ""},
        "scheme": {"pack": version.scheme.pack_id, "version": version.number, "content_hash": version.content_hash},
        "window": application.window.title,
        "kind": application.voucher_kind,
        "requested": _requested(application, _computed(decision)),
        "computed": _computed(decision),
        "facts": dict(decision.facts),
        "documents": dict(papers),
        **{part.key: dict(part.snapshot) for part in parts},
        "decided_on": decision.on.isoformat(),
    }
