"""Releasing a batch: commitments are paid and indicators spent, once; and the file for the bank."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from vouchers.accounts.states import Duty
from vouchers.audit import services as audit
from vouchers.audit.rules import HEAD_JOB
from vouchers.db.base import db
from vouchers.jobs import services as jobs
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.ledger import queries as ledger_queries
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Move, Pot
from vouchers.ledger.states import TransferKind
from vouchers.settlement import queries
from vouchers.settlement.models import Batch, PaymentAttempt
from vouchers.settlement.rules.bank_file import HEADS_OF, Encoding, write_payment_file
from vouchers.settlement.rules.signing import lines_hash
from vouchers.settlement.services.comparing import confirm_compared
from vouchers.settlement.services.moving import (
    advance,
    advance_line,
    by_kind,
    locked,
    stop_if_unpayable,
    subject,
    take_duty,
)
from vouchers.settlement.states import AttemptState, BatchState

THREE = 3
_NO_SUCH_CHANNEL = Finding(
    "settlement.channel", "本批没有经这种方式付款的明细。", way="请选择另一种付款方式。", field="channel"
)
_THIRD_PERSON = Finding(
    "settlement.third_person",
    "本方案要求三人签批：制单、复核和签发须是三个人。",
    way="请由另一位复核人员签发。",
)


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """A file for the bank: its name, its bytes, and their SHA-256."""

    name: str
    content: bytes
    sha256: str


def release(public_id: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> Batch:
    """Let the money go: PAYABLE becomes PAID and the indicator is spent, for every line under one act."""
    confirm_compared()
    batch = locked(public_id, seen_version, actor=actor, at=at)
    attempts = queries.attempts_of(batch)
    stop_if_unpayable(attempts, on=beijing_date(at))
    person_id = take_duty([attempt.line_id for attempt in attempts], Duty.CHECK_PAYMENT, actor=actor, at=at)
    if batch.signatures >= THREE and person_id in {batch.made_by_id, batch.approved_by_id}:
        raise RuleViolation([_THIRD_PERSON])
    if lines_hash(queries.signed_lines(batch)) != batch.lines_hash:
        raise Conflict("the lines of the batch changed since it was approved")
    batch.released_at, batch.released_by_id = at, person_id
    jobs.enqueue(HEAD_JOB, f"batch:{batch.public_id}", payload={}, at=at)
    advance(batch, "release", actor=actor, at=at, details={"total": batch.total, "lines": batch.line_count})
    moves = [move for attempt in attempts for move in _moves(attempt)]
    ledger.post(moves, actor=actor, at=at, reason=batch.number)
    for attempt in attempts:
        attempt.state, attempt.sent_at = AttemptState.SENT, at
        advance_line(attempt.line, "send", actor=actor, at=at)
    db.session.flush()
    return batch


def export_file(public_id: str, encoding: Encoding, *, channel: str = "", actor: Actor, at: datetime) -> PaymentFile:
    """The file of one channel, line by line as released; each export leaves the file's hash, the first one sends.

    `channel` is empty for the bank.
    """
    confirm_compared()
    batch = locked(public_id, None, actor=actor, at=at)
    if batch.state not in {BatchState.RELEASED, BatchState.SENT}:
        raise Conflict("only a released batch has a payment file")
    if channel not in queries.channels_in(batch):
        raise RuleViolation([_NO_SUCH_CHANNEL])
    content = write_payment_file(batch.number, queries.payment_rows(batch, channel), encoding, heads=HEADS_OF[channel])
    sha256 = hashlib.sha256(content).hexdigest()
    details = {"sha256": sha256, "encoding": encoding.value, "lines": batch.line_count, "total": batch.total}
    details |= {"channel": channel} if channel else {}
    if batch.state is BatchState.RELEASED:
        batch.file_hash = sha256
        advance(batch, "send", actor=actor, at=at, details=details)
    else:
        audit.record("batch.export_again", subject(batch), actor=actor, at=at, details=details)
    name = f"{batch.number}-{channel}" if channel else batch.number
    return PaymentFile(f"{name}.csv", content, sha256)


def _moves(attempt: PaymentAttempt) -> Iterator[Move]:
    line = attempt.line
    for kind, amount in sorted(by_kind(attempt).items()):
        pot = Pot(line.scheme_id, kind)
        payee = line.payee.public_id
        yield Move(
            TransferKind.PAY,
            pot.payable(line.layer, payee=payee),
            pot.paid(line.layer, payee=payee),
            amount,
            f"pay:{attempt.public_id}:{kind}",
        )
    if attempt.indicator is None:
        raise ValueError("a payment is made under an indicator")
    yield Move(
        TransferKind.SPEND,
        ledger_queries.indicator_of(attempt.indicator),
        ledger_queries.spent_of(attempt.indicator),
        line.amount,
        f"spend:{attempt.public_id}",
    )
