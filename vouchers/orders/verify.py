"""What always holds of orders on vouchers in kind: they took the units they agreed on, and keep those used."""

from collections.abc import Iterator

from sqlalchemy import func, select

from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.ledger.models import LedgerAccount
from vouchers.ledger.states import AccountKind
from vouchers.orders.models import Order, UsageStatement
from vouchers.orders.queries import HOLDING
from vouchers.orders.states import OrderState

CHECKS = ("INV-07",)


def findings() -> Iterator[tuple[str, str, str]]:
    """Every order whose units are not those that its voucher's account says it took; invariant, row, sentence."""
    accounts = select(LedgerAccount.layer, LedgerAccount.balance).where(
        LedgerAccount.kind == AccountKind.DRAWN,
        LedgerAccount.subject.in_(select(Voucher.public_id).where(Voucher.units.is_not(None))),
    )
    drawn = {row.layer: row.balance for row in db.session.execute(accounts)}
    used = (
        select(UsageStatement.order_id, func.sum(UsageStatement.quantity).label("used"))
        .group_by(UsageStatement.order_id)
        .subquery()
    )
    orders = (
        select(Order.public_id, Order.number, Order.state, Order.quantity, func.coalesce(used.c.used, 0).label("used"))
        .join(Voucher, Voucher.id == Order.voucher_id)
        .outerjoin(used, used.c.order_id == Order.id)
        .where(Voucher.units.is_not(None))
    )
    for row in db.session.execute(orders):
        wanted = {OrderState.PROPOSED: 0}.get(row.state, row.quantity if row.state in HOLDING else int(row.used))
        found = drawn.pop(row.public_id, 0)
        if found != wanted:
            yield "INV-07", f"orders/{row.number}", f"订单应占用数量 {wanted}，券的数量账户记为 {found}"
    for order, found in drawn.items():
        if found:
            yield "INV-07", f"orders/{order}", f"券的数量账户记有 {found}，没有这份订单"
