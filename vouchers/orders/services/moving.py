"""What every act on an order shares: its transition with its event, who may act, whom to tell."""

from datetime import datetime

from vouchers.accounts import services as accounts
from vouchers.accounts.states import Duty
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, NotFound, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.messages import services as messages
from vouchers.orders import queries
from vouchers.orders.models import Order
from vouchers.orders.queries import Ordered, Payer
from vouchers.orders.states import ORDERS, Side


def advance(order: Order, action: str, *, actor: Actor, at: datetime, reason: str = "") -> None:
    """Move a locked order along its table and leave one event; the version rises by one."""
    before = order.state
    order.state = ORDERS.after(before, action)
    db.session.flush()
    change = (before.value, order.state.value)
    audit.record(f"order.{action}", subject_of(order), actor=actor, at=at, change=change, reason=reason)


def locked(public_id: str, seen_version: int | None, *, side: Side, actor: Actor) -> Order:
    """An order of theirs, held; Conflict when it changed since the page was shown."""
    order = queries.lock(public_id)
    must_be_theirs(order.voucher, order.offering, side=side, actor=actor)
    if seen_version is not None and order.version != seen_version:
        raise Conflict("the order changed since the page was shown")
    return order


def must_be_theirs(voucher: Payer, offering: Ordered, *, side: Side, actor: Actor) -> None:
    """Refuse a stranger: their vouchers and offerings look like nothing."""
    if actor.organisation_id != queries.organisation_of(voucher, offering, side=side):
        raise NotFound("no such order")


def take_duty(voucher: Payer, actor: Actor, at: datetime) -> None:
    """Let the person behind the actor enter the case behind the voucher."""
    if actor.person_id is None:
        raise NotPermitted("orders are agreed by persons")
    accounts.hold_duty(voucher.application.public_id, actor.person_id, duty=Duty.ENTER, at=at)


def tell_other_side(order: Order, code: str, *, side: Side, at: datetime, reason: str = "") -> None:
    """Leave a message to the side that did not act."""
    is_provider = side is Side.ENTERPRISE
    told = order.provider.organisation_id if is_provider else order.enterprise.organisation_id
    params = {"number": order.number, "reason": reason}
    place = "provider" if is_provider else "enterprise"
    link = f"/{place}/orders/{order.public_id}"
    messages.enqueue(code, params, to=messages.to_organisation(told), at=at, link=link)


def subject_of(order: Order) -> Subject:
    """The order as audit events name it."""
    return Subject("order", order.public_id)


def raise_if(findings: list[Finding]) -> None:
    """Refuse with all findings at once, when there are any."""
    if findings:
        raise RuleViolation(findings)
