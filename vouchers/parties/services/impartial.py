"""回避: nobody decides on an organisation they are tied to; whoever is not impartial says so themselves."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from vouchers.audit.services import record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict as Clash
from vouchers.kernel.errors import NotPermitted, RuleViolation
from vouchers.parties import queries, rules
from vouchers.parties.models import Conflict
from vouchers.parties.queries import subject_of


def check_impartial(organisation_ids: Iterable[int], *, actor: Actor, at: datetime, former_days: int) -> None:
    """Refuse an officer who is tied to one of these organisations; asked in the deciding transaction (INV-33).

    `former_days` is the term of the case's scheme, and the longest of all where no scheme stands behind the act.
    """
    if actor.person_id is None:
        return  # a job or a command decides nothing of its own
    if not queries.may_be_tied(actor.person_id):
        return
    day, findings = beijing_date(at), []
    for one in sorted(set(organisation_ids)):
        ties = queries.ties_of_person(actor.person_id, one, on=day, former_days=former_days)
        findings += rules.tie_findings(ties, queries.organisation(one).name)
    if findings:
        raise RuleViolation(findings)


def declare_conflict(organisation_id: int, *, reason: str, actor: Actor, at: datetime) -> None:
    """Say that one is not impartial towards an organisation: from now on one decides nothing on it."""
    if actor.person_id is None:
        raise NotPermitted("a person declares a conflict")
    organisation = queries.organisation(organisation_id)
    try:
        with db.session.begin_nested():
            db.session.add(
                Conflict(person_id=actor.person_id, organisation_id=organisation_id, reason=reason, declared_at=at)
            )
    except IntegrityError as error:
        raise Clash("declared already") from error
    record("parties.declare_conflict", subject_of(organisation), actor=actor, at=at, reason=reason)
