"""The bank's answers, row by row: paid, refused, or nothing changes and the row says why."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from vouchers.audit import services as audit
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict
from vouchers.kernel.money import format_yuan
from vouchers.ledger import queries as ledger_queries
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Move, Pot
from vouchers.ledger.states import TransferKind
from vouchers.messages import services as messages
from vouchers.redemption import services as redemption
from vouchers.settlement import queries
from vouchers.settlement.models import Batch, PaymentAttempt
from vouchers.settlement.rules.bank_file import AnswerRow, Outcome
from vouchers.settlement.services.moving import advance, advance_line, by_kind, locked, subject
from vouchers.settlement.states import AttemptState, BatchState

_ANSWERABLE = frozenset({BatchState.SENT, BatchState.RECONCILED, BatchState.CLOSED})


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one row: whether it changed anything, and a sentence with its parameters."""

    place: int
    number: str
    changed: bool
    text: str
    params: dict[str, str]


def import_result(
    public_id: str, rows: Sequence[AnswerRow], *, content: bytes, actor: Actor, at: datetime
) -> list[Answered]:
    """Take in an answer file; rows that are unknown, repeated, late or contradictory change nothing and are listed."""
    batch = locked(public_id, None, actor=actor, at=at)
    if batch.state not in _ANSWERABLE:
        raise Conflict("only a batch that was sent has answers")
    attempts = dict(queries.numbered(batch))
    answered = [_take(row, attempts.get(row.number), batch, actor=actor, at=at) for row in rows]
    details = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "rows": len(rows),
        "changed": sum(one.changed for one in answered),
    }
    audit.record("batch.import_result", subject(batch), actor=actor, at=at, details=details)
    is_open = any(attempt.state is AttemptState.SENT for attempt in attempts.values())
    if batch.state is BatchState.SENT and not is_open:
        advance(batch, "reconcile", actor=actor, at=at)
    return answered


def close(public_id: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> Batch:
    """End a batch whose every line has been answered."""
    batch = locked(public_id, seen_version, actor=actor, at=at)
    advance(batch, "close", actor=actor, at=at)
    return batch


def _take(row: AnswerRow, attempt: PaymentAttempt | None, batch: Batch, *, actor: Actor, at: datetime) -> Answered:
    why = _objection(row, attempt)
    if why or attempt is None or row.outcome is None:
        return Answered(row.place, row.number, False, why, {"reference": row.reference})  # noqa: FBT003
    attempt.bank_reference = row.reference or None
    attempt.reason, attempt.answered_at = row.reason, at
    if row.outcome is Outcome.PAID:
        _pay(attempt, batch, actor=actor, at=at)
        return Answered(row.place, row.number, True, "已支付，流水号 {reference}", {"reference": row.reference})  # noqa: FBT003
    _refuse(attempt, batch, actor=actor, at=at)
    return Answered(row.place, row.number, True, "退票：{reason}", {"reason": row.reason})  # noqa: FBT003


def _objection(row: AnswerRow, attempt: PaymentAttempt | None) -> str:
    """Why a row changes nothing; empty when it does."""
    if attempt is None:
        return "本批没有这个明细号，未改动"
    is_paid, is_refused = row.outcome is Outcome.PAID, row.outcome is Outcome.REFUSED
    objections = (
        (row.outcome is None, "结果应为“成功”或“失败”，未改动"),
        (_is_repeated(row, attempt), "重复：与已登记的结果相同，未改动"),
        (attempt.state is not AttemptState.SENT, "已登记为另一个结果，未改动"),
        (row.amount not in {None, attempt.line.amount}, "金额与支付明细不一致，未改动"),
        (is_paid and not row.reference, "缺少银行流水号，未改动"),
        (is_refused and not row.reason, "缺少退票原因，未改动"),
        (bool(row.reference) and queries.is_used_reference(row.reference), "流水号 {reference} 已用于另一行，未改动"),
    )
    return next((text for stands, text in objections if stands), "")


def _is_repeated(row: AnswerRow, attempt: PaymentAttempt) -> bool:
    """Whether the row says what was taken in already."""
    if row.outcome is Outcome.PAID:
        return attempt.state is AttemptState.PAID and row.reference == attempt.bank_reference
    return attempt.state is AttemptState.REFUSED and row.outcome is Outcome.REFUSED


def _pay(attempt: PaymentAttempt, batch: Batch, *, actor: Actor, at: datetime) -> None:
    attempt.state = AttemptState.PAID
    advance_line(attempt.line, "pay", actor=actor, at=at, reason=attempt.bank_reference or "")
    db.session.flush()
    for claim in queries.claims_paid_by(attempt.line_id):
        if queries.is_fully_paid(claim):
            redemption.pay_claim(claim.public_id, actor=actor, at=at, batch=batch.number)
    _tell(attempt, "payment_made", at=at)


def _refuse(attempt: PaymentAttempt, batch: Batch, *, actor: Actor, at: datetime) -> None:
    attempt.state = AttemptState.REFUSED
    advance_line(attempt.line, "refuse", actor=actor, at=at, reason=attempt.reason)
    ledger.post(list(_moves_back(attempt, batch, at)), actor=actor, at=at, reason=f"{batch.number} {attempt.reason}")
    db.session.flush()
    _tell(attempt, "payment_refused", at=at)


def _moves_back(attempt: PaymentAttempt, batch: Batch, at: datetime) -> Iterator[Move]:
    """Owed again; and the indicator may be spent again, but in a later year the money goes to the treasury."""
    line, parts = attempt.line, by_kind(attempt)
    if attempt.indicator is None:
        raise ValueError("a payment is made under an indicator")
    keys = [f"spend:{attempt.public_id}", *(f"pay:{attempt.public_id}:{kind}" for kind in parts)]
    originals = queries.transfer_ids(keys)
    for kind, amount in sorted(parts.items()):
        pot, payee = Pot(line.scheme_id, kind), line.payee.public_id
        yield Move(
            TransferKind.REFUSED_PAYMENT,
            pot.paid(line.layer, payee=payee),
            pot.payable(line.layer, payee=payee),
            amount,
            f"refused:{attempt.public_id}:{kind}",
            corrects_id=originals[f"pay:{attempt.public_id}:{kind}"],
        )
    in_year = beijing_date(at).year == batch.fiscal_year
    target = ledger_queries.indicator_of if in_year else ledger_queries.treasury_of
    yield Move(
        TransferKind.UNSPEND if in_year else TransferKind.RETURN_TO_TREASURY,
        ledger_queries.spent_of(attempt.indicator),
        target(attempt.indicator),
        line.amount,
        f"unspend:{attempt.public_id}",
        corrects_id=originals[f"spend:{attempt.public_id}"],
    )


def _tell(attempt: PaymentAttempt, code: str, *, at: datetime) -> None:
    params: dict[str, str | int] = {
        "amount": format_yuan(attempt.line.amount),
        "reference": attempt.bank_reference or "",
        "reason": attempt.reason,
    }
    to = messages.to_organisation(attempt.line.payee_id)
    messages.enqueue(code, params, to=to, at=at, link=_page_of(attempt))


def _page_of(attempt: PaymentAttempt) -> str:
    """Where a payee reads on: a provider its statements, an enterprise the voucher or subsidy that was paid."""
    voucher = next((item.claim.voucher for item in attempt.line.items), None)
    if voucher is not None and voucher.enterprise.organisation_id == attempt.line.payee_id:
        return f"/enterprise/vouchers/{voucher.public_id}"
    return "/provider/statements"
