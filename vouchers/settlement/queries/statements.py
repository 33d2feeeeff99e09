"""Statements (对账单): what a payee was awarded, paid and not paid in a month."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import joinedload

from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import BEIJING, beijing_date
from vouchers.kernel.periods import add_months
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.states import AccountKind, TransferKind
from vouchers.parties.models import Organisation
from vouchers.policy.reach import reaches_version
from vouchers.redemption.models import Claim
from vouchers.redemption.states import ClaimState
from vouchers.settlement.models import PaymentAttempt, PaymentItem, PaymentLine
from vouchers.settlement.states import AttemptState

MOST_MONTHS = 120  # so far back one may ask


@dataclass(frozen=True, slots=True)
class Award:
    """A claim approved in the month, in fen; below zero when the approval was withdrawn."""

    public_id: str
    number: str
    on: date
    amount: int
    state: ClaimState


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to pay in the month: what it was for and what became of it, in fen."""

    on: date
    batch: str
    paying_office: str
    claims: str
    amount: int
    state: AttemptState
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement of one payee and month; totals in fen."""

    payee: str
    month: str
    awards: tuple[Award, ...]
    payments: tuple[Payment, ...]

    @property
    def awarded(self) -> int:
        """What was approved in the month."""
        return sum(award.amount for award in self.awards)

    @property
    def paid(self) -> int:
        """What was paid in the month."""
        return sum(payment.amount for payment in self.payments if payment.state is AttemptState.PAID)

    @property
    def refused(self) -> int:
        """What the bank refused in the month."""
        return sum(payment.amount for payment in self.payments if payment.state is AttemptState.REFUSED)


def statement_of(payee: Organisation, month: str, *, seen_by: tuple[Actor, date] | None = None) -> Statement:
    """The statement of a payee for a month written 2026-03; an officer sees what lies within reach on a day."""
    first, after = _span(month)
    within = _within(seen_by)
    return Statement(
        payee=payee.name,
        month=month,
        awards=tuple(_awards(payee, first, after, within)),
        payments=tuple(_payments(payee.id, first, after, within)),
    )


def months_of(today: date, count: int = 12) -> list[str]:
    """The last months, the newest first.

    >>> months_of(date(2026, 2, 3), 3)
    ['2026-02', '2026-01', '2025-12']
    """
    return [add_months(today.replace(day=1), -n).isoformat()[:7] for n in range(count)]


def payees(actor: Actor, *, on: date) -> list[tuple[str, str]]:
    """Everybody who was ever to be paid by a scheme within reach: public id and name."""
    ids = (
        select(Claim.payee_id)
        .where(_within((actor, on)))
        .union(select(PaymentItem.payee_id).join(Claim, Claim.id == PaymentItem.claim_id).where(_within((actor, on))))
    )
    statement = select(Organisation.public_id, Organisation.name).where(Organisation.id.in_(ids))
    return [(row.public_id, row.name) for row in db.session.execute(statement.order_by(Organisation.name))]


def _within(seen_by: tuple[Actor, date] | None) -> ColumnElement[bool]:
    """The condition that a claim lies within the reach of an officer; a payee sees every one of their own."""
    if seen_by is None:
        return true()
    actor, on = seen_by
    return Claim.voucher_id.in_(select(Voucher.id).where(reaches_version(Voucher.scheme_version_id, actor, on=on)))


def _awards(payee: Organisation, first: datetime, after: datetime, within: ColumnElement[bool]) -> list[Award]:
    """What became payable to a payee, as the ledger has it: of a claim that pays two, its own part.

    What was withdrawn before it was paid stands below zero on the day it was withdrawn.
    """
    back = Transfer.kind == TransferKind.UNREDEEM
    owed = or_(
        and_(Transfer.kind == TransferKind.REDEEM, LedgerAccount.id == Transfer.credit_id),
        and_(back, LedgerAccount.id == Transfer.debit_id),
    )
    statement = (
        select(Claim, func.min(Transfer.at), func.sum(case((back, -Transfer.amount), else_=Transfer.amount)))
        .join(Transfer, Transfer.reason == Claim.number)
        .join(LedgerAccount, owed)
        .where(
            LedgerAccount.kind == AccountKind.PAYABLE,
            LedgerAccount.party == payee.public_id,
            within,
            Transfer.at >= first,
            Transfer.at < after,
        )
        .group_by(Claim.id, Transfer.kind)
        .order_by(func.min(Transfer.id))
    )
    return [
        Award(claim.public_id, claim.number, beijing_date(at), int(amount), claim.state)
        for claim, at, amount in db.session.execute(statement)
    ]


def _payments(payee_id: int, first: datetime, after: datetime, within: ColumnElement[bool]) -> list[Payment]:
    in_month = (PaymentAttempt.answered_at >= first, PaymentAttempt.answered_at < after)
    sent = (PaymentAttempt.answered_at.is_(None), PaymentAttempt.sent_at >= first, PaymentAttempt.sent_at < after)
    statement = (
        select(PaymentAttempt)
        .join(PaymentLine)
        .where(PaymentLine.payee_id == payee_id, or_(and_(*in_month), and_(*sent)))
        .where(PaymentLine.id.in_(select(PaymentItem.line_id).join(Claim).where(within)))
        .options(joinedload(PaymentAttempt.line), joinedload(PaymentAttempt.batch))
        .order_by(PaymentAttempt.id)
    )
    return [
        Payment(
            on=beijing_date(attempt.answered_at or attempt.sent_at or first),
            batch=attempt.batch.number,
            paying_office=attempt.line.paying_office.name,
            claims="、".join(item.claim.number for item in attempt.line.items),
            amount=attempt.line.amount,
            state=attempt.state,
            reference=attempt.bank_reference or "",
            reason=attempt.reason,
        )
        for attempt in db.session.scalars(statement)
    ]


def _span(month: str) -> tuple[datetime, datetime]:
    first = date.fromisoformat(f"{month}-01")
    return _midnight(first), _midnight(add_months(first, 1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, BEIJING).astimezone(UTC)
