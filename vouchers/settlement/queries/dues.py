"""What is due, out of which documents it can be paid, and which claims a payment settles."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import func, select

from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound
from vouchers.kernel.findings import Finding
from vouchers.ledger import overview
from vouchers.ledger import queries as ledger
from vouchers.ledger.models import LedgerAccount
from vouchers.ledger.states import AccountKind
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.policy.models import Scheme, SchemeVersion
from vouchers.redemption import queries as redemption
from vouchers.redemption import services
from vouchers.redemption.models import Claim
from vouchers.redemption.states import ClaimState
from vouchers.settlement.models import PaymentAttempt, PaymentItem, PaymentLine
from vouchers.settlement.rules.periods import too_early
from vouchers.settlement.rules.planning import (
    ASKED_AGAIN,
    RED_LETTER,
    WITHDRAWN,
    Due,
    Fund,
    LeftOut,
    Plan,
    not_met,
    plan_batch,
)
from vouchers.settlement.states import AttemptState, LineState
from vouchers.subsidies import queries as subsidies

HasAccount = Callable[[int, Sequence[Claim]], bool]
_OWED = (ClaimState.APPROVED, ClaimState.BATCHED)


def plan_for(scheme_id: int, year: int, *, on: date, lines: Sequence[int] | None = None) -> Plan:
    """What a batch of this scheme and year would pay, and what it must leave out; `lines` limits it to those."""
    known: dict[tuple[int, tuple[str, ...]], bool] = {}

    def has_account(payee_id: int, claims: Sequence[Claim]) -> bool:
        key = (payee_id, channels_of(claims))
        if key not in known:
            known[key] = parties.bank_account_of(payee_id, on=on, channels=key[1]) is not None
        return known[key]

    dues = list(_fallen_due(scheme_id, has_account, lines, on=on))
    if lines is None:
        dues += _new_dues(scheme_id, has_account, on=on)
    named = [replace(due, layer_name=layer_name(scheme_id, due.layer)) for due in dues]
    return plan_batch(named, list(_funds(scheme_id, year)))


def layer_name(scheme_id: int, layer: str) -> str:
    """What the pack calls a funding layer."""
    scheme = db.session.get(Scheme, scheme_id)
    return overview.layer_name(scheme, layer) if scheme else layer


def schemes_with_dues(actor: Actor, *, on: date) -> list[tuple[str, str]]:
    """Schemes within reach that owe something: public id and title."""
    statement = (
        select(Scheme.public_id, Scheme.title)
        .join(SchemeVersion, SchemeVersion.scheme_id == Scheme.id)
        .join(Voucher, Voucher.scheme_version_id == SchemeVersion.id)
        .join(Claim, Claim.voucher_id == Voucher.id)
        .where(Claim.state.in_(_OWED), Claim.is_rehearsal.is_(False), policy.covered_by(actor, on=on))
        .distinct()
        .order_by(Scheme.title)
    )
    return [(row.public_id, row.title) for row in db.session.execute(statement)]


def lock_scheme(public_id: str) -> Scheme:
    """A scheme, held until the act ends: one batch of it is made at a time."""
    statement = select(Scheme).where(Scheme.public_id == public_id).with_for_update(of=Scheme)
    found = db.session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("no such scheme")
    return found


def layers_of(scheme_id: int) -> list[str]:
    """The funding layers in which a scheme owes or owed something."""
    statement = select(LedgerAccount.layer).where(
        LedgerAccount.scheme_id == scheme_id, LedgerAccount.kind == AccountKind.PAYABLE
    )
    return sorted(set(db.session.scalars(statement)))


def line(line_id: int) -> PaymentLine:
    """A payment line, held until the act ends."""
    found = db.session.get(PaymentLine, line_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"payment line {line_id}")
    return found


def refused_lines(batch_id: int) -> list[int]:
    """Lines that the bank refused in this batch and that nobody pays yet."""
    statement = (
        select(PaymentLine.id)
        .join(PaymentAttempt)
        .where(
            PaymentAttempt.batch_id == batch_id,
            PaymentAttempt.state == AttemptState.REFUSED,
            PaymentLine.state == LineState.REFUSED,
        )
    )
    return list(db.session.scalars(statement.order_by(PaymentLine.id)))


def claims_paid_by(line_id: int) -> list[Claim]:
    """The claims that a line pays, each in part or whole."""
    statement = select(Claim).join(PaymentItem, PaymentItem.claim_id == Claim.id).where(PaymentItem.line_id == line_id)
    return list(db.session.scalars(statement.order_by(Claim.id)))


def channels_of(claims: Sequence[Claim]) -> tuple[str, ...]:
    """Through which channels these claims may all be paid, as the versions of their schemes say."""
    allowed: list[set[str]] = [set(policy.pack(claim.voucher.scheme_version).settlement.channels) for claim in claims]
    return tuple(sorted(set.intersection(*allowed))) if allowed else ()


def new_dues(scheme_id: int, *, on: date) -> list[Due]:
    """What claims of a scheme are owed and no line pays yet, whether or not their payees can be paid."""
    return _new_dues(scheme_id, lambda _payee, _claims: True, on=on)


def stopped_claims(left_out: Sequence[LeftOut]) -> list[tuple[Claim, str]]:
    """The claims that are not paid because of what was asked again, each once, with the reason."""
    found: dict[int, tuple[Claim, str]] = {}
    for left in left_out:
        if left.why.code == ASKED_AGAIN:
            found |= {claim.id: (claim, left.why.text) for claim in _claims_of(left.due)}
    return list(found.values())


def claims_of(dues: Sequence[Due]) -> list[Claim]:
    """The claims that these would pay."""
    return [claim for due in dues for claim in _claims_of(due)]


def _claims_of(due: Due) -> list[Claim]:
    """The claims that something due would pay."""
    if due.line_id is not None:
        return claims_paid_by(due.line_id)
    claim = db.session.get(Claim, due.claim_id)
    return [] if claim is None else [claim]


def is_fully_paid(claim: Claim) -> bool:
    """Whether every layer of a claim has been paid."""
    statement = (
        select(func.coalesce(func.sum(PaymentItem.amount), 0))
        .join(PaymentLine, PaymentLine.id == PaymentItem.line_id)
        .where(PaymentItem.claim_id == claim.id, PaymentLine.state == LineState.PAID)
    )
    return int(db.session.scalar(statement) or 0) == claim.approved


def why_stopped(claims: Sequence[Claim], overdrawn: Collection[int], *, on: date) -> Finding | None:
    """Why these claims are not paid now, whatever money there is: invoices taken back, conditions that do not hold."""
    if any(not redemption.invoices_of(claim).isdisjoint(overdrawn) for claim in claims):
        return RED_LETTER
    why = [one for claim in claims for one in services.not_payable(claim, on=on)]
    return not_met(why) if why else None


def _new_dues(scheme_id: int, has_account: HasAccount, *, on: date) -> list[Due]:
    claims = _owed(scheme_id)
    item = PaymentItem
    paid = select(item.claim_id, item.layer, item.payee_id).where(item.claim_id.in_([claim.id for claim in claims]))
    taken = {tuple(row) for row in db.session.execute(paid)}
    found = redemption.approved_parts(claims, layers_of(scheme_id))
    parts = {
        claim.id: [part for part in sorted(found.get(claim.public_id, [])) if (claim.id, *part[:2]) not in taken]
        for claim in claims
    }
    left = [claim for claim in claims if parts[claim.id]]
    stopped = _stopped(left, layers_of(scheme_id), on=on)
    return [
        Due(
            key=f"{claim.public_id}:{layer}" if payee == claim.payee_id else f"{claim.public_id}:{layer}:{payee}",
            number=claim.number,
            payee_id=payee,
            payee=(claim.payee if payee == claim.payee_id else claim.provider.organisation).name,
            layer=layer,
            amount=amount,
            has_account=has_account(payee, [claim]),
            claim_id=claim.id,
            claim=claim.public_id,
            stopped=stopped[claim.id],
            is_alone=services.is_asked_again(claim),
        )
        for claim in left
        for layer, payee, amount in parts[claim.id]
    ]


def _owed(scheme_id: int) -> Sequence[Claim]:
    statement = (
        select(Claim)
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
        .where(SchemeVersion.scheme_id == scheme_id, Claim.state.in_(_OWED), Claim.is_rehearsal.is_(False))
        .order_by(Claim.id)
    )
    return db.session.scalars(statement).all()


def _stopped(claims: Sequence[Claim], layers: Sequence[str], *, on: date) -> dict[int, Finding | None]:
    """By claim, why it is not paid now: what always stops it, or the period that has not ended."""
    overdrawn = redemption.overdrawn_invoices()
    approved = redemption.approval_days(claims, layers)
    withdrawn = subsidies.being_reversed([claim.id for claim in claims if claim.is_direct])
    return {
        claim.id: WITHDRAWN
        if claim.id in withdrawn
        else why_stopped([claim], overdrawn, on=on) or _too_early(claim, approved[claim.public_id], on=on)
        for claim in claims
    }


def _too_early(claim: Claim, approved_on: date, *, on: date) -> Finding | None:
    """Why a claim waits for the end of the period in which it was approved, where its scheme settles by period."""
    compiled = policy.compiled(claim.voucher.scheme_version)
    rule = compiled.pack.settlement
    return too_early(rule.frequency, approved_on, on, clause=compiled.clauses[rule.id])


def _fallen_due(scheme_id: int, has_account: HasAccount, only: Sequence[int] | None, *, on: date) -> Iterator[Due]:
    """Lines that nobody pays: those that fell out of a batch, and those that the bank refused."""
    live = select(PaymentAttempt.line_id).where(PaymentAttempt.state != AttemptState.REFUSED)
    states = [LineState.DUE] if only is None else [LineState.REFUSED]
    statement = select(PaymentLine).where(
        PaymentLine.scheme_id == scheme_id, PaymentLine.state.in_(states), PaymentLine.id.not_in(live)
    )
    if only is not None:
        statement = statement.where(PaymentLine.id.in_(only))
    overdrawn = redemption.overdrawn_invoices()
    for found in db.session.scalars(statement.order_by(PaymentLine.id)):
        yield Due(
            key=found.public_id,
            number="、".join(item.claim.number for item in found.items),
            payee_id=found.payee_id,
            payee=found.payee.name,
            layer=found.layer,
            amount=found.amount,
            has_account=has_account(found.payee_id, [item.claim for item in found.items]),
            line_id=found.id,
            stopped=why_stopped([item.claim for item in found.items], overdrawn, on=on),
        )


def _funds(scheme_id: int, year: int) -> Iterator[Fund]:
    planned = (
        select(func.coalesce(func.sum(PaymentLine.amount), 0))
        .join(PaymentAttempt, PaymentAttempt.line_id == PaymentLine.id)
        .where(PaymentAttempt.state == AttemptState.PREPARED)
    )
    for layer in layers_of(scheme_id):
        for document in ledger.indicators_for(scheme_id, layer, year):
            taken = int(db.session.scalar(planned.where(PaymentAttempt.indicator_id == document.id)) or 0)
            left = ledger.balance(ledger.indicator_of(document)) - taken
            if document.paying_office_id is not None:
                yield Fund(document.id, document.number, document.paying_office_id, layer, left)
