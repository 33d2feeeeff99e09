"""即领即用: confirmed by the applicant, decided by the rules, issued in the same act; or handed to a person, with why.

Nobody examines and nobody decides, so nobody holds a duty but the applicant. The rules say yes where nothing is left to
judgement; where anything is, or the money is short, the case goes the reviewed way. A machine refuses nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vouchers.applications import queries as application_queries
from vouchers.applications import services as applications
from vouchers.applications.states import ApplicationState
from vouchers.audit.services import Subject, record
from vouchers.db.numbers import hold_series
from vouchers.issuance import queries, rules
from vouchers.issuance.models import Voucher
from vouchers.issuance.queries import Case
from vouchers.issuance.services.issuing import VOUCHER_SERIES, make_at_once
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.findings import Finding
from vouchers.messages.services import enqueue, to_organisation
from vouchers.policy import queries as policy
from vouchers.review.services import shortage_of


@dataclass(frozen=True, slots=True)
class Claimed:
    """The voucher that was had at once, or why a person looks first; neither while the representative is awaited."""

    voucher: Voucher | None
    why: Sequence[Finding] = ()


def claim_at_once(public_id: str, *, seen_version: int, seen_hash: str, actor: Actor, at: datetime) -> Claimed:
    """Confirm a finished application of an instant intake and have its voucher, where the rules alone can say so."""
    application = application_queries.lock_own(public_id, actor.organisation_id)
    seen = seen_version
    if application.state is ApplicationState.DRAFT:
        seen = applications.hand_over(public_id, seen_version=seen, actor=actor, at=at).version
        if applications.confirmer_findings(application, actor, at):
            return Claimed(None)
    shown = applications.preview(application, at=at)
    why = applications.why_not_at_once(application, shown, at=at)
    why = why or _unfit(application, shown, at=at) or _short(application, shown, at=at)
    applications.confirm(public_id, seen_version=seen, seen_hash=seen_hash, actor=actor, at=at, at_once=not why)
    if why:
        _hand_on(application, why, actor=actor, at=at)
        return Claimed(None, why)
    return Claimed(make_at_once(application, actor=actor, at=at))


def _unfit(application: Case, shown: applications.Preview, *, at: datetime) -> list[Finding]:
    """Why what the pack hands out cannot be made of this amount on this day."""
    rule = policy.pack(application.scheme_version).voucher_rule(application.voucher_kind)
    amount, window = int(shown.snapshot["requested"]), queries.last_day_of(application)
    return rules.object_findings(rule, amount, on=beijing_date(at), window=window)


def _short(application: Case, shown: applications.Preview, *, at: datetime) -> list[Finding]:
    """Whether the envelope, less what is promised to others, does not suffice; held until the act ends.

    Numbers first, as whoever issues does: two that take the same locks in another order would wait for each other.
    """
    office_id = application.scheme_version.scheme.office_id
    hold_series(VOUCHER_SERIES, year=beijing_date(at).year, office_id=office_id)
    shortage, _ = shortage_of(application, int(shown.snapshot["requested"]))
    return [] if shortage is None else [shortage]


def _hand_on(application: Case, why: Sequence[Finding], *, actor: Actor, at: datetime) -> None:
    """Keep why a person looks first, and tell the applicant."""
    reason = "".join(finding.text for finding in why)
    subject, details = Subject("application", application.public_id), {"why": [finding.code for finding in why]}
    record("application.not_at_once", subject, actor=actor, at=at, reason=reason, details=details)
    to, link = (
        to_organisation(application.enterprise.organisation_id),
        f"/enterprise/applications/{application.public_id}",
    )
    params = {"number": application.number, "reason": reason}
    enqueue("application_not_at_once", params, to=to, at=at, link=link)
