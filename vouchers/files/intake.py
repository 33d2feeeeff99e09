"""Taking in what is uploaded: within what one organisation may hand in, then looked into and stored."""

from datetime import datetime

from vouchers.accounts import services as accounts
from vouchers.accounts.guards import current_actor
from vouchers.db.transaction import transaction
from vouchers.files.rules import DOCUMENT_KINDS, QUOTAS, Upload, quota_finding
from vouchers.files.services import Received, receive
from vouchers.files.states import FileKind
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import now
from vouchers.kernel.errors import RuleViolation


def take_in(upload: Upload, allowed: frozenset[FileKind] = DOCUMENT_KINDS, *, field: str) -> Received:
    """A file that a page was given; before the transaction of the act. RuleViolation names the field."""
    claim_room(current_actor(), len(upload.content), field=field, at=now())
    return receive(upload, allowed, field=field)


def claim_room(actor: Actor, size: int, *, field: str, at: datetime) -> None:
    """Count this upload against all quotas of its sender, or against none and refuse; in a transaction of its own."""
    who = _sender(actor)
    with transaction():
        for quota in QUOTAS:
            if accounts.take_room(quota.limit, who, quota.amount(size), at=at):
                raise RuleViolation([quota_finding(quota, field=field)])


def _sender(actor: Actor) -> str:
    """Whose room it is: an organisation's; else a person's; of somebody who is not signed in, the address's."""
    if actor.organisation_id is not None:
        return f"organisation {actor.organisation_id}"
    return f"user {actor.user_id}" if actor.user_id is not None else f"address {actor.address}"
