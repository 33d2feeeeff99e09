"""When the term of a stage passes: reminders and reports as the pack says, once a stage; nobody is decided on by it."""

from datetime import datetime

from vouchers.accounts.states import OfficeKind, Role
from vouchers.applications import queries as applications
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.messages import services as messages
from vouchers.review import queries
from vouchers.review.queries import Case
from vouchers.review.rules import Seat
from vouchers.review.services.authority import process_of, seat_of_stage

_PORTION = 200


def note_overdue(*, actor: Actor, at: datetime) -> int:
    """Remind the seat of each stage whose term has passed, and report it where the pack says so; one portion."""
    found = queries.overdue_cases(beijing_date(at), _PORTION)
    for public_id in found:
        _note(applications.lock(public_id), actor=actor, at=at)
    return len(found)


def _note(application: Case, *, actor: Actor, at: datetime) -> None:
    stage = process_of(application).stage(application.stage)
    due = application.due_on.isoformat() if application.due_on else ""
    details = {"stage": stage.id, "due": due, "on_overdue": stage.on_overdue or ""}
    audit.record(
        "application.overdue", Subject("application", application.public_id), actor=actor, at=at, details=details
    )
    if stage.on_overdue is None:  # the pack is silent: it stands on record and nobody is written to
        return
    params = {"number": application.number, "stage": stage.name, "due": due}
    link, own = f"/office/cases/{application.public_id}", application.scheme_version.scheme.office_id
    seat = seat_of_stage(stage)
    for office_id in _offices(seat, own):
        messages.enqueue("case_overdue", params, to=messages.to_office(office_id, seat.role), at=at, link=link)
    if stage.on_overdue == "escalate":
        messages.enqueue("case_escalated", params, to=messages.to_office(own, Role.DECIDER), at=at, link=link)


def _offices(seat: Seat, own: int) -> list[int]:
    """The offices that sit in a seat: the scheme's own, or all of the kind that the pack names."""
    return [own] if seat.office in {None, OfficeKind.LEAD} else queries.offices_of(seat.office)
