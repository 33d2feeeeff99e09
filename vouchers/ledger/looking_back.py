"""What a moving period sees of a quota: how much was drawn since its first day, and when a contract was last.

And what it no longer sees: days and contracts that lie before it.
"""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from vouchers.db.base import db
from vouchers.ledger.models import LedgerAccount
from vouchers.ledger.rules import CLAIMS, OVER, Cap
from vouchers.ledger.states import AccountKind


def used_since(cap: Cap) -> int:
    """What was drawn of a quota on the days that its moving period looks at."""
    account = LedgerAccount
    statement = select(func.coalesce(func.sum(account.balance), 0)).where(
        *_drawn(cap, account),
        account.period == cap.period,
        account.unit == cap.unit,
        account.layer >= cap.since,
    )
    return int(db.session.scalar(statement) or 0)


def day_of_use(cap: Cap, *, first: str = "", last: str = "") -> str:
    """The latest day, of those a moving period looks at or of others, on which its contract was drawn for; or empty."""
    account, first = LedgerAccount, first or cap.since
    statement = select(func.max(account.period)).where(
        *_drawn(cap, account),
        account.layer == cap.of,
        account.unit == CLAIMS,
        account.period.between(first, last or cap.day),
        func.length(account.period) == len(cap.day),  # and no year or month of a version that counted by those
        account.balance > 0,
    )
    return db.session.scalar(statement) or ""


def days_behind(cap: Cap) -> Iterator[tuple[Cap, int]]:
    """The quota as it stands by each day before those that a moving period looks at, and what was drawn on it."""
    account = LedgerAccount
    statement = select(account.layer, account.balance).where(
        *_drawn(cap, account),
        account.period == cap.period,
        account.unit == cap.unit,
        account.layer < cap.since,
        account.balance > 0,
    )
    for row in db.session.execute(statement.order_by(account.layer)):
        yield replace(cap, day=row.layer), row.balance


def beyond_behind(cap: Cap) -> Iterator[Cap]:
    """Each contract that stands over the limit and was last drawn for before the days that a moving period looks at."""
    account, use = LedgerAccount, aliased(LedgerAccount)
    is_seen = exists().where(
        *_drawn(cap, use),
        use.layer == account.layer,
        use.unit == CLAIMS,
        use.period >= cap.since,
        func.length(use.period) == len(cap.since),
        use.balance > 0,
    )
    statement = select(account.layer).where(
        *_drawn(cap, account),
        account.period == f"{OVER}{cap.period}",
        account.unit == cap.unit,
        account.balance > 0,
        ~is_seen,
    )
    for contract in db.session.scalars(statement.order_by(account.layer)):
        yield replace(cap, of=contract)


def _drawn(cap: Cap, account: type[LedgerAccount]) -> tuple[ColumnElement[bool], ...]:
    """The accounts of what was drawn of a quota by its party, whatever their period, day, contract and unit."""
    return (
        account.kind == AccountKind.DRAWN,
        account.scheme_id == cap.scheme_id,
        account.party == cap.party,
        account.subject == cap.key,
    )
