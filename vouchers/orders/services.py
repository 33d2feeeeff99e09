"""Acts on orders: propose, confirm (part of the voucher is held), meter usage, complete, cancel."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from vouchers.accounts import services as accounts
from vouchers.accounts.states import Duty
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.db.numbers import next_number
from vouchers.issuance import queries as voucher_queries
from vouchers.issuance import rules as voucher_rules
from vouchers.issuance import services as issuance
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotFound, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.periods import DateRange
from vouchers.ledger import queries as ledger_queries
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Move, Pot, split_by_layer
from vouchers.ledger.states import AccountKind, TransferKind
from vouchers.orders import queries, rules
from vouchers.orders.models import Order, OrderVersion, UsageStatement
from vouchers.orders.rules import Grounds, Metered, Terms
from vouchers.orders.states import ORDERS, OrderState, Side
from vouchers.policy import queries as policy
from vouchers.providers import queries as provider_queries
from vouchers.providers.models import Offering
from vouchers.providers.states import OfferingState


@dataclass(frozen=True, slots=True)
class NewOrder:
    """A proposal: which voucher pays for which offering, on which terms. Hours in thousandths, amounts in fen."""

    voucher: str
    offering: str
    contract_number: str
    contract_signed_on: date
    contract_file_id: int | None
    card_millihours: int
    tax_rate_bp: int
    net: int
    tax: int
    gross: int
    hold: int
    service_from: date
    service_until: date


@dataclass(frozen=True, slots=True)
class NewUsage:
    """Metered card-hours of a period, in thousandths; the digest is that of the provider's job log."""

    period_from: date
    period_until: date
    card_millihours: int
    green_share_bp: int
    log_digest: str = ""
    file_id: int | None = None


def propose(new: NewOrder, *, side: Side, actor: Actor, at: datetime) -> Order:
    """Propose an order; nothing is held until the other side confirms."""
    voucher = voucher_queries.get(new.voucher)
    offering = provider_queries.offering(new.offering)
    _must_be_theirs(voucher, offering, side=side, actor=actor)
    _raise_if(_order_findings(new, voucher, offering, on=beijing_date(at)))
    _hold_duty(voucher, actor, at)
    order = _new_order(new, voucher, offering, side=side, at=at)
    db.session.add(order)
    db.session.flush()
    db.session.add(OrderVersion(order_id=order.id, revision=1, terms=_terms_of(new), agreed_by=actor.name, at=at))
    details = {"number": order.number, "hold": order.hold, "gross": order.gross, "voucher": voucher.public_id}
    change = ("", OrderState.PROPOSED.value)
    audit.record("order.propose", _subject(order), actor=actor, at=at, change=change, details=details)
    return order


def confirm(public_id: str, *, side: Side, actor: Actor, at: datetime, seen_version: int | None = None) -> Order:
    """Confirm the other side's proposal: the order's part of the voucher is held from now on."""
    order = _locked(public_id, seen_version)
    if order.proposed_by is side:
        raise NotPermitted("the side that proposed an order does not confirm it")
    voucher = voucher_queries.lock(order.voucher.public_id)
    _must_be_theirs(voucher, order.offering, side=side, actor=actor)
    _raise_if(_confirm_findings(order, voucher, on=beijing_date(at)))
    _hold_duty(voucher, actor, at)
    order.confirmed_at = at
    _advance(order, "confirm", actor=actor, at=at)
    ledger.post(_hold_moves(order, voucher), actor=actor, at=at, reason=order.number)
    return order


def record_usage(public_id: str, usage: NewUsage, *, actor: Actor, at: datetime) -> UsageStatement:
    """Record metered usage, normalised by the offering's speed; the first statement begins the service."""
    order = queries.lock(public_id)
    _must_be_theirs(order.voucher, order.offering, side=Side.PROVIDER, actor=actor)
    if order.state not in {OrderState.CONFIRMED, OrderState.IN_SERVICE}:
        raise Conflict("usage is recorded on orders in service")
    _raise_if(rules.usage_findings(_metered(order, usage, on=beijing_date(at))))
    if order.state is OrderState.CONFIRMED:
        _advance(order, "begin_service", actor=actor, at=at)
    speed = order.offering.gflops_per_card
    statement = UsageStatement(
        order_id=order.id,
        **asdict(usage),
        gflops_per_card=speed,
        pflops_millihours=rules.pflops_millihours(usage.card_millihours, speed),
        recorded_by=actor.name,
        recorded_at=at,
    )
    db.session.add(statement)
    db.session.flush()
    details = {"order": order.number, "card_millihours": usage.card_millihours, "period": usage.period_from.isoformat()}
    audit.record("usage.record", Subject("usage", statement.public_id), actor=actor, at=at, details=details)
    return statement


def confirm_usage(public_id: str, *, actor: Actor, at: datetime) -> UsageStatement:
    """Confirm as the enterprise that a period was delivered as metered."""
    statement = queries.usage(public_id)
    order = _locked_by_id(statement.order_id)
    _must_be_theirs(order.voucher, order.offering, side=Side.ENTERPRISE, actor=actor)
    if statement.confirmed_at is not None:
        raise Conflict("this usage is confirmed already")
    statement.confirmed_by, statement.confirmed_at = actor.name, at
    audit.record("usage.confirm", Subject("usage", statement.public_id), actor=actor, at=at)
    return statement


def complete(public_id: str, *, side: Side, actor: Actor, at: datetime, seen_version: int | None = None) -> Order:
    """End a served order; what it still holds goes back."""
    return _end(public_id, "complete", side=side, actor=actor, at=at, seen_version=seen_version)


