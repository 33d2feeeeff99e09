"""What every act on a batch shares: transitions with their events, duties, ledger moves of a line."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from vouchers.accounts import services as accounts
from vouchers.accounts.states import Duty
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.parties import services as parties
from vouchers.policy import queries as policy
from vouchers.redemption import queries as redemption
from vouchers.redemption import services as redemption_services
from vouchers.settlement import queries
from vouchers.settlement.models import Batch, PaymentAttempt, PaymentLine
from vouchers.settlement.rules.planning import ASKED_AGAIN, not_met
from vouchers.settlement.states import BATCHES, LINES

_TAKE_OUT = "请退回修改，移出有关明细后重新提交。"


def advance(
    batch: Batch,
    action: str,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Move a batch along its table and leave one event; the version rises by one."""
    before = batch.state
    batch.state = BATCHES.after(before, action)
    db.session.flush()
    change = (before.value, batch.state.value)
    audit.record(f"batch.{action}", subject(batch), actor=actor, at=at, change=change, reason=reason, details=details)


def advance_line(line: PaymentLine, action: str, *, actor: Actor, at: datetime, reason: str = "") -> None:
    """Move a payment line along its table and leave one event."""
    before = line.state
    line.state = LINES.after(before, action)
    change = (before.value, line.state.value)
    about = Subject("payment_line", line.public_id)
    audit.record(f"payment_line.{action}", about, actor=actor, at=at, change=change, reason=reason)


def locked(public_id: str, seen_version: int | None, *, actor: Actor, at: datetime) -> Batch:
    """A batch of a scheme the officer's appointment covers, held; Conflict when it changed since it was shown."""
    batch = queries.lock(public_id)
    policy.confirm_covered(batch.scheme, actor, on=beijing_date(at))
    if seen_version is not None and batch.version != seen_version:
        raise Conflict("the batch changed since the page was shown")
    return batch


def take_duty(line_ids: Collection[int], duty: Duty, *, actor: Actor, at: datetime) -> int:
    """Let the person behind the actor take a duty on every case these lines pay; returns the person."""
    if actor.person_id is None:
        raise NotPermitted("payments are handled by persons")
    days = max(map(policy.recusal_days, queries.versions_of(line_ids)), default=0)
    parties.check_impartial(queries.sides_of(line_ids), actor=actor, at=at, former_days=days)
    for case in queries.cases_of(line_ids):
        accounts.hold_duty(case, actor.person_id, duty=duty, at=at)
    return actor.person_id


def stop_if_unpayable(attempts: Sequence[PaymentAttempt], *, on: date) -> None:
    """Refuse to go on with lines that may not be paid any more, by number: the sum was signed with them in it."""
    _stop_if_overdrawn(attempts)
    claims = {item.claim_id: item.claim for one in attempts for item in one.line.items}
    asked = ((claim, redemption_services.not_payable(claim, on=on)) for claim in claims.values())
    findings = [
        Finding(ASKED_AGAIN, "核销 {number}：{told}", {"number": claim.number, "told": not_met(why).text}, _TAKE_OUT)
        for claim, why in asked
        if why
    ]
    if findings:
        raise RuleViolation(findings)


def _stop_if_overdrawn(attempts: Sequence[PaymentAttempt]) -> None:
    """Refuse to pay what an invoice no longer bears that was taken back meanwhile, with the lines by number."""
    overdrawn = redemption.overdrawn_invoices()
    lines = [
        one
        for one in attempts
        if any(not redemption.invoices_of(item.claim).isdisjoint(overdrawn) for item in one.line.items)
    ]
    if lines:
        numbers = "、".join(item.claim.number for one in lines for item in one.line.items)
        message = "核销 {numbers} 所附的发票已被红字冲减，不能支付。"
        raise RuleViolation([Finding("settlement.red_letter", message, {"numbers": numbers}, _TAKE_OUT)])


def by_kind(attempt: PaymentAttempt) -> dict[str, int]:
    """What a line pays, per voucher kind: each kind has its own commitments."""
    parts: dict[str, int] = {}
    for item in attempt.line.items:
        kind = item.claim.voucher.voucher_kind
        parts[kind] = parts.get(kind, 0) + item.amount
    return parts


def subject(batch: Batch) -> Subject:
    """A batch as the subject of an event."""
    return Subject("batch", batch.public_id)
