"""Two signatures: the maker locks the lines, another person types the total from their own copy."""

from dataclasses import dataclass
from datetime import datetime

from vouchers.accounts.states import Duty, Role
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan
from vouchers.messages import services as messages
from vouchers.settlement import queries
from vouchers.settlement.models import Batch
from vouchers.settlement.rules.signing import lines_hash, total_findings
from vouchers.settlement.services.moving import advance, locked, stop_if_unpayable, take_duty

_SAME_PERSON = Finding("settlement.same_person", "制单人不能复核自己编制的批次。", way="请由另一位财务人员复核。")
_EMPTY = Finding("settlement.empty_batch", "批次里没有支付明细。", way="请重新编制批次。")


@dataclass(frozen=True, slots=True)
class Signature:
    """The checker's own total, in fen, and the version they looked at."""

    seen_version: int
    total: int


def lock(public_id: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> Batch:
    """Freeze lines, count and total, and hand the batch to the checker."""
    batch = locked(public_id, seen_version, actor=actor, at=at)
    lines = queries.signed_lines(batch)
    if not lines:
        raise RuleViolation([_EMPTY])
    stop_if_unpayable(queries.attempts_of(batch), on=beijing_date(at))
    take_duty(_line_ids(batch), Duty.MAKE_PAYMENT, actor=actor, at=at)
    batch.lines_hash = lines_hash(lines)
    batch.total, batch.line_count = sum(line.amount for line in lines), len(lines)
    details = {"total": batch.total, "lines": batch.line_count, "hash": batch.lines_hash}
    advance(batch, "lock", actor=actor, at=at, details=details)
    if actor.office_id is not None:
        to = messages.to_office(actor.office_id, Role.FINANCE_CHECKER)
        params = {"number": batch.number, "total": format_yuan(batch.total)}
        messages.enqueue("batch_locked", params, to=to, at=at, link=f"/office/batches/{batch.public_id}")
    return batch


def reopen(public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> Batch:
    """Hand a locked batch back to its maker."""
    batch = locked(public_id, seen_version, actor=actor, at=at)
    if actor.person_id == batch.made_by_id:
        raise RuleViolation([_SAME_PERSON])
    batch.lines_hash, batch.approved_by_id, batch.checker_total = "", None, None
    advance(batch, "reopen", actor=actor, at=at, reason=reason)
    return batch


def approve(public_id: str, signature: Signature, *, actor: Actor, at: datetime) -> Batch:
    """Sign the batch as a second person: the same lines as were locked, the same total as typed."""
    batch = locked(public_id, signature.seen_version, actor=actor, at=at)
    if actor.person_id == batch.made_by_id:
        raise RuleViolation([_SAME_PERSON])
    stop_if_unpayable(queries.attempts_of(batch), on=beijing_date(at))
    person_id = take_duty(_line_ids(batch), Duty.CHECK_PAYMENT, actor=actor, at=at)
    if lines_hash(queries.signed_lines(batch)) != batch.lines_hash:
        raise Conflict("the lines of the batch changed since it was locked")
    findings = total_findings(signature.total, batch.total)
    if findings:
        raise RuleViolation(findings)
    batch.approved_by_id, batch.checker_total = person_id, signature.total
    advance(batch, "approve", actor=actor, at=at, details={"total": batch.total, "hash": batch.lines_hash})
    return batch


def _line_ids(batch: Batch) -> list[int]:
    return [attempt.line_id for attempt in queries.attempts_of(batch)]
