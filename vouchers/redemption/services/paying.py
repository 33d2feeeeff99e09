"""What settlement does to claims: into a batch, and paid."""

from datetime import datetime

from vouchers.kernel.actor import Actor
from vouchers.redemption import queries
from vouchers.redemption.models import Claim
from vouchers.redemption.services.moving import advance
from vouchers.redemption.states import ClaimState


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
