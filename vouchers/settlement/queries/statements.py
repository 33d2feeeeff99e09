"""Statements (对账单): what a payee was awarded, paid and not paid in a month."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.kernel.clock import BEIJING, beijing_date
from vouchers.kernel.periods import add_months
from vouchers.parties.models import Organisation
from vouchers.redemption.models import Claim
from vouchers.redemption.states import ClaimState
from vouchers.settlement.models import PaymentAttempt, PaymentLine
from vouchers.settlement.states import AttemptState

MOST_MONTHS = 120  # so far back one may ask


@dataclass(frozen=True, slots=True)
class Award:
    """A claim approved in the month, in fen."""

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


def statement_of(payee: Organisation, month: str) -> Statement:
    """The statement of a payee for a month written 2026-03."""
    first, after = _span(month)
    return Statement(
        payee=payee.name,
        month=month,
        awards=tuple(_awards(payee.id, first, after)),
        payments=tuple(_payments(payee.id, first, after)),
    )


def months_of(today: date, count: int = 12) -> list[str]:
    """The last months, the newest first.

    >>> months_of(date(2026, 2, 3), 3)
    ['2026-02', '2026-01', '2025-12']
    """
    return [add_months(today.replace(day=1), -n).isoformat()[:7] for n in range(count)]


def payees() -> list[tuple[str, str]]:
    """Everybody who was ever to be paid: public id and name."""
    ids = select(Claim.payee_id).distinct()
    statement = select(Organisation.public_id, Organisation.name).where(Organisation.id.in_(ids))
    return [(row.public_id, row.name) for row in db.session.execute(statement.order_by(Organisation.name))]


def _awards(payee_id: int, first: datetime, after: datetime) -> list[Award]:
    statement = (
        select(Claim, AuditEvent.at)
        .join(AuditEvent, AuditEvent.subject_id == Claim.public_id)
        .where(
            Claim.payee_id == payee_id,
            AuditEvent.subject_type == "claim",
            AuditEvent.act == "claim.approve",
            AuditEvent.at >= first,
            AuditEvent.at < after,
        )
        .order_by(AuditEvent.seq)
    )
    return [
        Award(claim.public_id, claim.number, beijing_date(at), claim.approved or 0, claim.state)
        for claim, at in db.session.execute(statement)
    ]


def _payments(payee_id: int, first: datetime, after: datetime) -> list[Payment]:
    in_month = (PaymentAttempt.answered_at >= first, PaymentAttempt.answered_at < after)
    sent = (PaymentAttempt.answered_at.is_(None), PaymentAttempt.sent_at >= first, PaymentAttempt.sent_at < after)
    statement = (
        select(PaymentAttempt)
        .join(PaymentLine)
        .where(PaymentLine.payee_id == payee_id, or_(and_(*in_month), and_(*sent)))
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
