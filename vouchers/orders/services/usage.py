"""What was used or delivered: recorded by the provider, confirmed by the enterprise."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotFound, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.periods import DateRange
from vouchers.orders import queries, rules
from vouchers.orders.models import Order, UsageStatement
from vouchers.orders.rules import Metered
from vouchers.orders.services.moving import advance, must_be_theirs, raise_if, tell_other_side
from vouchers.orders.states import OrderState, Side


@dataclass(frozen=True, slots=True)
class NewUsage:
    """What was used or delivered in a period, in parts of the offering's unit; a green share only of card-hours.

    The digest is that of the provider's log, or of what was handed over.
    """

    period_from: date
    period_until: date
    quantity: int
    green_share_bp: int | None = None
    log_digest: str = ""
    file_id: int | None = None


def record_usage(public_id: str, usage: NewUsage, *, actor: Actor, at: datetime) -> UsageStatement:
    """Record what was used or delivered, card-hours normalised by the card's speed; the first begins the service."""
    order = queries.lock(public_id)
    must_be_theirs(order.voucher, order.offering, side=Side.PROVIDER, actor=actor)
    if order.state not in rules.RECORDABLE:
        raise Conflict("usage is recorded on orders in service")
    raise_if(rules.usage_findings(_metered(order, usage, on=beijing_date(at))))
    if order.state is OrderState.CONFIRMED:
        advance(order, "begin_service", actor=actor, at=at)
    speed = order.offering.gflops_per_card
    statement = UsageStatement(
        order_id=order.id,
        **asdict(usage),
        gflops_per_card=speed,
        pflops_millihours=None if speed is None else rules.pflops_millihours(usage.quantity, speed),
        recorded_by=actor.name,
        recorded_at=at,
    )
    db.session.add(statement)
    db.session.flush()
    db.session.expire(order, ["usage"])
    details = {
        "order": order.number,
        "quantity": usage.quantity,
        "unit": order.offering.unit.value,
        "period": usage.period_from.isoformat(),
    }
    audit.record("usage.record", _subject(statement), actor=actor, at=at, details=details)
    tell_other_side(order, "usage_record", side=Side.PROVIDER, at=at)
    return statement


def confirm_usage(public_id: str, *, actor: Actor, at: datetime) -> UsageStatement:
    """Confirm as the enterprise that a period was delivered as metered."""
    order = queries.lock(queries.order_of_usage(public_id))
    must_be_theirs(order.voucher, order.offering, side=Side.ENTERPRISE, actor=actor)
    statement = next((one for one in order.usage if one.public_id == public_id), None)
    if statement is None:
        raise NotFound("no such usage statement")
    if statement.confirmed_at is not None:
        raise Conflict("this usage is confirmed already")
    statement.confirmed_by, statement.confirmed_at = actor.name, at
    audit.record("usage.confirm", _subject(statement), actor=actor, at=at, details={"order": order.number})
    tell_other_side(order, "usage_confirm", side=Side.ENTERPRISE, at=at)
    return statement


def _metered(order: Order, usage: NewUsage, *, on: date) -> Metered:
    return Metered(
        period=_range(usage.period_from, usage.period_until),
        quantity=usage.quantity,
        already=queries.metered_on(order.id),
        ordered=order.quantity,
        service=queries.service_of(order),
        taken=tuple(DateRange(one.period_from, one.period_until) for one in order.usage),
        today=on,
        unit=order.offering.unit,
        green_share_bp=usage.green_share_bp,
    )


def _range(first: date, last: date) -> DateRange:
    if last < first:
        way = "请核对日期。"
        raise RuleViolation([Finding("usage_days", "期间结束日期早于开始日期。", way=way, field="period_until")])
    return DateRange(first, last)


def _subject(statement: UsageStatement) -> Subject:
    return Subject("usage", statement.public_id)
