"""Agreeing an order: one side proposes, the other confirms and part of the voucher is held; it ends by either side."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from vouchers.audit import services as audit
from vouchers.db.base import db
from vouchers.db.numbers import next_number
from vouchers.issuance import queries as voucher_queries
from vouchers.issuance import rules as voucher_rules
from vouchers.issuance import services as issuance
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.periods import DateRange
from vouchers.ledger import queries as ledger_queries
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Move, Pot, split_by_layer
from vouchers.ledger.states import AccountKind, TransferKind
from vouchers.orders import queries, rules
from vouchers.orders.models import Order, OrderVersion
from vouchers.orders.queries import Ordered, Payer
from vouchers.orders.rules import Terms
from vouchers.orders.services.moving import (
    advance,
    locked,
    must_be_theirs,
    raise_if,
    subject_of,
    take_duty,
    tell_other_side,
)
from vouchers.orders.states import OrderState, Side
from vouchers.providers import queries as provider_queries


@dataclass(frozen=True, slots=True)
class NewOrder:
    """A proposal: which voucher pays for which offering, on which terms.

    The quantity is in parts of the offering's unit, amounts in fen.
    """

    voucher: str
    offering: str
    contract_number: str
    contract_signed_on: date
    contract_file_id: int | None
    quantity: int
    tax_rate_bp: int
    net: int
    tax: int
    gross: int
    hold: int
    service_from: date
    service_until: date


def propose(new: NewOrder, *, side: Side, actor: Actor, at: datetime) -> Order:
    """Propose an order; nothing is held until the other side confirms.

    Where the pack wants no order before use, it only registers the contract that is claimed on: nobody confirms it.
    """
    voucher = voucher_queries.get(new.voucher)
    offering = provider_queries.offering(new.offering)
    must_be_theirs(voucher, offering, side=side, actor=actor)
    raise_if(_order_findings(new, voucher, offering, on=beijing_date(at)))
    take_duty(voucher, actor, at)
    order = _new_order(new, voucher, offering, side=side, at=at)
    db.session.add(order)
    db.session.flush()
    db.session.add(
        OrderVersion(order_id=order.id, revision=1, terms=_terms_of(new, offering), agreed_by=actor.name, at=at)
    )
    details = {"number": order.number, "hold": order.hold, "gross": order.gross, "voucher": voucher.public_id}
    change = ("", OrderState.PROPOSED.value)
    audit.record("order.propose", subject_of(order), actor=actor, at=at, change=change, details=details)
    if queries.object_of(voucher).reserved_by_order:
        tell_other_side(order, "order_propose", side=side, at=at)
    else:
        _register(order, side=side, actor=actor, at=at)
    return order


def _register(order: Order, *, side: Side, actor: Actor, at: datetime) -> None:
    voucher = voucher_queries.lock(order.voucher.public_id)
    advance(order, "register", actor=actor, at=at)
    _hold(order, voucher, actor=actor, at=at)
    tell_other_side(order, "order_register", side=side, at=at)


def _hold(order: Order, voucher: Payer, *, actor: Actor, at: datetime) -> None:
    """Hold the order's part and draw its units; of a voucher that is used once the rest lapses with it."""
    moves = [*_hold_moves(order, voucher), *issuance.drawing(voucher, order.public_id, order.quantity)]
    ledger.post(moves, actor=actor, at=at, reason=order.number)
    if not queries.object_of(voucher).partial_use:
        issuance.lapse_rest(voucher, order.public_id, actor=actor, at=at, document=order.number)


def confirm(public_id: str, *, side: Side, actor: Actor, at: datetime, seen_version: int | None = None) -> Order:
    """Confirm the other side's proposal: the order's part of the voucher is held from now on."""
    order = locked(public_id, seen_version, side=side, actor=actor)
    if order.proposed_by is side:
        raise NotPermitted("the side that proposed an order does not confirm it")
    voucher = voucher_queries.lock(order.voucher.public_id)
    take_duty(voucher, actor, at)
    order.confirmed_at = at
    advance(order, "confirm", actor=actor, at=at)
    raise_if(_confirm_findings(order, voucher, on=beijing_date(at)))
    _hold(order, voucher, actor=actor, at=at)
    tell_other_side(order, "order_confirm", side=side, at=at)
    return order


