"""What a moving period sees of a quota: how much was drawn since its first day, and when a contract was last."""

from sqlalchemy import func, select

from vouchers.db.base import db
from vouchers.ledger.models import LedgerAccount
from vouchers.ledger.rules import CLAIMS, Cap
from vouchers.ledger.states import AccountKind


def used_since(cap: Cap) -> int:
    """What was drawn of a quota on the days that its moving period looks at."""
    account = LedgerAccount
    statement = select(func.coalesce(func.sum(account.balance), 0)).where(
        account.kind == AccountKind.DRAWN,
        account.scheme_id == cap.scheme_id,
        account.party == cap.party,
        account.subject == cap.key,
        account.period == cap.period,
        account.unit == cap.unit,
        account.layer >= cap.since,
    )
    return int(db.session.scalar(statement) or 0)


def day_of_use(cap: Cap, *, first: str = "", last: str = "") -> str:
    """The latest day, of those a moving period looks at or of others, on which its contract was drawn for; or empty."""
    account, first = LedgerAccount, first or cap.since
    statement = select(func.max(account.period)).where(
        account.kind == AccountKind.DRAWN,
        account.scheme_id == cap.scheme_id,
        account.party == cap.party,
        account.subject == cap.key,
        account.layer == cap.of,
        account.unit == CLAIMS,
        account.period.between(first, last or cap.day),
        func.length(account.period) == len(cap.day),  # and no year or month of a version that counted by those
        account.balance > 0,
    )
    return db.session.scalar(statement) or ""