def cancel(
    public_id: str, reason: str, *, side: Side, actor: Actor, at: datetime, seen_version: int | None = None
) -> Order:
    """Call an order off; what it holds goes back."""
    return _end(public_id, "cancel", side=side, actor=actor, at=at, seen_version=seen_version, reason=reason)


def held_on(voucher: Voucher) -> int:
    """What all orders hold of a voucher, in fen."""
    orders = queries.on_voucher(voucher.id)
    return sum(ledger_queries.balance_of(AccountKind.HELD, order.public_id) for order in orders)


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
    order = _locked(public_id, seen_version)
    voucher = voucher_queries.lock(order.voucher.public_id)
    _must_be_theirs(voucher, order.offering, side=side, actor=actor)
    order.reason = reason
    _advance(order, action, actor=actor, at=at, reason=reason)
    issuance.release_into(voucher, order.public_id, key=f"release:{order.public_id}", actor=actor, at=at)
    issuance.close_if_used_up(voucher, actor=actor, at=at, held=held_on(voucher))
    return order


def _order_findings(new: NewOrder, voucher: Voucher, offering: Offering, *, on: date) -> list[Finding]:
    valid = voucher_queries.validity(voucher)
    if new.service_until < new.service_from:
        way = "请核对服务期。"
        return [Finding("service_days", "服务结束日期早于开始日期。", way=way, field="service_until")]
    terms = Terms(
        new.card_millihours,
        offering.price,
        new.net,
        new.tax,
        new.gross,
        new.hold,
        DateRange(new.service_from, new.service_until),
    )
    kind = policy.pack(voucher.scheme_version).kind(voucher.voucher_kind)
    grounds = Grounds(
        balance=ledger_queries.balance_of(AccountKind.VOUCHER, voucher.public_id),
        valid=valid,
        spent_on=kind.spent_on,
        offering_kind=offering.kind.value,
        is_listed=offering.state is OfferingState.LISTED,
        is_admitted=provider_queries.is_admitted(offering.provider_id, kind=offering.kind, on=on),
    )
    return [*voucher_rules.usable_findings(voucher.state, valid, on), *rules.order_findings(terms, grounds)]


def _confirm_findings(order: Order, voucher: Voucher, *, on: date) -> list[Finding]:
    offering = order.offering
    usable = voucher_rules.usable_findings(voucher.state, voucher_queries.validity(voucher), on)
    if provider_queries.is_admitted(offering.provider_id, kind=offering.kind, on=on):
        return usable
    return [*usable, Finding("provider_not_admitted", "服务商目前不在库。", way="请待服务商恢复后再确认。")]


def _hold_moves(order: Order, voucher: Voucher) -> list[Move]:
    pot = Pot(voucher.scheme_version.scheme_id, voucher.voucher_kind)
    party = voucher.enterprise.organisation.public_id
    left = ledger_queries.balances_by_layer(AccountKind.VOUCHER, voucher.public_id)
    if order.hold > sum(left.values()):
        raise RuleViolation([rules.short_balance(order.hold, sum(left.values()))])
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


def _metered(order: Order, usage: NewUsage, *, on: date) -> Metered:
    return Metered(
        period=_range(usage.period_from, usage.period_until),
        card_millihours=usage.card_millihours,
        already=queries.metered_on(order.id),
        ordered=order.card_millihours,
        service=DateRange(order.service_from, order.service_until),
        taken=tuple(DateRange(s.period_from, s.period_until) for s in order.usage),
        today=on,
    )


def _range(first: date, last: date) -> DateRange:
    if last < first:
        way = "请核对日期。"
        raise RuleViolation([Finding("usage_days", "期间结束日期早于开始日期。", way=way, field="period_until")])
    return DateRange(first, last)


def _new_order(new: NewOrder, voucher: Voucher, offering: Offering, *, side: Side, at: datetime) -> Order:
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


def _terms_of(new: NewOrder) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(new).items()}


def _must_be_theirs(voucher: Voucher, offering: Offering, *, side: Side, actor: Actor) -> None:
    """Strangers' vouchers and offerings look like nothing."""
    is_buyer = side is Side.ENTERPRISE
    owner = voucher.enterprise.organisation_id if is_buyer else offering.provider.organisation_id
    if actor.organisation_id != owner:
        raise NotFound("no such order")


def _hold_duty(voucher: Voucher, actor: Actor, at: datetime) -> None:
    if actor.person_id is None:
        raise NotPermitted("orders are agreed by persons")
    accounts.hold_duty(voucher.application.public_id, actor.person_id, duty=Duty.ENTER, at=at)


def _advance(order: Order, action: str, *, actor: Actor, at: datetime, reason: str = "") -> None:
    before = order.state
    order.state = ORDERS.after(before, action)
    change = (before.value, order.state.value)
    audit.record(f"order.{action}", _subject(order), actor=actor, at=at, change=change, reason=reason)


def _locked(public_id: str, seen_version: int | None) -> Order:
    order = queries.lock(public_id)
    if seen_version is not None and order.version != seen_version:
        raise Conflict("the order changed since the page was shown")
    return order


def _locked_by_id(order_id: int) -> Order:
    found = db.session.get(Order, order_id)
    if found is None:
        raise NotFound("no such order")
    return queries.lock(found.public_id)


def _subject(order: Order) -> Subject:
    return Subject("order", order.public_id)


def _raise_if(findings: list[Finding]) -> None:
    if findings:
        raise RuleViolation(findings)
