"""What every act on a case has in common: its transaction, the way back, the head of its page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from vouchers.accounts.guards import current_actor
from vouchers.accounts.permissions import Permission
from vouchers.accounts.pressing import Done
from vouchers.applications import progress
from vouchers.applications import queries as applications
from vouchers.applications.models import Application
from vouchers.applications.queries import Neighbours
from vouchers.applications.states import LABELS, TONES
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.review import desk
from vouchers.review.queries import ProposedLift
from vouchers.web.forms import SeenForm
from vouchers.web.wording import said


def done(form: SeenForm, act: Callable[[Actor, datetime], None]) -> bool:
    """Do it in a transaction of its own; what the rules found goes beside the fields."""
    try:
        with transaction():
            act(current_actor(), now())
    except RuleViolation as violation:
        form.report(violation.findings)
        return False
    return True


def back(public_id: str, words: str, tone: str = "success") -> ResponseReturnValue:
    """To the case, with what was done in words."""
    flash(words, tone)
    return redirect(url_for("review_office.show_case", public_id=public_id), 303)


def lift_done(public_id: str, lift: ProposedLift) -> Done:
    """To the case, whose cap was or was not lifted."""
    return Done(url_for("review_office.show_case", public_id=public_id), [lift], ["amount"])


def seen(form: SeenForm) -> int:
    """The version of the case that the page was shown with."""
    return form.seen_version.data or 0


def frame(application: Application) -> dict[str, Any]:
    """What the head of every page of one case shows."""
    return {
        "application": application,
        "name": application.enterprise.organisation.name,
        "kind": said(applications.kind_name(application)),
        "state": LABELS[application.state],
        "tone": TONES[application.state],
        "stage": progress.where_it_stands(application),
        "promise": desk.promise_of(application, on=today()),
    }


def beside(application: Application) -> Neighbours:
    """The cases before and after this one in the queue, for those who have a queue."""
    actor = current_actor()
    if not actor.may(Permission.CASE_EXAMINE):
        return Neighbours()
    return applications.neighbours_of(application, actor, on=today())
