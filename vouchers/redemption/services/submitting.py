"""Handing a claim in: judged again under lock, then hold, quotas and evidence are taken; and taking it back."""

from dataclasses import astuple
from datetime import datetime

from vouchers.accounts.states import Duty, Role
from vouchers.db.base import db
from vouchers.issuance import queries as issuance
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.ledger import queries as ledger_queries
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import split_by_layer
from vouchers.ledger.states import AccountKind
from vouchers.messages import services as messages
from vouchers.orders import queries as orders
from vouchers.redemption import queries
from vouchers.redemption.models import Allocation, Claim
from vouchers.redemption.rules.allocating import Room, spread
from vouchers.redemption.rules.evidence import Evidence
from vouchers.redemption.rules.outcomes import reds
from vouchers.redemption.services.drafting import NewClaim, begin_claim
from vouchers.redemption.services.examining import (
    Examination,
    examine,
    measure_share,
    service_of,
    terms_of,
)
from vouchers.redemption.services.moving import advance, assign, confirm_version, take_duty, undo
from vouchers.redemption.states import CLAIMS, ClaimState

_TAKEN = frozenset({ClaimState.SUBMITTED, ClaimState.CHECKED})


def submit_claim(new: NewClaim, *, actor: Actor, at: datetime) -> Claim:
    """Draft a claim and hand it in, in one act; refused with all findings when anything stands against it."""
    claim = begin_claim(new, actor=actor, at=at)
    return submit_draft(claim.public_id, actor=actor, at=at)


def submit_draft(public_id: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> Claim:
    """Hand in a draft or a claim that was sent back: take hold, quotas and evidence, and pass the automatic checks."""
    claim = queries.lock_own(public_id, _organisation(actor))
    confirm_version(claim, seen_version)
    CLAIMS.after(claim.state, "submit")
    orders.lock_contract(claim.order.public_id)  # another scheme may be asked to pay on it at this very moment
    issuance.lock(claim.voucher.public_id)  # it cannot be frozen, void or ended between the look and the hold
    queries.lock_invoice(claim.invoice_id)
    take_duty(queries.place_of(claim), Duty.ENTER, actor=actor, at=at)
    found = examine(claim, on=beijing_date(at))
    findings = reds(found.checks)
    if findings:
        raise RuleViolation(findings)
    _note(claim, found, at=at)
    _take(claim, found, actor=actor, at=at)
    details = {"amount": claim.amount, "base": claim.base, "evidence": claim.evidence_hash}
    advance(claim, "submit", actor=actor, at=at, details=details)
    advance(claim, "check", actor=actor, at=at, details={"checks": len(claim.checks)})
    _tell(claim, at=at)
    return claim


def withdraw_claim(public_id: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> Claim:
    """Take a claim back before it is verified; what it took is given back."""
    claim = queries.lock_own(public_id, _organisation(actor))
    confirm_version(claim, seen_version)
    was_taken = claim.state in _TAKEN
    advance(claim, "withdraw", actor=actor, at=at)
    if was_taken:
        undo(claim, actor=actor, at=at)
    return claim


def _note(claim: Claim, found: Examination, *, at: datetime) -> None:
    claim.decision = found.decision.as_dict()
    claim.checks = [check.plain for check in found.checks]
    claim.claimed_on, claim.submitted_at = beijing_date(at), at
    claim.declared = {
        **claim.declared,
        "caps": [list(astuple(cap)) for cap in found.caps],
    }
    claim.evidence_hash = Evidence(
        (claim.invoice.key, claim.invoice.sha256),
        base=claim.base,
        amount=claim.amount,
        service=(claim.service_from, claim.service_until),
        proofs=[[proof.file.sha256, proof.amount, proof.paid_on.isoformat()] for proof in claim.proofs],
        deliveries=[paper.file.sha256 for paper in claim.deliveries],
        papers={requirement: file.sha256 for requirement, file in claim.papers_now.items()},
    ).digest
    db.session.flush()


def _take(claim: Claim, found: Examination, *, actor: Actor, at: datetime) -> None:
    _take_evidence(claim, at=at)
    left = ledger_queries.balances_by_layer(AccountKind.HELD, claim.order.public_id)
    parts = split_by_layer(claim.amount, left)
    key = f"assign:{claim.public_id}:{claim.version}"
    moves = assign(queries.place_of(claim), claim.order.public_id, claim.public_id, parts=parts, key=key)
    ledger.post(moves, actor=actor, at=at, reason=claim.number)
    for cap in found.caps:
        key = f"draw:{cap.key}:{claim.public_id}:{claim.version}"
        ledger.draw(cap, claim.amount, key=key, actor=actor, at=at)


def _take_evidence(claim: Claim, *, at: datetime) -> None:
    measure, share, side = terms_of(claim).invoice_amount, measure_share(claim), queries.side_of_claim(claim)
    own = max(0, claim.base - claim.amount)  # the voucher pays the rest
    parts = spread(
        claim.base,
        queries.line_rooms(claim.invoice, measure, side=side),
        usages=queries.usage_rooms(claim.order, service_of(claim), share=share),
        payments=_payment_rooms(claim, own),
    )
    for part in parts:
        db.session.add(
            Allocation(
                claim_id=claim.id,
                order_id=claim.order_id,
                invoice_id=claim.invoice_id,
                invoice_line_id=part.line,
                usage_id=part.usage,
                payment_proof_id=part.payment,
                amount=part.amount,
                side=side,
                at=at,
            )
        )
    db.session.flush()
    db.session.expire(claim, ["allocations"])


def _payment_rooms(claim: Claim, own: int) -> list[Room]:
    """The proofs bear the buyer's own share and no more."""
    rooms = []
    for proof in claim.proofs:
        taken = min(own, proof.amount)
        own -= taken
        rooms.append(Room(proof.id, taken))
    return rooms


def _tell(claim: Claim, *, at: datetime) -> None:
    office_id = claim.voucher.scheme_version.scheme.office_id
    link = f"/office/claims/{claim.public_id}"
    params = {"number": claim.number}
    messages.enqueue("claim_submitted", params, to=messages.to_office(office_id, Role.REVIEWER), at=at, link=link)


def _organisation(actor: Actor) -> int:
    if actor.organisation_id is None:
        raise NotFound("no such claim")
    return actor.organisation_id