def complete(public_id: str, *, side: Side, actor: Actor, at: datetime, seen_version: int | None = None) -> Order:
    """End a served order; what it still holds goes back."""
    return _end(public_id, "complete", side=side, actor=actor, at=at, seen_version=seen_version)


def cancel(
    public_id: str, reason: str, *, side: Side, actor: Actor, at: datetime, seen_version: int | None = None
) -> Order:
    """Call an order off; what it holds goes back."""
    return _end(public_id, "cancel", side=side, actor=actor, at=at, seen_version=seen_version, reason=reason)


def _end(
    public_id: str,
    action: str,
    *,
    side: Side,
    actor: Actor,
    at: datetime,
    seen_version: int | None,
    reason: str = "",
) -> Order:
    order = locked(public_id, seen_version, side=side, actor=actor)
    voucher = voucher_queries.lock(order.voucher.public_id)
    order.reason = reason
    advance(order, action, actor=actor, at=at, reason=reason)
    raise_if(rules.ending_findings(side, has_usage=bool(order.usage), held=queries.held_by(order)))
    key = f"release:{order.public_id}"
    issuance.release_into(voucher, order.public_id, key=key, actor=actor, at=at, document=order.number)
    used = queries.metered_on(order.id)
    issuance.give_back_units(voucher, order.public_id, used=used, document=order.number, actor=actor, at=at)
    issuance.close_if_used_up(voucher.id, actor=actor, at=at, held=lambda: queries.held_on(voucher.id))
    tell_other_side(order, f"order_{action}", side=side, at=at, reason=reason)
    return order


def _order_findings(new: NewOrder, voucher: Payer, offering: Ordered, *, on: date) -> list[Finding]:
    usable = voucher_rules.usable_findings(voucher.state, voucher_queries.validity(voucher), on)
    if new.service_until < new.service_from:
        way = "请核对服务期。"
        days = Finding("service_days", "服务结束日期早于开始日期。", way=way, field="service_until")
        return [*usable, days]
    terms = Terms(
        new.quantity,
        offering.price,
        new.net,
        new.tax,
        new.gross,
        new.hold,
        DateRange(new.service_from, new.service_until),
    )
    return [*usable, *rules.order_findings(terms, queries.grounds_of(voucher, offering, on=on))]


def _confirm_findings(order: Order, voucher: Payer, *, on: date) -> list[Finding]:
    usable = voucher_rules.usable_findings(voucher.state, voucher_queries.validity(voucher), on)
    if queries.is_admitted(order.offering, on=on):
        return usable
    return [*usable, Finding("provider_not_admitted", "服务商目前不在库。", way="请待服务商恢复后再确认。")]


def _hold_moves(order: Order, voucher: Payer) -> list[Move]:
    pot = Pot(voucher.scheme_version.scheme_id, voucher.voucher_kind)
    party = voucher.enterprise.organisation.public_id
    left = ledger_queries.balances_by_layer(AccountKind.VOUCHER, voucher.public_id)
    if order.hold > sum(left.values()):
        raise RuleViolation([rules.short_balance(order.hold, sum(left.values()))])
    units = voucher_queries.units_left(voucher)
    if units is not None and order.quantity > units:
        raise RuleViolation([rules.short_units(order.quantity, units, order.offering.unit)])
    return [
        Move(
            TransferKind.HOLD,
            pot.voucher(layer, voucher=voucher.public_id, party=party),
            pot.held(layer, subject=order.public_id, party=party),
            amount,
            f"hold:{order.public_id}:{layer}",
        )
        for layer, amount in split_by_layer(order.hold, left).items()
    ]


def _new_order(new: NewOrder, voucher: Payer, offering: Ordered, *, side: Side, at: datetime) -> Order:
    fields = {key: value for key, value in asdict(new).items() if key not in {"voucher", "offering"}}
    office_id = voucher.scheme_version.scheme.office_id
    return Order(
        number=next_number("DD", year=beijing_date(at).year, office_id=office_id),
        voucher_id=voucher.id,
        offering_id=offering.id,
        enterprise_id=voucher.enterprise_id,
        provider_id=offering.provider_id,
        state=OrderState.PROPOSED,
        proposed_by=side,
        unit_price=offering.price,
        proposed_at=at,
        created_at=at,
        **fields,
    )


def _terms_of(new: NewOrder, offering: Ordered) -> dict[str, Any]:
    terms = {key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(new).items()}
    return {**terms, "unit": offering.unit.value}
