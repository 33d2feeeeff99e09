"""What always holds in the ledger, checked on a live database; each finding names the invariant and the row."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, cast, exists, func, or_, select, type_coerce
from sqlalchemy.types import NullType

from vouchers.audit import sealing
from vouchers.db.base import db
from vouchers.kernel.money import MOST_FEN
from vouchers.ledger import rules
from vouchers.ledger.models import FinanceDocument, LedgerAccount, Transfer
from vouchers.ledger.states import JOINS, MAY_GO_BELOW_ZERO, AccountKind, DocumentState

CHECKS = ("INV-01", "INV-02", "INV-03", "INV-04", "INV-05", "INV-06", "INV-08", "INV-10")
Found = tuple[str, str, str]
"""Invariant, row, sentence."""


def counts() -> dict[str, int]:
    """How much was checked."""
    return {
        "accounts": db.session.scalar(select(func.count()).select_from(LedgerAccount)) or 0,
        "transfers": db.session.scalar(select(func.count()).select_from(Transfer)) or 0,
    }


def findings() -> Iterator[Found]:
    """Every broken invariant of the ledger; nothing when all hold."""
    yield from _amounts()
    yield from _balances()
    yield from _below_zero()
    yield from _books()
    yield from _shapes()
    yield from _corrections()
    yield from _documents()
    yield from _names()
    yield from _uses()
    yield from _beyond()
    yield from _limits()
    yield from _lent()


def act_digests(connection: Connection) -> Iterator[tuple[str, str]]:
    """Every act with the digest of its transfers as they stand now, for the chain that vouches for them."""
    debit, credit = LedgerAccount.__table__.alias("debit"), LedgerAccount.__table__.alias("credit")
    own = Transfer.__table__.c
    columns = (
        *(own[name] for name in ("act_id", "id", "kind")),
        debit.c.name.label("debit"),
        credit.c.name.label("credit"),
        *(own[name] for name in ("amount", "unit", "key", "reason", "corrects_id", "actor_name", "at")),
    )
    statement = (
        select(*(type_coerce(column, NullType()) for column in columns))
        .outerjoin(debit, debit.c.id == own.debit_id)
        .outerjoin(credit, credit.c.id == own.credit_id)
        .order_by(own.act_id, own.id)
        .execution_options(yield_per=1000)
    )
    for act_id, transfers in groupby(connection.execute(statement), key=lambda row: row[0]):
        yield act_id, rules.act_digest([tuple(row)[1:] for row in transfers])


sealing.SOURCES[Transfer.__tablename__] = act_digests


def _names() -> Iterator[Found]:
    """An account is what its name says, and was opened by a movement: `transfers` are vouched for by these names."""
    own = LedgerAccount.__table__.c
    parts = ("kind", "scheme_id", "voucher_kind", "layer", "party", "subject", "period", "unit")
    columns = [type_coerce(own[name], NullType()) for name in ("id", "name", *parts)]
    for account_id, name, *values in db.session.execute(select(*columns).execution_options(yield_per=1000)):
        if ":".join("" if value is None else str(value) for value in values) != name:
            yield "INV-05", f"ledger_accounts/{account_id}", f"账户的内容与它的名称不符：{name}"
    used = select(Transfer.debit_id).union(select(Transfer.credit_id))
    unused = select(LedgerAccount.id, LedgerAccount.name).where(LedgerAccount.id.not_in(used))
    for account_id, name in db.session.execute(unused):
        yield "INV-05", f"ledger_accounts/{account_id}", f"没有任何分录的账户：{name}"


def _amounts() -> Iterator[Found]:
    """What is moved is whole fen, more than nothing, and no more than one amount may be."""
    amount = type_coerce(Transfer.amount, NullType())
    is_off = or_(amount <= 0, amount > MOST_FEN, amount != cast(amount, BigInteger))
    for number in db.session.scalars(select(Transfer.id).where(is_off)):
        yield "INV-06", f"transfers/{number}", "分录金额不是大于零、系统能记的整分数"


def _balances() -> Iterator[Found]:
    signed = select(Transfer.debit_id.label("account"), (-Transfer.amount).label("amount")).union_all(
        select(Transfer.credit_id, Transfer.amount)
    )
    moves = signed.subquery()
    sums = select(moves.c.account, func.sum(moves.c.amount).label("total")).group_by(moves.c.account).subquery()
    total = func.coalesce(sums.c.total, 0)
    statement = (
        select(LedgerAccount.name, LedgerAccount.balance, total.label("total"))
        .outerjoin(sums, sums.c.account == LedgerAccount.id)
        .where(LedgerAccount.balance != total)
    )
    for row in db.session.execute(statement):
        yield "INV-04", row.name, f"账户余额 {row.balance} 分与分录之和 {row.total} 分不符"


def _below_zero() -> Iterator[Found]:
    statement = select(LedgerAccount.name, LedgerAccount.balance).where(
        LedgerAccount.balance < 0, LedgerAccount.kind.not_in(MAY_GO_BELOW_ZERO)
    )
    for row in db.session.execute(statement):
        yield "INV-03", row.name, f"账户余额为负：{row.balance} 分"


def _books() -> Iterator[Found]:
    place = (LedgerAccount.scheme_id, LedgerAccount.voucher_kind, LedgerAccount.layer, LedgerAccount.unit)
    commitments = (
        AccountKind.GRANT,
        AccountKind.ENVELOPE,
        AccountKind.VOUCHER,
        AccountKind.HELD,
        AccountKind.PAYABLE,
        AccountKind.PAID,
    )
    statement = (
        select(*place, func.sum(LedgerAccount.balance).label("total"))
        .where(LedgerAccount.kind.in_(commitments))
        .group_by(*place)
    )
    for row in db.session.execute(statement):
        if row.total:
            name = f"{row.scheme_id}:{row.voucher_kind}:{row.layer}"
            yield "INV-01", name, f"批准规模与可发放、券面、占用、应付、已付之和相差 {row.total} 分"
    units = select(LedgerAccount.unit, func.sum(LedgerAccount.balance).label("total")).group_by(LedgerAccount.unit)
    for unit, total in db.session.execute(units):
        if total:
            yield "INV-02", unit, f"单位 {unit} 的全部账户之和为 {total}，应为 0"


def _shapes() -> Iterator[Found]:
    debit, credit = LedgerAccount.__table__.alias("debit"), LedgerAccount.__table__.alias("credit")
    fits = [
        and_(Transfer.kind == kind, debit.c.kind == given, credit.c.kind == taken)
        for kind, (given, taken) in JOINS.items()
    ]
    is_fit = and_(case(*((fit, 1) for fit in fits), else_=0) == 1, debit.c.unit == credit.c.unit)
    statement = (
        select(Transfer.id, Transfer.kind)
        .join(debit, debit.c.id == Transfer.debit_id)
        .join(credit, credit.c.id == Transfer.credit_id)
        .where(~is_fit)
    )
    for row in db.session.execute(statement):
        yield "INV-02", f"transfers/{row.id}", f"分录种类 {row.kind.value} 不能连接这两个账户"


def _corrections() -> Iterator[Found]:
    original = Transfer.__table__.alias("original")
    statement = (
        select(original.c.id, original.c.amount, func.sum(Transfer.amount).label("back"))
        .join(original, original.c.id == Transfer.corrects_id)
        .group_by(original.c.id, original.c.amount)
        .having(func.sum(Transfer.amount) > original.c.amount)
    )
    for row in db.session.execute(statement):
        yield "INV-05", f"transfers/{row.id}", f"冲正合计 {row.back} 分超过原分录 {row.amount} 分"


def _uses() -> Iterator[Found]:
    """A contract or year stands once in the quota that counts it, or over it, as long as anything draws on it.

    In a moving period it stands by the latest day on which it was drawn for, until that day has passed.
    """
    counts, uses = LedgerAccount.__table__.alias("own"), LedgerAccount.__table__.alias("of")
    own, of, beyond = counts.c, uses.c, LedgerAccount.__table__.alias("beyond").c
    same = [own[name] == of[name] for name in ("kind", "scheme_id", "party", "subject", "period")]
    is_beyond = exists().where(
        *[beyond[name] == own[name] for name in ("kind", "scheme_id", "party", "subject", "unit")],
        beyond.layer == of.layer,
        beyond.period == rules.OVER + own.period,
        beyond.balance > 0,
    )
    is_within = ~is_beyond.correlate(counts, uses)
    in_use = (of.layer != "", of.unit == rules.CLAIMS, of.balance > 0, is_within)
    used = select(func.count()).where(*same, *in_use).scalar_subquery()
    later = LedgerAccount.__table__.alias("later").c
    again = [later[name] == of[name] for name in ("kind", "scheme_id", "party", "subject", "layer", "unit")]
    is_latest = ~exists().where(*again, later.period > of.period, _is_day(later.period), later.balance > 0)
    on_a_day = [own[name] == of[name] for name in ("kind", "scheme_id", "party", "subject")]
    latest = select(func.count()).where(*on_a_day, of.period == own.layer, *in_use, is_latest)
    fitting = case((own.layer == "", used), else_=latest.scalar_subquery())
    statement = select(own.name, own.balance, fitting.label("used")).where(
        own.kind == AccountKind.DRAWN,
        own.unit.in_(rules.COUNTED_ONCE),
        own.period.not_like(f"{rules.OVER}%"),
        own.balance != fitting,
        or_(own.layer == "", own.balance != 0),  # what a moving period left behind is back
    )
    for row in db.session.execute(statement):
        yield "INV-05", row.name, f"已用次数 {row.balance} 与计入的合同或年度数 {row.used} 不符"


def _beyond() -> Iterator[Found]:
    """What stands over a limit is one contract or year in use each."""
    own, of = LedgerAccount.__table__.alias("own").c, LedgerAccount.__table__.alias("of").c
    is_moving = and_(own.period == f"{rules.OVER}rolling", _is_day(of.period))
    in_use = exists().where(
        *[own[name] == of[name] for name in ("kind", "scheme_id", "party", "subject", "layer")],
        of.unit == rules.CLAIMS,
        of.balance > 0,
        or_(own.period == rules.OVER + of.period, is_moving),
    )
    statement = select(own.name, own.balance).where(
        own.kind == AccountKind.DRAWN,
        own.unit.in_(rules.COUNTED_ONCE),
        own.period.like(f"{rules.OVER}%"),
        own.balance != 0,
        or_(own.balance != 1, ~in_use),
    )
    for row in db.session.execute(statement):
        yield "INV-05", row.name, f"放宽计入 {row.balance} 次，应为在用的一份合同或一个年度计一次"


def _is_day(period: Any) -> ColumnElement[bool]:
    return and_(period <= "9999-12-31", func.length(period) == len("9999-12-31"))


def _limits() -> Iterator[Found]:
    """Of each cap, what is left and what is drawn make up what was opened: nobody drew from another one's.

    What cases were lent over a cap on contracts or years, and what stands over it, make up one place.
    """
    own, kinds = LedgerAccount.__table__.c, (AccountKind.ALLOWANCE, AccountKind.QUOTA, AccountKind.DRAWN)
    is_lent = _is_lent(own)
    party, period = case((is_lent, ""), else_=own.party), case((is_lent, rules.LIFT), else_=own.period)
    rows = select(own.scheme_id, party.label("party"), own.subject, period.label("period"), own.unit, own.balance)
    found = rows.where(own.kind.in_(kinds)).subquery().c
    place = [found[name] for name in ("scheme_id", "party", "subject", "period", "unit")]
    total = func.sum(found.balance)
    for row in db.session.execute(select(*place, total.label("total")).group_by(*place).having(total != 0)):
        name = f"{row.scheme_id}:{row.party}:{row.subject}:{row.period}"
        yield "INV-10", name, f"上限的剩余与已用之和同设立的额度相差 {row.total}"


def _lent() -> Iterator[Found]:
    """Nothing came back to a case that stands over a cap by another one's lift: no case has more left than it had."""
    own = LedgerAccount.__table__.c
    place, total = [own[name] for name in ("scheme_id", "party", "subject")], func.sum(own.balance)
    statement = (
        select(*place, total.label("total"))
        .where(_is_lent(own), own.kind.in_((AccountKind.ALLOWANCE, AccountKind.QUOTA)))
        .group_by(*place)
        .having(total > 0)
    )
    for row in db.session.execute(statement):
        name = f"{row.scheme_id}:{row.party}:{row.subject}"
        yield "INV-10", name, f"放宽的次数比两人同意的多剩 {row.total} 次"


def _is_lent(own: Any) -> ColumnElement[bool]:
    """An account of what two persons let a case count over a cap on contracts or years, or of what stands there."""
    is_over = or_(own.period == rules.LIFT, own.period.like(f"{rules.OVER}%"))
    return and_(own.unit.in_(rules.COUNTED_ONCE), is_over)


def _documents() -> Iterator[Found]:
    posted = select(Transfer.key).where(Transfer.key.like("document:%"))
    keys = set(db.session.scalars(posted))
    statement = select(FinanceDocument.public_id, FinanceDocument.state)
    for row in db.session.execute(statement):
        if (row.state is DocumentState.CHECKED) != (f"document:{row.public_id}" in keys):
            yield "INV-08", f"finance_documents/{row.public_id}", "财政文件的状态与账本不一致"
