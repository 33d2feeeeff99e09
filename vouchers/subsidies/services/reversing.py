"""撤销核定: an award that nobody pays yet is withdrawn, proposed by who examines and decided by who may award."""

from dataclasses import dataclass
from datetime import datetime

from vouchers.accounts.states import Duty, Role
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.issuance import services as issuance
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan
from vouchers.messages import services as messages
from vouchers.redemption import queries as claims
from vouchers.redemption import services as redemption
from vouchers.redemption.states import ClaimState
from vouchers.subsidies import queries
from vouchers.subsidies.models import AwardReversal
from vouchers.subsidies.queries import Subsidy
from vouchers.subsidies.states import REVERSALS, ReversalState

_OPEN = Finding("reversal.open", "这笔补助已有一项撤销在等第二人决定。", way="请先由审定人决定。")
_PAYING = Finding("reversal.paying", "这笔补助已列入兑付批次，不能再撤销核定。", way="付款后发现不该给的，按追缴办理。")
_PAID = Finding("reversal.paid", "这笔补助已支付，不能再撤销核定。", way="请按追缴办理。")
_STANDS_AGAINST = {ClaimState.BATCHED: _PAYING, ClaimState.PAID: _PAID}


@dataclass(frozen=True, slots=True)
class ReversalAnswer:
    """What the second person says to a proposal."""

    confirms: bool
    reason: str
    seen_version: int | None = None


def propose_reversal(
    public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> AwardReversal:
    """Propose to withdraw an award; until it is decided the subsidy is not put into a batch."""
    claim = _awarded(public_id, seen_version)
    if queries.open_reversal(claim.id) is not None:
        raise RuleViolation([_OPEN])
    place = claims.place_of(claim)
    made = AwardReversal(
        claim_id=claim.id,
        state=ReversalState.PROPOSED,
        reason=reason.strip(),
        proposed_by_id=redemption.take_duty(place, Duty.EXAMINE, actor=actor, at=at),
        proposed_by=actor.name,
        proposed_at=at,
        answer="",
        decided_by="",
        created_at=at,
    )
    db.session.add(made)
    db.session.flush()
    _note(made, "propose_reversal", before="", reason=made.reason, actor=actor, at=at)
    to = messages.to_office(claim.voucher.scheme_version.scheme.office_id, Role.DECIDER)
    link = f"/office/vouchers/{claim.voucher.public_id}"
    messages.enqueue("subsidy_reversal_proposed", _told(claim, made.reason), to=to, at=at, link=link)
    return made


def decide_reversal(public_id: str, answer: ReversalAnswer, *, actor: Actor, at: datetime) -> Subsidy:
    """Withdraw the award as proposed, or let it stand; by somebody else than who proposed it.

    Withdrawn, it is owed no more: the money is back in the envelopes and quotas, and the invoices are free.
    """
    claim = _awarded(public_id, answer.seen_version)
    proposal = queries.open_reversal(claim.id)
    if proposal is None:
        raise Conflict("nothing waits to be withdrawn")
    person_id = redemption.take_duty(claims.place_of(claim), Duty.DECIDE, actor=actor, at=at)
    before, action = proposal.state, "confirm" if answer.confirms else "refuse"
    proposal.state = REVERSALS.after(before, action)
    proposal.answer, proposal.decided_by_id = answer.reason.strip(), person_id
    proposal.decided_by, proposal.decided_at = actor.name, at
    db.session.flush()
    _note(proposal, f"{action}_reversal", before=before.value, reason=proposal.answer, actor=actor, at=at)
    if answer.confirms:
        issuance.hold_awarding(claim.voucher, at=at)
        redemption.hold_invoices([row.invoice_id for row in claim.allocations])
        redemption.reverse_award(claim, proposal.reason, actor=actor, at=at)
        issuance.annul(claim.voucher.public_id, proposal.reason, actor=actor, at=at)
        to = messages.to_organisation(claim.payee_id)
        link = f"/enterprise/vouchers/{claim.voucher.public_id}"
        messages.enqueue("subsidy_reversed", _told(claim, proposal.reason), to=to, at=at, link=link)
    return claim


def _awarded(public_id: str, seen_version: int | None) -> Subsidy:
    """A subsidy, held, that was awarded and that nobody pays yet."""
    claim = redemption.locked(public_id, seen_version)
    if claim.state in _STANDS_AGAINST:
        raise RuleViolation([_STANDS_AGAINST[claim.state]])
    if not claim.is_direct or claim.state is not ClaimState.APPROVED:
        raise Conflict("only an award that stands is withdrawn")
    return claim


def _note(proposal: AwardReversal, act: str, *, before: str, reason: str, actor: Actor, at: datetime) -> None:
    claim = proposal.claim
    subject, change = Subject("claim", claim.public_id), (before, proposal.state.value)
    details = {"reversal": proposal.public_id, "amount": claim.amount}
    audit.record(f"claim.{act}", subject, actor=actor, at=at, change=change, reason=reason, details=details)


def _told(claim: Subsidy, reason: str) -> dict[str, str | int]:
    application = claim.voucher.application.number
    return {"number": claim.number, "application": application, "sum": format_yuan(claim.amount), "reason": reason}
