"""What always holds in redemption, checked on a live database; each finding names the invariant and the row."""

from collections.abc import Iterator

from sqlalchemy import case, func, select

from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.ledger.models import LedgerAccount
from vouchers.ledger.states import AccountKind
from vouchers.redemption.models import Allocation, Claim, Invoice, RedLetter
from vouchers.redemption.rules.sides import SELLER
from vouchers.redemption.states import ClaimState

Found = tuple[str, str, str]
"""Invariant, row, sentence."""

_UNDER_WAY = (ClaimState.SUBMITTED, ClaimState.CHECKED, ClaimState.VERIFIED)
_GRANTED = (ClaimState.APPROVED, ClaimState.BATCHED, ClaimState.PAID)


def findings() -> Iterator[Found]:
    """Every broken invariant of redemption; nothing when all hold."""
    yield from _faces()
    yield from _invoices()
    yield from _red_letters()
    yield from _evidence()
    yield from _holds()


def _faces() -> Iterator[Found]:
    asked = func.sum(func.coalesce(Claim.approved, Claim.amount))
    statement = (
        select(Voucher.number, Voucher.face, asked.label("asked"))
        .join(Claim, Claim.voucher_id == Voucher.id)
        .where(Claim.state.in_((*_UNDER_WAY, *_GRANTED)))
        .group_by(Voucher.id, Voucher.number, Voucher.face)
        .having(asked > Voucher.face)
    )
    for row in db.session.execute(statement):
        yield "INV-07", row.number, f"核销合计 {row.asked} 分超过面额 {row.face} 分"


def _invoices() -> Iterator[Found]:
    bought = case((Allocation.side == SELLER, 0), else_=Allocation.amount)
    sold = case((Allocation.side.is_(None), 0), else_=Allocation.amount)
    statement = (
        select(
            Invoice.key,
            Invoice.allocated,
            Invoice.sold,
            Invoice.eligible,
            func.coalesce(func.sum(bought), 0).label("bought_sum"),
            func.coalesce(func.sum(sold), 0).label("sold_sum"),
        )
        .outerjoin(Allocation, Allocation.invoice_id == Invoice.id)
        .group_by(Invoice.id, Invoice.key, Invoice.allocated, Invoice.sold, Invoice.eligible)
    )
    for row in db.session.execute(statement):
        sides = (("购买方", row.allocated, row.bought_sum), ("提供方", row.sold, row.sold_sum))
        for side, kept, added in sides:
            if kept != added or added > row.eligible:
                message = f"发票由{side}已分配 {kept} 分，分配行合计 {added} 分，可计入 {row.eligible} 分"
                yield "INV-16", row.key, message


def _red_letters() -> Iterator[Found]:
    """A red letter waits only for claims: what is free of its original has been taken off."""
    statement = (
        select(RedLetter.key, Invoice.key.label("original"))
        .join(Invoice, Invoice.id == RedLetter.invoice_id)
        .where(
            RedLetter.applied < RedLetter.reduction,
            Invoice.allocated < Invoice.eligible,
            Invoice.sold < Invoice.eligible,
        )
    )
    for row in db.session.execute(statement):
        yield "INV-16", row.key, f"红字发票还没有从原发票 {row.original} 扣足，而原发票尚有余额"


def _evidence() -> Iterator[Found]:
    total = func.coalesce(func.sum(Allocation.amount), 0)
    statement = (
        select(Claim.number, Claim.state, Claim.base, total.label("sum"))
        .outerjoin(Allocation, Allocation.claim_id == Claim.id)
        .group_by(Claim.id, Claim.number, Claim.state, Claim.base)
    )
    for row in db.session.execute(statement):
        wanted = row.base if row.state in {*_UNDER_WAY, *_GRANTED} else 0
        if row.sum != wanted:
            yield "INV-15", row.number, f"状态 {row.state.value} 应分配 {wanted} 分，实际 {row.sum} 分"


def _holds() -> Iterator[Found]:
    held = func.coalesce(func.sum(LedgerAccount.balance), 0)
    statement = (
        select(Claim.number, Claim.state, Claim.amount, held.label("held"))
        .outerjoin(
            LedgerAccount,
            (LedgerAccount.subject == Claim.public_id) & (LedgerAccount.kind == AccountKind.HELD),
        )
        .group_by(Claim.id, Claim.number, Claim.state, Claim.amount)
    )
    for row in db.session.execute(statement):
        wanted = row.amount if row.state in _UNDER_WAY else 0
        if row.held != wanted:
            yield "INV-07", row.number, f"状态 {row.state.value} 应占用 {wanted} 分，实际占用 {row.held} 分"
