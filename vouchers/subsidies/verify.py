"""What always holds of direct subsidies: one award for each, of the whole sum, never an order, withdrawn by two."""

from collections.abc import Iterator

from sqlalchemy import func, select

from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.issuance.states import OF_SUBSIDIES, VoucherState
from vouchers.orders.models import Order
from vouchers.redemption.models import Claim
from vouchers.redemption.states import ClaimState
from vouchers.subsidies.models import AwardReversal
from vouchers.subsidies.states import ReversalState

CHECKS = ("INV-07",)


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
        .where(Voucher.state.in_(OF_SUBSIDIES))
        .group_by(Voucher.id, Voucher.number, Voucher.face)
    )
    for row in db.session.execute(statement):
        if (row.awards, row.awarded, row.ordered, row.orders) != (1, row.face, 0, 0):
            message = f"直接补助 {row.face} 分，核定 {row.awards} 笔共 {row.awarded} 分，订单 {row.orders} 件"
            yield "INV-07", row.number, message
    stray = (
        select(Claim.number)
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .where(Claim.order_id.is_(None), Voucher.state.not_in(OF_SUBSIDIES))
    )
    for number in db.session.scalars(stray):
        yield "INV-07", number, "没有订单的款项不属于直接补助"
    yield from _withdrawn()


def _withdrawn() -> Iterator[tuple[str, str, str]]:
    """An award is withdrawn in all its places at once, and only where two people said so."""
    confirmed = select(AwardReversal.claim_id).where(AwardReversal.state == ReversalState.CONFIRMED)
    statement = (
        select(Claim.number, Claim.state, Voucher.state.label("row"), Claim.id.in_(confirmed).label("by_two"))
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .where(Claim.order_id.is_(None))
    )
    for row in db.session.execute(statement):
        is_reversed, is_annulled = row.state is ClaimState.REVERSED, row.row is VoucherState.ANNULLED
        if len({is_reversed, is_annulled, bool(row.by_two)}) > 1:
            yield "INV-07", row.number, "撤销核定的补助、款项和两人的决定不一致"
