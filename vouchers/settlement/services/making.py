"""Making a batch out of what is due, and a follow-up out of what the bank refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from vouchers.accounts.states import Duty
from vouchers.audit import services as audit
from vouchers.db.base import db
from vouchers.db.numbers import next_number
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotFound, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.messages import services as messages
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.redemption import services as redemption
from vouchers.settlement import queries
from vouchers.settlement.models import Batch, PaymentAttempt, PaymentItem, PaymentLine
from vouchers.settlement.rules.planning import ASKED_AGAIN, LeftOut, Plan, PlannedLine
from vouchers.settlement.services.moving import advance_line, locked, subject, take_duty
from vouchers.settlement.states import AttemptState, BatchState, LineState

_NOTHING = Finding("settlement.nothing", "没有可以列入本批的款项。", way="请先核定核销申请，或登记指标文和收款账户。")
_FOLLOWABLE = frozenset({BatchState.SENT, BatchState.RECONCILED, BatchState.CLOSED})


@dataclass(frozen=True, slots=True)
class NewBatch:
    """For which scheme and fiscal year a batch is made."""

    scheme: str
    fiscal_year: int


def make_batch(new: NewBatch, *, actor: Actor, at: datetime) -> Batch:
    """Put what is due into a batch: one line per payee and paying body, with a copy of the account."""
    scheme = queries.lock_scheme(new.scheme)
    policy.confirm_covered(scheme, actor, on=beijing_date(at))
    plan = queries.plan_for(scheme.id, new.fiscal_year, on=beijing_date(at))
    return _make(new.fiscal_year, plan, scheme_id=scheme.id, follows=None, actor=actor, at=at)


def follow_up(
    public_id: str, fiscal_year: int, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> Batch:
    """Make a batch of nothing but the lines that the bank refused in another, with the account as it is now."""
    batch = locked(public_id, seen_version, actor=actor, at=at)
    if batch.state not in _FOLLOWABLE:
        raise Conflict("only a batch that was sent is followed up")
    queries.lock_scheme(batch.scheme.public_id)
    refused = queries.refused_lines(batch.id)
    plan = queries.plan_for(batch.scheme_id, fiscal_year, on=beijing_date(at), lines=refused)
    return _make(fiscal_year, plan, scheme_id=batch.scheme_id, follows=batch.id, actor=actor, at=at)


def drop_line(public_id: str, attempt: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> Batch:
    """Take a line out of an open batch; it stays due for a later one."""
    batch = locked(public_id, seen_version, actor=actor, at=at)
    if batch.state is not BatchState.OPEN:
        raise Conflict("a batch that is locked keeps its lines")
    found = next((one for one in queries.attempts_of(batch) if one.public_id == attempt), None)
    if found is None:
        raise NotFound("no such line")
    take_duty([found.line_id], Duty.MAKE_PAYMENT, actor=actor, at=at)
    line = found.line.public_id
    db.session.delete(found)
    db.session.flush()
    _sum_up(batch)
    audit.record("batch.drop_line", subject(batch), actor=actor, at=at, details={"line": line})
    return batch


def _make(year: int, plan: Plan, *, scheme_id: int, follows: int | None, actor: Actor, at: datetime) -> Batch:
    if not plan.lines:
        raise RuleViolation([_NOTHING, *(left.why for left in plan.left_out[:20])])
    if actor.person_id is None:
        raise NotPermitted("batches are made by persons")
    batch = Batch(
        number=next_number("DF", year=year, office_id=actor.office_id or 0),
        scheme_id=scheme_id,
        fiscal_year=year,
        state=BatchState.OPEN,
        follows_id=follows,
        made_by_id=actor.person_id,
        created_at=at,
    )
    db.session.add(batch)
    db.session.flush()
    lines = [_attempt(batch, planned, actor=actor, at=at) for planned in plan.lines]
    take_duty(lines, Duty.MAKE_PAYMENT, actor=actor, at=at)
    batch.signatures = queries.signatures_wanted(lines)
    _sum_up(batch)
    change = ("", BatchState.OPEN.value)
    _tell_stopped(plan.left_out, at=at)
    stopped = sorted(left.due.key for left in plan.left_out if left.why.code == ASKED_AGAIN)
    details: dict[str, Any] = {
        "number": batch.number,
        "lines": batch.line_count,
        "total": batch.total,
        "left_out": len(plan.left_out),
    }
    details |= {"stopped": stopped} if stopped else {}
    audit.record("batch.make", subject(batch), actor=actor, at=at, change=change, details=details)
    return batch


def _attempt(batch: Batch, planned: PlannedLine, *, actor: Actor, at: datetime) -> int:
    """Add a planned line to a batch: a new one with its items, or one that fell due again; returns the line."""
    again = next((due.line_id for due in planned.dues if due.line_id is not None), None)
    line = _new_line(batch, planned, at=at) if again is None else queries.line(again)
    if line.state is LineState.REFUSED:
        advance_line(line, "fall_due_again", actor=actor, at=at)
    _copy_account(line, queries.channels_of(queries.claims_of(planned.dues)), on=beijing_date(at))
    db.session.add(line)
    db.session.flush()
    number = len(line.attempts) + 1
    db.session.add(
        PaymentAttempt(
            line_id=line.id,
            batch_id=batch.id,
            number=number,
            state=AttemptState.PREPARED,
            indicator_id=planned.document_id,
        )
    )
    for due in planned.dues:
        if due.claim_id is not None:
            item = PaymentItem(line_id=line.id, claim_id=due.claim_id, layer=planned.layer, amount=due.amount)
            item.payee_id = line.payee_id
            db.session.add(item)
            redemption.batch_claim(due.claim, actor=actor, at=at, batch=batch.number)
    db.session.flush()
    db.session.expire(line, ["items", "attempts"])
    return line.id


def _tell_stopped(left_out: Sequence[LeftOut], *, at: datetime) -> None:
    """Tell holder and payee, once a claim, what was asked again and does not hold."""
    for claim, reason in queries.stopped_claims(left_out):
        params = {"number": claim.number, "reason": reason}
        voucher = f"/enterprise/vouchers/{claim.voucher.public_id}"
        holder_id = claim.voucher.enterprise.organisation_id
        messages.enqueue("payment_stopped", params, to=messages.to_organisation(holder_id), at=at, link=voucher)
        if not claim.is_direct:
            page, provider_id = f"/provider/claims/{claim.public_id}", claim.provider.organisation_id
            messages.enqueue("payment_stopped", params, to=messages.to_organisation(provider_id), at=at, link=page)


def _new_line(batch: Batch, planned: PlannedLine, *, at: datetime) -> PaymentLine:
    return PaymentLine(
        scheme_id=batch.scheme_id,
        layer=planned.layer,
        payee_id=planned.payee_id,
        paying_office_id=planned.office_id,
        state=LineState.DUE,
        amount=planned.amount,
        created_at=at,
    )


def _copy_account(line: PaymentLine, channels: Sequence[str], *, on: date) -> None:
    account = parties.bank_account_of(line.payee_id, on=on, channels=channels)
    if account is None:
        raise RuleViolation([_NOTHING])
    line.account_name, line.bank, line.bank_code = account.account_name, account.bank, account.bank_code
    line.account_number, line.account_tail = account.number, account.number_tail
    line.channel = account.channel


def _sum_up(batch: Batch) -> None:
    attempts = queries.attempts_of(batch)
    batch.total, batch.line_count = sum(one.line.amount for one in attempts), len(attempts)
    db.session.flush()
