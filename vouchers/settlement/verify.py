"""What always holds in settlement, checked on a live database; each finding names the invariant and the row."""

from collections.abc import Iterator

from sqlalchemy import case, func, select

from vouchers.accounts.models import CaseDuty
from vouchers.accounts.states import LABELS, Duty
from vouchers.applications.models import Application
from vouchers.db.base import db
from vouchers.db.numbers import beyond
from vouchers.db.repeats import repeated
from vouchers.issuance.models import Voucher
from vouchers.ledger.models import FinanceDocument, LedgerAccount
from vouchers.ledger.states import AccountKind
from vouchers.redemption.models import Claim
from vouchers.redemption.states import ClaimState
from vouchers.settlement import queries
from vouchers.settlement.models import Batch, PaymentAttempt, PaymentItem, PaymentLine
from vouchers.settlement.rules.signing import lines_hash
from vouchers.settlement.states import AttemptState, BatchState, LineState

CHECKS = ("INV-18", "INV-32", "INV-42", "INV-43")
Found = tuple[str, str, str]
"""Invariant, row, sentence."""

_SIGNED = (BatchState.LOCKED, BatchState.APPROVED, BatchState.RELEASED, BatchState.SENT)


def findings() -> Iterator[Found]:
    """Every broken invariant of settlement; nothing when all hold."""
    yield from _batch_totals()
    yield from _signed_lines()
    yield from _line_amounts()
    yield from _payees()
    yield from _claims()
    yield from _cash()
    for number in (*repeated(Batch.number), *beyond(Batch.number)):
        yield "INV-18", number, "编号重复，或不是由编号序列给出"
    yield from _signers()


def _batch_totals() -> Iterator[Found]:
    total, lines = func.coalesce(func.sum(PaymentLine.amount), 0), func.count(PaymentLine.id)
    statement = (
        select(Batch.number, Batch.total, Batch.line_count, total.label("sum"), lines.label("lines"))
        .outerjoin(PaymentAttempt, PaymentAttempt.batch_id == Batch.id)
        .outerjoin(PaymentLine, PaymentLine.id == PaymentAttempt.line_id)
        .group_by(Batch.id, Batch.number, Batch.total, Batch.line_count)
    )
    for row in db.session.execute(statement):
        if (row.total, row.line_count) != (row.sum, row.lines):
            message = f"批次合计 {row.total} 分 {row.line_count} 行，明细合计 {row.sum} 分 {row.lines} 行"
            yield "INV-42", row.number, message


def _signed_lines() -> Iterator[Found]:
    for batch in db.session.scalars(select(Batch).where(Batch.state.in_(_SIGNED)).order_by(Batch.id)):
        if lines_hash(queries.signed_lines(batch)) != batch.lines_hash:
            yield "INV-42", batch.number, "支付明细与锁定时不一致"


def _line_amounts() -> Iterator[Found]:
    total = func.coalesce(func.sum(PaymentItem.amount), 0)
    statement = (
        select(PaymentLine.public_id, PaymentLine.amount, total.label("sum"))
        .outerjoin(PaymentItem, PaymentItem.line_id == PaymentLine.id)
        .group_by(PaymentLine.id, PaymentLine.public_id, PaymentLine.amount)
        .having(total != PaymentLine.amount)
    )
    for row in db.session.execute(statement):
        yield "INV-42", row.public_id, f"支付明细 {row.amount} 分，构成合计 {row.sum} 分"


def _payees() -> Iterator[Found]:
    statement = (
        select(PaymentLine.public_id)
        .join(PaymentItem, PaymentItem.line_id == PaymentLine.id)
        .where(PaymentItem.payee_id != PaymentLine.payee_id)
    )
    for public_id in db.session.scalars(statement):
        yield "INV-42", public_id, "支付明细的构成属于另一个收款方"


def _claims() -> Iterator[Found]:
    paid = func.coalesce(func.sum(case((PaymentLine.state == LineState.PAID, PaymentItem.amount), else_=0)), 0)
    statement = (
        select(Claim.number, Claim.state, Claim.approved, paid.label("paid"))
        .outerjoin(PaymentItem, PaymentItem.claim_id == Claim.id)
        .outerjoin(PaymentLine, PaymentLine.id == PaymentItem.line_id)
        .where(Claim.approved.is_not(None))
        .group_by(Claim.id, Claim.number, Claim.state, Claim.approved)
    )
    for row in db.session.execute(statement):
        is_paid = row.paid == row.approved
        if is_paid != (row.state is ClaimState.PAID):
            message = f"核销状态为 {row.state.value}，核定 {row.approved} 分，已支付 {row.paid} 分"
            yield "INV-43", row.number, message


def _cash() -> Iterator[Found]:
    """Per document: what the cash book has spent is what live attempts under it paid."""
    gone = (AttemptState.SENT, AttemptState.PAID)
    paid = func.coalesce(func.sum(case((PaymentAttempt.state.in_(gone), PaymentLine.amount), else_=0)), 0)
    statement = (
        select(FinanceDocument.number, LedgerAccount.balance, paid.label("paid"))
        .join(LedgerAccount, LedgerAccount.subject == FinanceDocument.public_id)
        .outerjoin(PaymentAttempt, PaymentAttempt.indicator_id == FinanceDocument.id)
        .outerjoin(PaymentLine, PaymentLine.id == PaymentAttempt.line_id)
        .where(LedgerAccount.kind == AccountKind.SPENT)
        .group_by(FinanceDocument.id, FinanceDocument.number, LedgerAccount.balance)
        .having(paid != LedgerAccount.balance)
    )
    for row in db.session.execute(statement):
        yield "INV-42", row.number, f"指标已支出 {row.balance} 分，支付明细合计 {row.paid} 分"


def _signers() -> Iterator[Found]:
    """Whoever made, approved or released a batch holds that duty on every case it pays, and so no other."""
    cases = (
        select(PaymentAttempt.batch_id, Application.public_id)
        .join(PaymentItem, PaymentItem.line_id == PaymentAttempt.line_id)
        .join(Claim, Claim.id == PaymentItem.claim_id)
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .join(Application, Application.id == Voucher.application_id)
        .distinct()
        .subquery()
    )
    signers = (
        (Batch.made_by_id, Duty.MAKE_PAYMENT),
        (Batch.approved_by_id, Duty.CHECK_PAYMENT),
        (Batch.released_by_id, Duty.CHECK_PAYMENT),
    )
    for person, duty in signers:
        held = (CaseDuty.case_id == cases.c.public_id) & (CaseDuty.person_id == person) & (CaseDuty.duty == duty)
        statement = (
            select(Batch.number)
            .join(cases, cases.c.batch_id == Batch.id)
            .outerjoin(CaseDuty, held)
            .where(person.is_not(None), CaseDuty.case_id.is_(None))
            .distinct()
        )
        for number in db.session.scalars(statement):
            yield "INV-32", number, f"{LABELS[duty]}人在批次所付的案件上没有{LABELS[duty]}职责"
