"""What settlement does to claims: asked again, into a batch, and paid."""

from datetime import date, datetime

from vouchers.applications import queries as applications
from vouchers.kernel.actor import Actor
from vouchers.kernel.findings import Finding
from vouchers.policy import queries as policy
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.again import stopping
from vouchers.policy.rules.decision import decide
from vouchers.providers import queries as providers
from vouchers.redemption import queries
from vouchers.redemption.models import Claim
from vouchers.redemption.services.examining import facts_of
from vouchers.redemption.services.moving import advance
from vouchers.redemption.states import ClaimState


def is_asked_again(claim: Claim) -> bool:
    """Whether the pack of a claim asks conditions again before it is paid."""
    voucher = claim.voucher
    return bool(policy.compiled(voucher.scheme_version).plan(voucher.voucher_kind, Phase.PAYMENT).rules)


def not_payable(claim: Claim, *, on: date) -> list[Finding]:
    """Why a claim that was approved is not paid now: holder, seller and payee are asked again as its pack says."""
    if not is_asked_again(claim):
        return []
    if claim.is_direct:
        return applications.asked_again(claim.voucher.application, Phase.PAYMENT, on=on)
    compiled = policy.compiled(claim.voucher.scheme_version)
    facts = dict(facts_of(claim, on=on, phase=Phase.PAYMENT)[0])
    kind = claim.order.offering.kind
    admitted = providers.is_admitted(claim.provider_id, kind=kind, on=on)  # now, not only while it served
    facts["provider_is_admitted"] = facts["provider_is_admitted"] is True and admitted
    return stopping(compiled, decide(compiled, claim.voucher.voucher_kind, facts, on=on, phase=Phase.PAYMENT))


def batch_claim(public_id: str, *, actor: Actor, at: datetime, batch: str) -> Claim:
    """Note that a claim is being paid; one that is in a batch already stays as it is."""
    claim = queries.lock(public_id)
    if claim.state is not ClaimState.BATCHED:
        advance(claim, "batch", actor=actor, at=at, details={"batch": batch})
    return claim


def pay_claim(public_id: str, *, actor: Actor, at: datetime, batch: str) -> Claim:
    """Note that all of a claim has been paid."""
    claim = queries.lock(public_id)
    advance(claim, "pay", actor=actor, at=at, details={"batch": batch})
    return claim
