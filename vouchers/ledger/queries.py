"""Reading the ledger: balances, statements, totals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CompoundSelect, Select, bindparam, func, or_, select

from vouchers.accounts.models import Office
from vouchers.db.base import db
from vouchers.db.writing import send
from vouchers.kernel.errors import NotFound
from vouchers.ledger import rules
from vouchers.ledger.looking_back import day_of_use, used_since
from vouchers.ledger.models import FinanceDocument, LedgerAccount, Transfer
from vouchers.ledger.rules import AccountKey, Cap
from vouchers.ledger.states import AccountKind, DocumentKind, DocumentState, TransferKind

_accounts = LedgerAccount.__table__.c
_BY_LAYER = select(_accounts.layer, _accounts.balance).where(
    _accounts.kind == bindparam("kind"), _accounts.subject == bindparam("subject"), _accounts.balance > 0
)


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a statement: a signed amount and the balance after it."""

    at: datetime
    kind: TransferKind
    reason: str
    amount: int
    balance: int


def balance(key: AccountKey) -> int:
    """What rests in an account; 0 when it was never opened."""
    return db.session.scalar(select(LedgerAccount.balance).where(LedgerAccount.name == key.name)) or 0


def used(cap: Cap) -> int:
    """What is used of a quota, in fen or times; the contract or year that it is asked for is not counted itself."""
    total = used_since(cap) if cap.since else balance(cap.account(AccountKind.DRAWN))
    return total - (_is_counted(cap) and not balance(cap.beyond))


def stands_over(cap: Cap) -> bool:
    """Whether its contract or year is counted already, over the limit: it adds nothing then, whoever draws for it."""
    return _is_counted(cap) and balance(cap.beyond) > 0


def _is_counted(cap: Cap) -> bool:
    if cap.since:
        return bool(cap.of and day_of_use(cap))
    return bool(cap.of) and balance(cap.uses(AccountKind.DRAWN)) > 0


def balances_by_layer(kind: AccountKind, subject: str) -> dict[str, int]:
    """What rests with one voucher, order, claim or document, per funding layer; empty layers are left out."""
    rows = send(_BY_LAYER, {"kind": kind, "subject": subject})
    return {row.layer: row.balance for row in rows}


def balance_of(kind: AccountKind, subject: str) -> int:
    """What rests with one voucher, order, claim or document, over all layers."""
    return sum(balances_by_layer(kind, subject).values())


def held_by(subjects: Select[str] | CompoundSelect[str]) -> int:
    """What all orders and claims whose public ids are selected hold together, in fen."""
    held = (LedgerAccount.kind == AccountKind.HELD, LedgerAccount.subject.in_(subjects))
    return int(db.session.scalar(select(func.coalesce(func.sum(LedgerAccount.balance), 0)).where(*held)) or 0)


def voucher_balances(subjects: Sequence[str]) -> dict[str, int]:
    """What is left on each of these vouchers, in one query."""
    statement = (
        select(LedgerAccount.subject, func.sum(LedgerAccount.balance))
        .where(LedgerAccount.kind == AccountKind.VOUCHER, LedgerAccount.subject.in_(subjects))
        .group_by(LedgerAccount.subject)
    )
    found = {subject: int(total) for subject, total in db.session.execute(statement)}
    return {subject: found.get(subject, 0) for subject in subjects}


def statement(kind: AccountKind, subject: str) -> list[Movement]:
    """Every movement of the accounts of one subject, oldest first, layers of an act added up."""
    accounts = select(LedgerAccount.id).where(LedgerAccount.kind == kind, LedgerAccount.subject == subject)
    ids = set(db.session.scalars(accounts))
    rows = db.session.execute(
        select(Transfer).where(or_(Transfer.debit_id.in_(ids), Transfer.credit_id.in_(ids))).order_by(Transfer.id)
    ).scalars()
    movements: dict[tuple[str, TransferKind], Movement] = {}
    running = 0
    for row in rows:
        signed = row.amount if row.credit_id in ids else -row.amount
        running += signed
        earlier = movements.get((row.act_id, row.kind))
        amount = signed + (earlier.amount if earlier else 0)
        movements[row.act_id, row.kind] = Movement(row.at, row.kind, row.reason, amount, running)
    return list(movements.values())


@dataclass(frozen=True, slots=True)
class PotTotals:
    """The commitments of one scheme, kind and layer, in fen: granted = available + vouchers + held + payable + paid."""

    scheme_id: int
    voucher_kind: str
    layer: str
    granted: int
    available: int
    vouchers: int
    held: int
    payable: int
    paid: int

    @property
    def adds_up(self) -> bool:
        """Whether the parts make the whole, to the fen."""
        return self.granted == self.available + self.vouchers + self.held + self.payable + self.paid


def pot_totals(scheme_id: int | None = None) -> list[PotTotals]:
    """Commitments per scheme, voucher kind and layer."""
    columns = (LedgerAccount.scheme_id, LedgerAccount.voucher_kind, LedgerAccount.layer)
    statement = (
        select(*columns, LedgerAccount.kind, func.sum(LedgerAccount.balance).label("total"))
        .where(LedgerAccount.kind.in_(_POT_KINDS), LedgerAccount.unit == "CNY")
        .group_by(*columns, LedgerAccount.kind)
    )
    if scheme_id is not None:
        statement = statement.where(LedgerAccount.scheme_id == scheme_id)
    sums: dict[tuple[int, str, str], dict[AccountKind, int]] = {}
    for row in db.session.execute(statement):
        sums.setdefault((row.scheme_id, row.voucher_kind, row.layer), {})[row.kind] = int(row.total)
    return [PotTotals(*place, *_pot_figures(kinds)) for place, kinds in sorted(sums.items())]


