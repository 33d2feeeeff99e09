"""In which years a party was supported: read off the vouchers that the ledger issued to it."""

from sqlalchemy import Select, func, select

from vouchers.db.base import db
from vouchers.kernel.clock import beijing_date
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.states import AccountKind, TransferKind

_BACK = (TransferKind.EXPIRE, TransferKind.VOID)


def years_supported(scheme_id: int, voucher_kind: str, party: str, *, but_for: int) -> int:
    """In how many calendar years (Beijing) a party was supported by vouchers of a kind, one year left aside.

    A voucher of which everything went back unused supported nobody.
    """
    voucher = LedgerAccount
    own = select(voucher.id).where(
        voucher.kind == AccountKind.VOUCHER,
        voucher.scheme_id == scheme_id,
        voucher.voucher_kind == voucher_kind,
        voucher.party == party,
    )
    issued = (
        select(voucher.subject, func.min(Transfer.at).label("at"), func.sum(Transfer.amount).label("amount"))
        .join(voucher, voucher.id == Transfer.credit_id)
        .where(Transfer.credit_id.in_(own), Transfer.kind == TransferKind.ISSUE)
        .group_by(voucher.subject)
    )
    back = _returned(own)
    years = {beijing_date(row.at).year for row in db.session.execute(issued) if row.amount > back.get(row.subject, 0)}
    return len(years - {but_for})


def _returned(own: Select[int]) -> dict[str, int]:
    """By voucher: what went back from it, and from orders that still held part of it when it had ended."""
    voucher, hold = LedgerAccount, Transfer.__table__.alias("hold")
    straight = (
        select(voucher.subject, Transfer.amount)
        .join(voucher, voucher.id == Transfer.debit_id)
        .where(Transfer.debit_id.in_(own), Transfer.kind.in_(_BACK))
    )
    pairs = select(hold.c.debit_id, hold.c.credit_id).where(hold.c.debit_id.in_(own)).distinct().subquery()
    through = (
        select(voucher.subject, Transfer.amount)
        .join(pairs, pairs.c.credit_id == Transfer.debit_id)
        .join(voucher, voucher.id == pairs.c.debit_id)
        .where(Transfer.kind == TransferKind.RELEASE_ENDED)
    )
    sums: dict[str, int] = {}
    for row in [*db.session.execute(straight), *db.session.execute(through)]:
        sums[row.subject] = sums.get(row.subject, 0) + row.amount
    return sums
