"""Cases at every place of the review, through the real services."""

from collections.abc import Mapping
from datetime import datetime

from tests.factories.applications import Ground, make_submitted
from tests.worlds import kept
from vouchers.applications import queries
from vouchers.applications.models import Application
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.review import services
from vouchers.review.services import MeetingDecision, StageDecision
from vouchers.review.states import Verdict


@kept
def make_accepted(ground: Ground, applicant: Actor, *, at: datetime, planned: str = "80000.00") -> Application:
    """A case in its first stage."""
    public_id = make_submitted(ground, applicant, at=at, planned=planned).public_id
    accept(ground, public_id, at=at)
    return queries.get(public_id)


@kept
def make_reviewed(ground: Ground, applicant: Actor, *, at: datetime, planned: str = "80000.00") -> Application:
    """A case that waits for the meeting."""
    public_id = make_accepted(ground, applicant, at=at, planned=planned).public_id
    pass_stage(ground, public_id, "first", at=at)
    pass_stage(ground, public_id, "second", at=at)
    return queries.get(public_id)


@kept
def make_decided(ground: Ground, applicant: Actor, *, at: datetime, planned: str = "80000.00") -> Application:
    """A case that the meeting supports."""
    public_id = make_reviewed(ground, applicant, at=at, planned=planned).public_id
    decide(ground, public_id, at=at)
    return queries.get(public_id)


@kept
def accept(ground: Ground, public_id: str, *, at: datetime) -> None:
    """Accept a case."""
    with transaction():
        version = queries.get(public_id).version
        services.accept(public_id, seen_version=version, actor=ground.officer("acceptor"), at=at)


@kept
def pass_stage(
    ground: Ground,
    public_id: str,
    officer: str,
    *,
    at: datetime,
    amount: int | None = None,
    judged: Mapping[str, object] | None = None,
) -> None:
    """Pass the stage in which the case stands."""
    with transaction():
        case = queries.get(public_id)
        decision = StageDecision(case.stage, Verdict.PASS, "材料齐全，符合条件。", case.version, amount, judged or {})
        services.decide(public_id, decision, actor=ground.officer(officer), at=at)


@kept
def decide(ground: Ground, public_id: str, *, at: datetime, officer: str = "decider") -> None:
    """Support a case in the meeting."""
    with transaction():
        decision = MeetingDecision(
            "会议纪要 2026-3", supports=True, reason="同意支持", seen_version=version_of(public_id)
        )
        services.decide_meeting(public_id, decision, actor=ground.officer(officer), at=at)


def version_of(public_id: str) -> int:
    """The version a page would show."""
    return queries.get(public_id).version
