"""A direct subsidy as a claim that is awarded outright: its invoices are used up and the money is owed, in one act."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from vouchers.db.base import db
from vouchers.db.numbers import next_number
from vouchers.issuance import queries as issuance
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict
from vouchers.kernel.periods import DateRange
from vouchers.ledger import queries as ledger_queries
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Move, Pot
from vouchers.ledger.states import AccountKind, TransferKind
from vouchers.policy import queries as policy
from vouchers.redemption import queries
from vouchers.redemption.models import Allocation, Claim
from vouchers.redemption.rules.allocating import spread
from vouchers.redemption.rules.outcomes import ClaimCheck
from vouchers.redemption.services.moving import advance, release_evidence
from vouchers.redemption.states import ClaimState

_BACK = {TransferKind.HOLD: TransferKind.RELEASE, TransferKind.REDEEM: TransferKind.UNREDEEM}


@dataclass(frozen=True, slots=True)
class Award:
    """What a subsidy rests on: so much of each invoice by key of its row, in fen; the days served; what was checked."""

    uses: Mapping[int, int]
    service: DateRange
    checks: Sequence[ClaimCheck]
    evidence_hash: str
    submitted_at: datetime | None


def hold_invoices(invoice_ids: Collection[int]) -> None:
    """Hold invoices until the act ends, in one order, so that nobody else uses them between the look and the use."""
    for invoice_id in sorted(invoice_ids):
        queries.lock_invoice(invoice_id)


def award_claim(voucher_public_id: str, award: Award, *, actor: Actor, at: datetime) -> Claim:
    """Award the whole of what was recorded for a case to who applied."""
    voucher = issuance.get(voucher_public_id)
    if award.service.last is None:
        raise ValueError("a service period has an end")
    claim = Claim(
        number=next_number("HX", year=beijing_date(at).year, office_id=voucher.scheme_version.scheme.office_id),
        voucher=voucher,
        payee_id=voucher.enterprise.organisation_id,
        state=ClaimState.DRAFT,
        amount=voucher.face,
        approved=voucher.face,
        base=sum(award.uses.values()),
        service_from=award.service.first,
        service_until=award.service.last,
        claimed_on=beijing_date(at),
        submitted_at=award.submitted_at,
        checks=[check.plain for check in award.checks],
        evidence_hash=award.evidence_hash,
        is_rehearsal=voucher.is_rehearsal,
        created_at=at,
    )
    db.session.add(claim)
    db.session.flush()
    _use_invoices(claim, award.uses, at=at)
    advance(claim, "award", actor=actor, at=at, details={"amount": claim.amount, "evidence": claim.evidence_hash})
    _make_payable(claim, actor=actor, at=at)
    return claim


def reverse_award(claim: Claim, reason: str, *, actor: Actor, at: datetime) -> None:
    """Undo an award, locked, that is not paid nor in a batch: owed no more, its money on its row, its invoices free."""
    if not claim.is_direct or claim.state is not ClaimState.APPROVED:
        raise Conflict("only an award that nobody pays yet is reversed")
    advance(claim, "reverse", actor=actor, at=at, reason=reason, outcome_reason=reason)
    ledger.reverse(queries.act_of_award(claim), _BACK, actor=actor, at=at, reason=claim.number)
    release_evidence(claim, at=at)


def _use_invoices(claim: Claim, uses: Mapping[int, int], *, at: datetime) -> None:
    """Lay what is used of each invoice over its lines; the trigger keeps the sum within what may be used."""
    side = queries.side_of_claim(claim)
    measure = policy.pack(claim.voucher.scheme_version).redemption_rule(claim.voucher.voucher_kind).invoice_amount
    for invoice_id, amount in sorted(uses.items()):
        rooms = queries.line_rooms(queries.lock_invoice(invoice_id), measure, side=side)
        for part in spread(amount, rooms, usages=(), payments=()):
            row = Allocation(claim_id=claim.id, invoice_id=invoice_id, amount=part.amount, side=side, at=at)
            row.invoice_line_id = part.line
            db.session.add(row)
    db.session.flush()
    db.session.expire(claim, ["allocations"])


def _make_payable(claim: Claim, *, actor: Actor, at: datetime) -> None:
    """What was put aside becomes payable by the way every claim goes, so that money has one path."""
    voucher, party = claim.voucher, claim.voucher.enterprise.organisation.public_id
    pot, moves = Pot(voucher.scheme_version.scheme_id, voucher.voucher_kind), []
    for layer, part in sorted(ledger_queries.balances_by_layer(AccountKind.VOUCHER, voucher.public_id).items()):
        rest = pot.voucher(layer, voucher=voucher.public_id, party=party)
        held = pot.held(layer, subject=claim.public_id, party=party)
        owed = pot.payable(layer, payee=party)
        moves += [
            Move(TransferKind.HOLD, rest, held, part, f"hold:{claim.public_id}:{layer}"),
            Move(TransferKind.REDEEM, held, owed, part, f"redeem:{claim.public_id}:{layer}"),
        ]
    ledger.post(moves, actor=actor, at=at, reason=claim.number)
