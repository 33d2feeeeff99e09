"""What every act on a claim shares: its transition with its event, its hold, its quotas and its evidence."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vouchers.accounts import services as accounts
from vouchers.accounts.states import Duty
from vouchers.audit import sealing
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.db.writing import change
from vouchers.issuance import services as issuance
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotPermitted
from vouchers.ledger import queries as ledger_queries
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Move
from vouchers.ledger.states import AccountKind, TransferKind
from vouchers.orders import queries as orders
from vouchers.parties import services as parties
from vouchers.policy import queries as policy
from vouchers.redemption import queries
from vouchers.redemption.models import Allocation, Claim
from vouchers.redemption.queries import Place
from vouchers.redemption.services.red_letters import settle_red_letters
from vouchers.redemption.states import CLAIMS


def advance(
    claim: Claim,
    action: str,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    **noted: Any,
) -> None:
    """Move a claim along its table, note these columns with it, and leave one event; the version rises by one."""
    before = claim.state
    written = change(claim, sealing.columns(Claim), state=CLAIMS.after(before, action), **noted)
    sealing.note_row(db.session(), Claim, written)
    subject, states = Subject("claim", claim.public_id), (before.value, claim.state.value)
    audit.record(f"claim.{action}", subject, actor=actor, at=at, change=states, reason=reason, details=details)


def locked(public_id: str, seen_version: int | None) -> Claim:
    """A claim, held; Conflict when it changed since the page was shown."""
    claim = queries.lock(public_id)
    confirm_version(claim, seen_version)
    return claim


def placed(public_id: str, seen_version: int | None) -> tuple[Claim, Place]:
    """The same with where the claim belongs."""
    claim, place = queries.lock_placed(public_id)
    confirm_version(claim, seen_version)
    return claim, place


def confirm_version(claim: Claim, seen_version: int | None) -> None:
    """Conflict when the claim changed since the page was shown."""
    if seen_version is not None and claim.version != seen_version:
        raise Conflict("the claim changed since the page was shown")


def take_duty(place: Place, duty: Duty, *, actor: Actor, at: datetime) -> int:
    """Let the person behind the actor take a duty on a claim's case; returns the person."""
    if actor.person_id is None:
        raise NotPermitted("claims are handled by persons")
    if duty is not Duty.ENTER:
        policy.confirm_covered(place.scheme, actor, on=beijing_date(at))
        days = policy.recusal_days(place.version)
        parties.check_impartial(place.sides, actor=actor, at=at, former_days=days)
    accounts.hold_duty(place.case, actor.person_id, duty=duty, at=at)
    return actor.person_id


def assign(place: Place, source: str, target: str, *, parts: Mapping[str, int], key: str) -> list[Move]:
    """Moves of a hold from one subject (order or claim) to another."""
    return [
        Move(
            TransferKind.ASSIGN,
            place.pot.held(layer, subject=source, party=place.holder),
            place.pot.held(layer, subject=target, party=place.holder),
            amount,
            f"{key}:{layer}",
        )
        for layer, amount in parts.items()
    ]


def let_go(claim: Claim, *, actor: Actor, at: datetime) -> None:
    """Give back what the claim holds: to its order while that holds, else to the voucher or the envelopes."""
    order = orders.lock(claim.order.public_id)
    held = ledger_queries.balances_by_layer(AccountKind.HELD, claim.public_id)
    key = f"let-go:{claim.public_id}:{claim.version}"
    if order.state in orders.HOLDING:
        moves = assign(queries.place_of(claim), claim.public_id, order.public_id, parts=held, key=key)
        ledger.post(moves, actor=actor, at=at, reason=claim.number)
    elif held:
        issuance.release_into(claim.voucher, claim.public_id, key=key, actor=actor, at=at)
        issuance.reopen_if_left(claim.voucher, key=key, actor=actor, at=at)


def return_quota(claim: Claim, amount: int, *, actor: Actor, at: datetime) -> None:
    """Return part of the quotas that the claim drew; what is counted comes back with the whole amount only."""
    for cap in queries.caps_drawn(claim, on=beijing_date(at)):
        if cap.counts and amount < claim.amount:
            continue
        key = f"return:{cap.key}:{claim.public_id}:{claim.version}"
        ledger.give_back(cap, amount, key=key, actor=actor, at=at)


def release_evidence(claim: Claim, *, at: datetime) -> None:
    """Release every allocation of the claim by a row that names it."""
    released = {row.releases_id for row in claim.allocations}
    laid = [row for row in claim.allocations if row.amount > 0 and row.id not in released]
    for row in laid:
        db.session.add(
            Allocation(
                claim_id=claim.id,
                order_id=row.order_id,
                invoice_id=row.invoice_id,
                invoice_line_id=row.invoice_line_id,
                usage_id=row.usage_id,
                payment_proof_id=row.payment_proof_id,
                amount=-row.amount,
                side=row.side,
                releases_id=row.id,
                at=at,
            )
        )
    db.session.flush()
    db.session.expire(claim, ["allocations"])
    for invoice_id in sorted({row.invoice_id for row in laid}):
        settle_red_letters(invoice_id)


def undo(claim: Claim, *, actor: Actor, at: datetime) -> None:
    """Give back everything that submitting took: hold, quotas and evidence."""
    let_go(claim, actor=actor, at=at)
    return_quota(claim, claim.amount, actor=actor, at=at)
    release_evidence(claim, at=at)
