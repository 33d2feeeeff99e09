"""核定: one act records the award, uses the invoices up and makes the money payable to the enterprise."""

from collections.abc import Collection
from datetime import datetime

from vouchers.applications import queries as applications
from vouchers.issuance import services as issuance
from vouchers.kernel.actor import Actor
from vouchers.kernel.canonical import digest
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan
from vouchers.kernel.periods import DateRange
from vouchers.messages import services as messages
from vouchers.policy.pack.phases import Phase
from vouchers.redemption import services as redemption
from vouchers.redemption.rules.outcomes import reds
from vouchers.subsidies import queries
from vouchers.subsidies.queries import Case, Subsidy
from vouchers.subsidies.services.examining import examine, snapshot_of


def award(application_public_id: str, *, actor: Actor, at: datetime) -> Subsidy:
    """Award the subsidy of an approved case: it is owed to the enterprise from now on, and its invoices are used."""
    voucher = issuance.record_award(application_public_id, actor=actor, at=at)
    application = voucher.application
    invoices = queries.invoices_of(application.id)
    redemption.hold_invoices([one.invoice_id for one in invoices])
    checks = examine(application, on=beijing_date(at))
    findings = reds(checks)
    if findings:
        raise RuleViolation(findings)
    ground = redemption.Award(
        uses={one.invoice_id: one.base for one in invoices},
        service=DateRange(min(one.service_from for one in invoices), max(one.service_until for one in invoices)),
        checks=checks,
        evidence_hash=digest(snapshot_of(application)),
        submitted_at=application.submitted_at,
    )
    claim = redemption.award_claim(voucher.public_id, ground, actor=actor, at=at)
    _tell(claim, application, at=at)
    return claim


def award_all(application_public_ids: Collection[str], *, actor: Actor, at: datetime) -> list[Subsidy]:
    """Award the subsidies of these cases, all or none.

    One that does not meet what its pack asks again at this point waits, as at the issue of vouchers.
    """
    made: list[Subsidy] = []
    stopped: list[Finding] = []
    for public_id in sorted(set(application_public_ids)):
        application = applications.lock(public_id)
        why = applications.asked_again(application, Phase.ISSUE, on=beijing_date(at))
        if why:
            issuance.let_wait(application, why, actor=actor, at=at)
            stopped += why
        else:
            made.append(award(public_id, actor=actor, at=at))
    if stopped and not made:
        raise RuleViolation(stopped)
    return made


def _tell(claim: Subsidy, application: Case, *, at: datetime) -> None:
    to = messages.to_organisation(application.enterprise.organisation_id)
    params = {"number": claim.number, "application": application.number, "sum": format_yuan(claim.amount)}
    link = f"/enterprise/vouchers/{claim.voucher.public_id}"
    messages.enqueue("subsidy_awarded", params, to=to, at=at, link=link)
