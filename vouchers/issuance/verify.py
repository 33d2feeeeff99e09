"""What always holds of vouchers, checked on a live database."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from sqlalchemy import Row, func, select
from sqlalchemy.orm import joinedload

from vouchers.applications.models import Application, CapLift
from vouchers.applications.states import LiftState
from vouchers.db.base import db
from vouchers.db.numbers import beyond
from vouchers.db.repeats import repeated
from vouchers.issuance import queries
from vouchers.issuance.models import Voucher
from vouchers.issuance.states import OF_SUBSIDIES, VoucherState
from vouchers.ledger.caps import quota_key
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.rules import COUNTS, LIFT
from vouchers.ledger.states import AccountKind, TransferKind
from vouchers.policy import queries as policy
from vouchers.policy.models import SchemeVersion
from vouchers.policy.pack.funding import Funding
from vouchers.policy.rules.funding import parted
from vouchers.providers.units import PARTS

CHECKS = ("INV-05", "INV-07", "INV-11", "INV-18")
_BACK = (TransferKind.EXPIRE, TransferKind.VOID, TransferKind.RELEASE_ENDED)
_IN_KIND = select(Voucher.public_id).where(Voucher.units.is_not(None))
_ENDED = frozenset({VoucherState.EXPIRED, VoucherState.VOID, VoucherState.USED_UP, *OF_SUBSIDIES})


def findings() -> Iterator[tuple[str, str, str]]:
    """Every voucher whose money does not add up; invariant, row, sentence."""
    home = _homes()
    left, held = _balances(home, AccountKind.VOUCHER), _balances(home, AccountKind.HELD)
    redeemed, returned, undone = _moved(home, (TransferKind.REDEEM,)), _moved(home, _BACK), _undone(home)
    issued = _issued(home)
    for row in db.session.execute(select(Voucher.public_id, Voucher.number, Voucher.face, Voucher.state)):
        mine, name = row.public_id, f"vouchers/{row.number}"
        if issued.get(mine, 0) != row.face:
            yield "INV-07", name, f"面额 {row.face} 分与发券分录之和 {issued.get(mine, 0)} 分不符"
        parts = [sums.get(mine, 0) for sums in (left, held, redeemed, returned)]
        parts[2] -= undone.get(mine, 0)
        if sum(parts) != row.face:
            words = "余额 {} 分、占用 {} 分、已核销 {} 分、已退回 {} 分".format(*parts)
            yield "INV-07", name, f"面额 {row.face} 分与{words}之和不符"
        if row.state in _ENDED and parts[0]:
            yield "INV-07", name, f"券已终止，余额 {parts[0]} 分没有退回"
    yield from _units()
    yield from _lifted()
    yield from _layers()
    for number in (*repeated(Voucher.number), *beyond(Voucher.number), *repeated(Voucher.code)):
        yield "INV-18", f"vouchers/{number}", "编号或券码重复，或不是由编号序列给出"


def _layers() -> Iterator[tuple[str, str, str]]:
    """Each layer's part of a face is what the pack of its version gives it, to the fen."""
    statement = (
        select(Voucher.number, Voucher.face, Voucher.scheme_version_id, Voucher.voucher_kind)
        .add_columns(LedgerAccount.layer, func.sum(Transfer.amount).label("part"))
        .join(LedgerAccount, (LedgerAccount.subject == Voucher.public_id) & (LedgerAccount.kind == AccountKind.VOUCHER))
        .join(Transfer, (Transfer.credit_id == LedgerAccount.id) & (Transfer.kind == TransferKind.ISSUE))
        .group_by(Voucher.id, Voucher.number, Voucher.face, Voucher.scheme_version_id, Voucher.voucher_kind)
        .group_by(LedgerAccount.layer)
        .order_by(Voucher.id)
        .execution_options(yield_per=1000)
    )
    fundings: dict[tuple[int, str], Funding] = {}
    for _, rows in groupby(db.session.execute(statement), key=lambda row: row.number):
        found = list(rows)
        parts, one = {row.layer: int(row.part) for row in found}, found[0]
        place = one.scheme_version_id, one.voucher_kind
        if place not in fundings:
            pack = policy.pack(db.session.get_one(SchemeVersion, one.scheme_version_id))
            fundings[place] = pack.amount.funding_of(one.voucher_kind)
        if parts != parted(one.face, fundings[place]):
            yield "INV-11", f"vouchers/{one.number}", f"各级分担 {parts} 与方案规定的比例不符"


