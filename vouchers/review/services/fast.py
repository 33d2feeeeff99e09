"""应急快速通道: stages that a condition lets a case leave out at acceptance, named, recorded, and made good in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vouchers.accounts.states import Role
from vouchers.applications import queries as applications
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.messages import services as messages
from vouchers.policy import queries as policy
from vouchers.policy.pack.process import Stage
from vouchers.review import queries, rules
from vouchers.review.models import SkippedStage
from vouchers.review.queries import Case
from vouchers.review.services.authority import (
    check_authority,
    examine,
    part_of,
    process_of,
    say,
    seat_of_stage,
    seated_offices,
)
from vouchers.review.states import Verdict

_PORTION = 100


@dataclass(frozen=True, slots=True)
class MakeGood:
    """What the stage would have said, after the fact."""

    is_in_order: bool
    reason: str


def skip_stages(application: Case, judgements: Mapping[str, Any], *, actor: Actor, at: datetime) -> frozenset[str]:
    """Leave out the stages of the first fast track whose condition holds; the keys of what is left out.

    Nothing is left out while a rule is open: a stage would have had to answer it before anybody decides.
    """
    track, decision = queries.fast_track_for(application, judgements), applications.decision_of(application)
    if track is None or decision is None or rules.pass_findings(decision):
        return frozenset()
    if not 0 < application.requested <= application.computed:  # an amount that somebody has to find first
        return frozenset()
    compiled = applications.compiled_of(application)
    deadline = policy.work_calendar().after(beijing_date(at), track.made_good_within)
    known = {one.stage for one in queries.skipped_of(application.id)}  # of an earlier acceptance
    for key in (key for key in track.skips if key not in known):
        db.session.add(
            SkippedStage(
                application_id=application.id,
                stage=key,
                rule=track.id,
                skipped_at=at,
                due_on=deadline.day,
                due_is_provisional=deadline.is_provisional,
            )
        )
    db.session.flush()
    reason = f"{track.say}（{compiled.clauses.get(track.id, '')}）"
    details = {"rule": track.id, "stages": list(track.skips), "due": deadline.day.isoformat()}
    subject = Subject("application", application.public_id)
    record("application.skip_stages", subject, actor=actor, at=at, reason=reason, details=details)
    return frozenset(track.skips)


def make_good(public_id: str, given: MakeGood, *, actor: Actor, at: datetime) -> None:
    """Examine afterwards what a fast track left out; a doubt goes to whoever may freeze or void the voucher."""
    skipped = queries.lock_skipped(public_id)
    application = applications.lock(skipped.application.public_id)
    if skipped.made_good_at is not None:
        raise Conflict("made good already")
    findings = rules.reason_findings(given.reason)
    if findings:
        raise RuleViolation(findings)
    stage = process_of(application).stage(skipped.stage)
    check_authority(application, seat_of_stage(stage), stage=stage.id, actor=actor, at=at)
    examine(application, part=part_of(application, stage), actor=actor, at=at)
    skipped.made_good_at = at
    verdict = Verdict.PASS if given.is_in_order else Verdict.REJECT
    say(application, verdict, given.reason, stage=stage.id, actor=actor, at=at)
    subject = Subject("application", application.public_id)
    details = {"stage": stage.id, "is_in_order": given.is_in_order, "due": skipped.due_on.isoformat()}
    record("application.make_good", subject, actor=actor, at=at, reason=given.reason, details=details)
    if not given.is_in_order:
        _tell_decider(application, stage, given.reason, at=at)


def remind_skipped(*, actor: Actor, at: datetime) -> int:
    """Remind the seat of each stage that was not made good in time, once; a day that was a guess is set anew first."""
    on = beijing_date(at)
    found = queries.skipped_overdue(on, _PORTION)
    for skipped in found:
        application = applications.lock(skipped.application.public_id)
        process = process_of(application)
        if skipped.due_is_provisional:
            within = next(one.made_good_within for one in process.fast_tracks if one.id == skipped.rule)
            deadline = policy.work_calendar().after(beijing_date(skipped.skipped_at), within)
            skipped.due_on, skipped.due_is_provisional = deadline.day, deadline.is_provisional
        if skipped.due_on < on:
            skipped.reminded_at = at
            _remind(application, process.stage(skipped.stage), skipped, at=at)
        subject = Subject("application", application.public_id)
        details = {"stage": skipped.stage, "due": skipped.due_on.isoformat()}
        record("application.skipped_overdue", subject, actor=actor, at=at, details=details)
    return len(found)


def _remind(application: Case, stage: Stage, skipped: SkippedStage, *, at: datetime) -> None:
    params = {"number": application.number, "stage": stage.name, "due": skipped.due_on.isoformat()}
    seat, own = seat_of_stage(stage), application.scheme_version.scheme.office_id
    for office_id in seated_offices(seat, own):
        to = messages.to_office(office_id, seat.role)
        messages.enqueue("case_skipped_overdue", params, to=to, at=at, link="/office/skipped")


def _tell_decider(application: Case, stage: Stage, reason: str, *, at: datetime) -> None:
    params = {"number": application.number, "stage": stage.name, "reason": reason}
    to = messages.to_office(application.scheme_version.scheme.office_id, Role.DECIDER)
    messages.enqueue("case_doubted", params, to=to, at=at, link=f"/office/cases/{application.public_id}")
