"""Where the money of a voucher stands, and the movements that its balance is the sum of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.issuance.rules import LAPSE, UNITS_USED
from vouchers.kernel.clock import beijing_date
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.states import LABELS, AccountKind, TransferKind

_BACK = (TransferKind.EXPIRE, TransferKind.VOID)
_NOTES = {
    TransferKind.HOLD: "订单确认，占用券面余额",
    TransferKind.RELEASE: "占用未用完，退回券面",
    TransferKind.EXPIRE: "过期未用，退回发放规模",
    TransferKind.VOID: "作废，退回发放规模",
}

_LAPSED = {LAPSE: "一次用完，余下部分退回发放规模", UNITS_USED: "数量已用完，余款退回发放规模"}


@dataclass(frozen=True, slots=True)
class Figures:
    """A face value parted, in fen: face = left + held + redeemed + returned."""

    face: int
    left: int
    held: int
    redeemed: int
    returned: int


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a voucher's statement, as the macro `movements` shows it."""

    day: date
    kind: str
    note: str
    document: str
    fen: int
    balance: int
    subject: str
    is_hold: bool


def figures(voucher: Voucher) -> Figures:
    """Where a voucher's money stands, added up from the ledger."""
    own = _accounts_of(voucher.public_id)
    holds = holders_of(own)
    return Figures(
        face=voucher.face,
        left=_balance(own),
        held=_balance(holds),
        redeemed=_moved(holds, (TransferKind.REDEEM,)) - _moved_into(holds, TransferKind.UNREDEEM),
        returned=_moved(own, _BACK) + _moved(holds, (TransferKind.RELEASE_ENDED,)),
    )


def movements(voucher: Voucher) -> list[Movement]:
    """Every movement of a voucher, oldest first, the layers of an act added up."""
    own = _accounts_of(voucher.public_id)
    rows = db.session.execute(
        select(Transfer).where(or_(Transfer.debit_id.in_(own), Transfer.credit_id.in_(own))).order_by(Transfer.id)
    ).scalars()
    other = _subjects(own)
    lines: dict[tuple[str, TransferKind], Movement] = {}
    running = 0
    for row in rows:
        is_credit = row.credit_id in own
        running += row.amount if is_credit else -row.amount
        earlier = lines.get((row.act_id, row.kind))
        lines[row.act_id, row.kind] = Movement(
            day=beijing_date(row.at),
            kind=LABELS[row.kind],
            note=next((said for key, said in _LAPSED.items() if row.key.startswith(key)), _NOTES.get(row.kind, "")),
            document=row.reason,
            fen=(earlier.fen if earlier else 0) + (row.amount if is_credit else -row.amount),
            balance=running,
            subject=other.get(row.debit_id if is_credit else row.credit_id, ""),
            is_hold=row.kind is TransferKind.HOLD,
        )
    return list(lines.values())


def holders_of(own: Iterable[int]) -> set[int]:
    """The accounts that hold part of these voucher accounts: of orders, and of claims that took over from them."""
    found = _credited(own, TransferKind.HOLD)
    return found | _credited(found, TransferKind.ASSIGN)


def _accounts_of(public_id: str) -> set[int]:
    statement = select(LedgerAccount.id).where(
        LedgerAccount.kind == AccountKind.VOUCHER, LedgerAccount.subject == public_id
    )
    return set(db.session.scalars(statement))


def _credited(debits: Iterable[int], kind: TransferKind) -> set[int]:
    statement = select(Transfer.credit_id).where(Transfer.debit_id.in_(set(debits)), Transfer.kind == kind)
    return set(db.session.scalars(statement))


def _balance(accounts: Iterable[int]) -> int:
    statement = select(func.coalesce(func.sum(LedgerAccount.balance), 0)).where(LedgerAccount.id.in_(set(accounts)))
    return int(db.session.scalar(statement) or 0)


def _moved(debits: Iterable[int], kinds: Iterable[TransferKind]) -> int:
    statement = select(func.coalesce(func.sum(Transfer.amount), 0)).where(
        Transfer.debit_id.in_(set(debits)), Transfer.kind.in_(tuple(kinds))
    )
    return int(db.session.scalar(statement) or 0)


def _moved_into(accounts: Iterable[int], kind: TransferKind) -> int:
    statement = select(func.coalesce(func.sum(Transfer.amount), 0)).where(
        Transfer.credit_id.in_(set(accounts)), Transfer.kind == kind
    )
    return int(db.session.scalar(statement) or 0)


def _subjects(own: set[int]) -> dict[int, str]:
    """The order or claim behind each account that these exchange money with."""
    to = select(Transfer.credit_id).where(Transfer.debit_id.in_(own))
    back = select(Transfer.debit_id).where(Transfer.credit_id.in_(own))
    statement = select(LedgerAccount.id, LedgerAccount.subject).where(
        LedgerAccount.kind == AccountKind.HELD, or_(LedgerAccount.id.in_(to), LedgerAccount.id.in_(back))
    )
    return {row.id: row.subject for row in db.session.execute(statement)}
