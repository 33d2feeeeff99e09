"""What always holds in redemption, checked on a live database; each finding names the invariant and the row."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import case, func, select

from vouchers.accounts.models import CaseDuty
from vouchers.accounts.states import LABELS, Duty
from vouchers.applications.models import Application
from vouchers.db.base import db
from vouchers.db.numbers import beyond
from vouchers.db.repeats import repeated
from vouchers.files.models import StoredFile
from vouchers.issuance.models import Voucher
from vouchers.kernel.clock import beijing_date
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.states import AccountKind, TransferKind
from vouchers.orders.models import Order
from vouchers.policy.verify import not_replayed
from vouchers.providers.models import Admission, Offering
from vouchers.redemption.models import (
    Allocation,
    Claim,
    ClaimPaper,
    DeliveryConfirmation,
    Invoice,
    PaymentProof,
    RedLetter,
)
from vouchers.redemption.rules.evidence import Evidence
from vouchers.redemption.rules.sides import SELLER
from vouchers.redemption.states import GRANTED, UNDER_WAY

CHECKS = (
    "INV-07", "INV-09", "INV-11", "INV-13", "INV-15", "INV-16", "INV-17", "INV-18", "INV-28", "INV-32",
)  # fmt: skip
Found = tuple[str, str, str]
"""Invariant, row, sentence."""


def findings() -> Iterator[Found]:
    """Every broken invariant of redemption; nothing when all hold."""
    yield from _faces()
    yield from _invoices()
    yield from _red_letters()
    yield from _evidence()
    yield from _holds()
    yield from _days()
    yield from _redeemed()
    yield from _files()
    for number in (*repeated(Claim.number), *beyond(Claim.number)):
        yield "INV-18", number, "编号重复，或不是由编号序列给出"
    yield from _papers()
    yield from _duties()
    decided = select(Claim.number, Voucher.scheme_version_id, Claim.decision).join(Voucher)
    rows = db.session.execute(decided.order_by(Claim.id).execution_options(yield_per=500))
    for number in not_replayed((name, version, stored) for name, version, stored in rows):
        yield "INV-13", number, "按当时的方案和事实重新计算，结论与所存的不同"


def _faces() -> Iterator[Found]:
    asked = func.sum(func.coalesce(Claim.approved, Claim.amount))
    statement = (
        select(Voucher.number, Voucher.face, asked.label("asked"))
        .join(Claim, Claim.voucher_id == Voucher.id)
        .where(Claim.state.in_((*UNDER_WAY, *GRANTED)))
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
        wanted = row.base if row.state in {*UNDER_WAY, *GRANTED} else 0
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
        wanted = row.amount if row.state in UNDER_WAY else 0
        if row.held != wanted:
            yield "INV-07", row.number, f"状态 {row.state.value} 应占用 {wanted} 分，实际占用 {row.held} 分"


def _days() -> Iterator[Found]:
    """What is claimed was served while the voucher and the order ran, by a provider admitted for it on these days."""
    admitted: dict[int, list[Admission]] = {}
    for one in db.session.scalars(select(Admission)):
        admitted.setdefault(one.provider_id, []).append(one)
    statement = (
        select(Claim.number, Claim.provider_id, Claim.service_from, Claim.service_until, Offering.kind)
        .add_columns(Voucher.valid_from, Voucher.valid_until)
        .add_columns(Order.service_from.label("first"), Order.service_until.label("last"))
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .join(Order, Order.id == Claim.order_id)
        .join(Offering, Offering.id == Order.offering_id)
        .where(Claim.state.in_((*UNDER_WAY, *GRANTED)))
        .execution_options(yield_per=1000)
    )
    for row in db.session.execute(statement):
        first, last = max(row.valid_from, row.first), min(row.valid_until, row.last)
        if not first <= row.service_from <= row.service_until <= last:
            yield "INV-09", row.number, f"服务期不在券和订单共同的有效期 {first} 至 {last} 内"
        for day in (row.service_from, row.service_until):
            if not any(_covers(one, row.kind, day) for one in admitted.get(row.provider_id, ())):
                yield "INV-09", row.number, f"服务商在服务日 {day} 不在库"


def _covers(admission: Admission, kind: str, day: date) -> bool:
    ended = admission.ended_at is not None and beijing_date(admission.ended_at) < day
    is_over = admission.valid_until is not None and admission.valid_until < day
    return kind in admission.kinds.split() and admission.valid_from <= day and not ended and not is_over


def _redeemed() -> Iterator[Found]:
    """The parts that all layers pay of a claim make up what was approved, to the fen."""
    moved = select(LedgerAccount.subject, func.sum(Transfer.amount).label("total")).group_by(LedgerAccount.subject)
    redeemed = (
        moved.join(Transfer, (Transfer.debit_id == LedgerAccount.id) & (Transfer.kind == TransferKind.REDEEM))
        .where(LedgerAccount.kind == AccountKind.HELD)
        .subquery()
    )
    total = func.coalesce(redeemed.c.total, 0)
    statement = (
        select(Claim.number, Claim.approved, total.label("total"))
        .outerjoin(redeemed, redeemed.c.subject == Claim.public_id)
        .where(func.coalesce(Claim.approved, 0) != total)
    )
    for row in db.session.execute(statement):
        yield "INV-11", row.number, f"核定 {row.approved or 0} 分，各级应付之和 {row.total} 分"


def _files() -> Iterator[Found]:
    """One file is one invoice: its bytes stand under one number, and their record is what the number names."""
    for digest_ in repeated(Invoice.sha256):
        yield "INV-17", f"invoices/{digest_[:16]}", "同一份文件登记为两张发票"
    strays = select(Invoice.key).join(StoredFile, StoredFile.id == Invoice.file_id)
    for key in db.session.scalars(strays.where(StoredFile.sha256 != Invoice.sha256)):
        yield "INV-17", key, "发票的摘要与所存文件不符"


def _papers() -> Iterator[Found]:
    """What was judged is what lies there: the evidence of a claim has the digest that its decision names."""
    proofs: dict[int, list[list[object]]] = {}
    columns = (PaymentProof.claim_id, StoredFile.sha256, PaymentProof.amount, PaymentProof.paid_on)
    statement = select(*columns).join(StoredFile, StoredFile.id == PaymentProof.file_id).order_by(PaymentProof.id)
    for claim, sha256, amount, paid_on in db.session.execute(statement):
        proofs.setdefault(claim, []).append([sha256, amount, paid_on.isoformat()])
    deliveries: dict[int, list[str]] = {}
    papers = select(DeliveryConfirmation.claim_id, StoredFile.sha256).order_by(DeliveryConfirmation.id)
    for claim, sha256 in db.session.execute(papers.join(StoredFile, StoredFile.id == DeliveryConfirmation.file_id)):
        deliveries.setdefault(claim, []).append(sha256)
    further = _further_papers()
    own = (Claim.id, Claim.number, Claim.base, Claim.amount, Claim.service_from, Claim.service_until)
    claims = (
        select(*own, Claim.evidence_hash, Invoice.key, Invoice.sha256)
        .join(Invoice, Invoice.id == Claim.invoice_id)
        .where(Claim.state.in_((*UNDER_WAY, *GRANTED)))
        .execution_options(yield_per=1000)
    )
    for row in db.session.execute(claims):
        evidence = Evidence(
            (row.key, row.sha256),
            base=row.base,
            amount=row.amount,
            service=(row.service_from, row.service_until),
            proofs=proofs.get(row.id, []),
            deliveries=deliveries.get(row.id, []),
            papers=further.get(row.id, {}),
        )
        if evidence.digest != row.evidence_hash:
            yield "INV-28", row.number, "核销的凭证材料与提交时的摘要不符"


def _further_papers() -> dict[int, dict[str, str]]:
    """Of each claim the bytes of its further papers by what they answer; the newest stands."""
    found: dict[int, dict[str, str]] = {}
    columns = select(ClaimPaper.claim_id, ClaimPaper.requirement, StoredFile.sha256).order_by(ClaimPaper.id)
    for claim, requirement, sha256 in db.session.execute(columns.join(StoredFile, StoredFile.id == ClaimPaper.file_id)):
        found.setdefault(claim, {})[requirement] = sha256
    return found


def _duties() -> Iterator[Found]:
    """Whoever verified examines the case, whoever approved decides on it: the key lets nobody hold two duties."""
    for person, duty in ((Claim.verified_by_id, Duty.EXAMINE), (Claim.approved_by_id, Duty.DECIDE)):
        statement = (
            select(Claim.number)
            .join(Voucher, Voucher.id == Claim.voucher_id)
            .join(Application, Application.id == Voucher.application_id)
            .outerjoin(
                CaseDuty,
                (CaseDuty.case_id == Application.public_id) & (CaseDuty.person_id == person) & (CaseDuty.duty == duty),
            )
            .where(person.is_not(None), CaseDuty.case_id.is_(None))
        )
        for number in db.session.scalars(statement):
            yield "INV-32", number, f"{LABELS[duty]}人在本案没有{LABELS[duty]}职责"
