"""What always holds of direct subsidies: one award for each, of the whole sum, and never an order."""

from collections.abc import Iterator

from sqlalchemy import func, select

from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.issuance.states import VoucherState
from vouchers.orders.models import Order
from vouchers.redemption.models import Claim


def findings() -> Iterator[tuple[str, str, str]]:
    """Every subsidy that does not add up; invariant, row, sentence."""
    orders = select(func.count()).where(Order.voucher_id == Voucher.id).scalar_subquery()
    statement = (
        select(
            Voucher.number,
            Voucher.face,
            func.count(Claim.id).label("awards"),
            func.coalesce(func.sum(Claim.approved), 0).label("awarded"),
            func.count(Claim.order_id).label("ordered"),
            orders.label("orders"),
        )
        .outerjoin(Claim, Claim.voucher_id == Voucher.id)
        .where(Voucher.state == VoucherState.DIRECT)
        .group_by(Voucher.id, Voucher.number, Voucher.face)
    )
    for row in db.session.execute(statement):
        if (row.awards, row.awarded, row.ordered, row.orders) != (1, row.face, 0, 0):
            message = f"直接补助 {row.face} 分，核定 {row.awards} 笔共 {row.awarded} 分，订单 {row.orders} 件"
            yield "INV-07", row.number, message
    stray = (
        select(Claim.number)
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .where(Claim.order_id.is_(None), Voucher.state != VoucherState.DIRECT)
    )
    for number in db.session.scalars(stray):
        yield "INV-07", number, "没有订单的款项不属于直接补助"