def _units() -> Iterator[tuple[str, str, str]]:
    """The units of every voucher in kind are those it was issued with, and none is left on one that ended."""
    kinds = (AccountKind.QUOTA, AccountKind.DRAWN, AccountKind.ALLOWANCE)
    places, opened = [_by_voucher(kind) for kind in kinds], _opened()
    statement = select(Voucher).where(Voucher.units.is_not(None)).options(joinedload(Voucher.scheme_version))
    for voucher in db.session.scalars(statement):
        mine, unit, name = voucher.public_id, queries.unit_of(voucher), f"vouchers/{voucher.number}"
        left, drawn, source = (sums.get(mine, 0) for sums in places)
        measure, units = policy.pack(voucher.scheme_version).measure(voucher.voucher_kind), voucher.units or 0
        granted = 0 if unit is None else units * PARTS[unit]
        if (measure.unit, measure.fen(units)) != (voucher.unit, voucher.face):
            yield "INV-07", name, f"数量 {units} 与面额 {voucher.face} 分、方案的每单位最高价不符"
        if opened.get(mine, 0) != granted:
            yield "INV-07", name, f"数量 {granted} 与发券时建立的数量 {opened.get(mine, 0)} 不符"
        if left + drawn + source or left + drawn > granted:
            yield "INV-07", name, f"余下 {left}、订单占用和已用 {drawn} 与建立后未收回的数量 {-source} 不符"
        if voucher.state in _ENDED and left:
            yield "INV-07", name, f"券已终止，数量 {left} 没有收回"


def _by_voucher(kind: AccountKind) -> dict[str, int]:
    """What rests in the accounts of units, by voucher."""
    of = LedgerAccount.subject.in_(_IN_KIND)
    statement = select(LedgerAccount.subject, func.sum(LedgerAccount.balance)).where(LedgerAccount.kind == kind, of)
    return {subject: int(total) for subject, total in db.session.execute(statement.group_by(LedgerAccount.subject))}


def _opened() -> dict[str, int]:
    """With how many parts of its unit each voucher in kind was issued."""
    statement = (
        select(LedgerAccount.subject, func.sum(Transfer.amount))
        .join(LedgerAccount, LedgerAccount.id == Transfer.credit_id)
        .where(Transfer.kind == TransferKind.OPEN_QUOTA, LedgerAccount.subject.in_(_IN_KIND))
        .group_by(LedgerAccount.subject)
    )
    return {subject: int(total) for subject, total in db.session.execute(statement)}


def _lifted() -> Iterator[tuple[str, str, str]]:
    """What was opened over a cap for one case is what two persons granted, and no more."""
    granted = {
        (row.public_id, key): row.amount
        for row in db.session.execute(
            select(Application.public_id, CapLift.cap, CapLift.amount)
            .join(Application, Application.id == CapLift.application_id)
            .where(CapLift.state == LiftState.GRANTED)
        )
        for key in (row.cap, quota_key(row.cap))
    }
    account = LedgerAccount
    opened = select(account.name, account.party, account.subject, account.unit, account.balance).where(
        account.kind == AccountKind.ALLOWANCE, account.period == LIFT
    )
    for row in db.session.execute(opened):
        allowed = granted.get((row.party, row.subject), 0)
        word, most = ("次", min(1, allowed)) if row.unit in COUNTS else ("分", allowed)
        if -row.balance > most:
            yield "INV-05", row.name, f"放宽的额度 {-row.balance} {word}超过两人同意的 {most} {word}"


def _homes() -> dict[int, str]:
    """To which voucher each account belongs: its own, those of its orders, those of claims on these."""
    own = select(LedgerAccount.id, LedgerAccount.subject).where(LedgerAccount.kind == AccountKind.VOUCHER)
    home = {row.id: row.subject for row in db.session.execute(own)}
    for kind in (TransferKind.HOLD, TransferKind.ASSIGN):
        pairs = select(Transfer.debit_id, Transfer.credit_id).where(Transfer.kind == kind).distinct()
        home |= {row.credit_id: home[row.debit_id] for row in db.session.execute(pairs) if row.debit_id in home}
    return home


def _balances(home: dict[int, str], kind: AccountKind) -> dict[str, int]:
    statement = select(LedgerAccount.id, LedgerAccount.balance).where(LedgerAccount.kind == kind)
    return _summed(home, db.session.execute(statement))


def _moved(home: dict[int, str], kinds: tuple[TransferKind, ...]) -> dict[str, int]:
    statement = (
        select(Transfer.debit_id, func.sum(Transfer.amount)).where(Transfer.kind.in_(kinds)).group_by(Transfer.debit_id)
    )
    return _summed(home, db.session.execute(statement))


def _undone(home: dict[int, str]) -> dict[str, int]:
    """By voucher, what was redeemed and went back before it was paid."""
    statement = (
        select(Transfer.credit_id, func.sum(Transfer.amount))
        .where(Transfer.kind == TransferKind.UNREDEEM)
        .group_by(Transfer.credit_id)
    )
    return _summed(home, db.session.execute(statement))


def _issued(home: dict[int, str]) -> dict[str, int]:
    statement = (
        select(Transfer.credit_id, func.sum(Transfer.amount))
        .where(Transfer.kind == TransferKind.ISSUE)
        .group_by(Transfer.credit_id)
    )
    return _summed(home, db.session.execute(statement))


def _summed(home: dict[int, str], rows: Iterable[Row[int, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for account, amount in rows:
        if account in home:
            sums[home[account]] = sums.get(home[account], 0) + int(amount)
    return sums