_POT_KINDS = (
    AccountKind.GRANT,
    AccountKind.ENVELOPE,
    AccountKind.VOUCHER,
    AccountKind.HELD,
    AccountKind.PAYABLE,
    AccountKind.PAID,
)


def _pot_figures(kinds: Mapping[AccountKind, int]) -> tuple[int, ...]:
    return (-kinds.get(AccountKind.GRANT, 0), *(kinds.get(kind, 0) for kind in _POT_KINDS[1:]))


@dataclass(frozen=True, slots=True)
class IndicatorTotals:
    """One 指标文 in the cash book, in fen: granted = unspent + spent."""

    document: FinanceDocument
    unspent: int
    spent: int


def indicator_totals(scheme_id: int | None = None) -> list[IndicatorTotals]:
    """Cash per checked 指标文, oldest first."""
    statement = select(LedgerAccount.subject, LedgerAccount.kind, LedgerAccount.balance).where(
        LedgerAccount.kind.in_((AccountKind.INDICATOR, AccountKind.SPENT))
    )
    sums = {(row.subject, row.kind): row.balance for row in db.session.execute(statement)}
    documents = select(FinanceDocument).where(FinanceDocument.public_id.in_({subject for subject, _ in sums}))
    if scheme_id is not None:
        documents = documents.where(FinanceDocument.scheme_id == scheme_id)
    return [
        IndicatorTotals(
            document,
            sums.get((document.public_id, AccountKind.INDICATOR), 0),
            sums.get((document.public_id, AccountKind.SPENT), 0),
        )
        for document in db.session.scalars(documents.order_by(FinanceDocument.id))
    ]


def lock_document(public_id: str) -> FinanceDocument:
    """A finance document, held until the act ends."""
    statement = select(FinanceDocument).where(FinanceDocument.public_id == public_id)
    locked = statement.with_for_update(of=FinanceDocument).execution_options(populate_existing=True)
    return _found(db.session.scalar(locked))


def document(document_id: int) -> FinanceDocument:
    """A finance document by its key."""
    return _found(db.session.get(FinanceDocument, document_id))


def get_document(public_id: str) -> FinanceDocument:
    """A finance document, to be shown."""
    return _found(db.session.scalar(select(FinanceDocument).where(FinanceDocument.public_id == public_id)))


def treasury_of(original: FinanceDocument) -> AccountKey:
    """The treasury account behind an indicator."""
    return rules.treasury(_office(original).public_id, _year(original))


def indicator_of(original: FinanceDocument) -> AccountKey:
    """The account of what may still be paid under an indicator."""
    office, year = _office(original).public_id, _year(original)
    return rules.indicator(
        original.public_id, scheme_id=original.scheme_id, layer=original.layer, office=office, year=year
    )


def spent_of(original: FinanceDocument) -> AccountKey:
    """The account of what has been paid under an indicator."""
    office, year = _office(original).public_id, _year(original)
    return rules.spent(original.public_id, scheme_id=original.scheme_id, layer=original.layer, office=office, year=year)


def indicators_for(scheme_id: int, layer: str, year: int) -> Sequence[FinanceDocument]:
    """Checked 指标文 under which a layer may be paid in a fiscal year, oldest first; amendments left out."""
    statement = select(FinanceDocument).where(
        FinanceDocument.kind == DocumentKind.INDICATOR,
        FinanceDocument.state == DocumentState.CHECKED,
        FinanceDocument.scheme_id == scheme_id,
        FinanceDocument.layer == layer,
        FinanceDocument.fiscal_year == year,
        FinanceDocument.amends_id.is_(None),
    )
    return db.session.scalars(statement.order_by(FinanceDocument.id)).all()


@dataclass(frozen=True, slots=True)
class Uncovered:
    """What a layer has promised or owes and no indicator covers, in fen."""

    scheme_id: int
    layer: str
    committed: int
    unspent: int


def set_aside(scheme_id: int, *, but_for: int | None = None) -> tuple[int, int]:
    """What documents take out of a fund for administering it, one left aside: all not refused, and those checked."""
    statement = select(FinanceDocument.id, FinanceDocument.amount, FinanceDocument.state).where(
        FinanceDocument.scheme_id == scheme_id,
        FinanceDocument.purpose == rules.ADMINISTRATION,
        FinanceDocument.state != DocumentState.REFUSED,
    )
    rows = [row for row in db.session.execute(statement) if row.id != but_for]
    checked = [row for row in rows if row.state is DocumentState.CHECKED]
    return -sum(row.amount for row in rows), -sum(row.amount for row in checked)


def uncovered() -> list[Uncovered]:
    """Per scheme and layer: commitments (vouchers, held, payable) above what its indicators still allow to be paid."""
    committed: dict[tuple[int, str], int] = {}
    for pot in pot_totals():
        place = (pot.scheme_id, pot.layer)
        committed[place] = committed.get(place, 0) + pot.vouchers + pot.held + pot.payable
    unspent: dict[tuple[int, str], int] = {}
    for one in indicator_totals():
        place = (one.document.scheme_id, one.document.layer)
        unspent[place] = unspent.get(place, 0) + one.unspent
    found = [Uncovered(*place, total, unspent.get(place, 0)) for place, total in sorted(committed.items())]
    return [one for one in found if one.committed > one.unspent]


def _office(document: FinanceDocument) -> Office:
    if document.paying_office is None:
        raise ValueError("only an indicator has a paying body")
    return document.paying_office


def _year(document: FinanceDocument) -> int:
    if document.fiscal_year is None:
        raise ValueError("only an indicator has a fiscal year")
    return document.fiscal_year


def _found(document: FinanceDocument | None) -> FinanceDocument:
    if document is None:
        raise NotFound("no such finance document")
    return document
