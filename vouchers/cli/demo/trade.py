"""Vouchers at work: issued, frozen, voided; orders agreed and served; usage metered and confirmed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vouchers.cli.demo import cast
from vouchers.cli.demo.cases import Plan
from vouchers.cli.demo.timeline import Story
from vouchers.cli.demo.world import World
from vouchers.issuance import services as issuance
from vouchers.kernel.actor import Actor
from vouchers.orders import services as orders
from vouchers.orders.services import NewOrder, NewUsage
from vouchers.orders.states import Side
from vouchers.providers import queries as providers

_HIDDEN_TAX = 106  # the catalogue's prices contain six per cent
_TAX_BP = 600


@dataclass(frozen=True, slots=True)
class Usage:
    """Card-hours metered from one working day ago to another, recorded and confirmed on the days after."""

    since: int
    until: int
    hours: int


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """One order: on which case's voucher, for what, how much of the voucher, when, and how far it goes.

    `hold` is in fen; days are working days ago, the last day of service is that many calendar days from today.
    """

    key: str
    case: str
    offering: str
    hours: int
    hold: int
    proposed: int
    ends: int
    side: Side = Side.ENTERPRISE
    is_confirmed: bool = True
    usage: tuple[Usage, ...] = ()
    ended: tuple[str, int] = ("", 0)


def issue(world: World, plan: Plan, ago: int) -> Story:
    """Issue the voucher of an approved case."""
    yield (at := world.days.at(ago, plan.clock))
    voucher = issuance.issue(world.cases[plan.key], actor=world.actors["shending"], at=at)
    world.vouchers[plan.key] = voucher.public_id


def freeze(world: World, key: str, ago: int) -> Story:
    """Freeze a voucher while something is looked into."""
    yield (at := world.days.at(ago, "15:10"))
    reason = "收到举报，正在核实企业的实际经营地。（演示）"
    issuance.freeze(world.vouchers[key], reason, actor=world.actors["shending"], at=at)


def void(world: World, key: str, ago: int) -> Story:
    """End a voucher at its holder's request."""
    yield (at := world.days.at(ago, "15:40"))
    reason = "企业书面申请放弃使用。（演示）"
    issuance.void(world.vouchers[key], reason, actor=world.actors["shending"], at=at)


def order(world: World, plan: OrderPlan) -> Story:
    """Tell an order: proposed by one side, confirmed by the other, served, metered, ended."""
    yield (at := world.days.at(plan.proposed, "10:30"))
    hand = _hands(world, plan)
    world.orders[plan.key] = orders.propose(_terms(world, plan), side=plan.side, actor=hand[plan.side], at=at).public_id
    public_id = world.orders[plan.key]
    if plan.is_confirmed:
        yield (at := world.days.at(plan.proposed - 1, "10:30"))
        other = Side.PROVIDER if plan.side is Side.ENTERPRISE else Side.ENTERPRISE
        orders.confirm(public_id, side=other, actor=hand[other], at=at)
    for usage in plan.usage:
        yield (at := world.days.at(usage.until - 1, "09:20"))
        statement = orders.record_usage(public_id, _metered(world, plan, usage), actor=hand[Side.PROVIDER], at=at)
        yield (at := at + timedelta(hours=5))
        orders.confirm_usage(statement.public_id, actor=hand[Side.ENTERPRISE], at=at)
    ended, ago = plan.ended
    if ended:
        yield (at := world.days.at(ago, "16:20"))
        _end(public_id, ended, hands=hand, at=at)


def net_of(gross: int) -> int:
    """The part of a price without its tax, in fen.

    >>> net_of(10_600)
    10000
    """
    return (gross * 200 + _HIDDEN_TAX) // (2 * _HIDDEN_TAX)


def price_of(world: World, offering: str) -> int:
    """What a card-hour costs, in fen."""
    return providers.offering(world.offerings[offering]).price


def contract_number(plan: OrderPlan) -> str:
    """The number both sides gave their contract."""
    return f"HT-{sum(plan.key.encode()) % 10_000:04d}-{plan.key.upper()}"


def provider_of(offering: str) -> cast.Part:
    """The provider that lists an offering."""
    return next(one for one in cast.parts("providers") if any(entry["key"] == offering for entry in one["offerings"]))


def _terms(world: World, plan: OrderPlan) -> NewOrder:
    gross = plan.hours * price_of(world, plan.offering)
    net = net_of(gross)
    return NewOrder(
        voucher=world.vouchers[plan.case],
        offering=world.offerings[plan.offering],
        contract_number=contract_number(plan),
        contract_signed_on=world.days.day(plan.proposed),
        contract_file_id=None,
        quantity=plan.hours * 1000,
        tax_rate_bp=_TAX_BP,
        net=net,
        tax=gross - net,
        gross=gross,
        hold=plan.hold,
        service_from=world.days.day(plan.proposed - 2),
        service_until=world.today + timedelta(days=plan.ends),
    )


def _metered(world: World, plan: OrderPlan, usage: Usage) -> NewUsage:
    entry = providers.offering(world.offerings[plan.offering])
    first, last = world.days.day(usage.since), world.days.day(usage.until)
    return NewUsage(first, last, usage.hours * 1000, entry.green_share_bp, log_digest="")


def _end(public_id: str, action: str, *, hands: dict[Side, Actor], at: datetime) -> None:
    if action == "complete":
        orders.complete(public_id, side=Side.PROVIDER, actor=hands[Side.PROVIDER], at=at)
    else:
        reason = "项目调整，双方协商取消。（演示）"
        orders.cancel(public_id, reason, side=Side.ENTERPRISE, actor=hands[Side.ENTERPRISE], at=at)


def _hands(world: World, plan: OrderPlan) -> dict[Side, Actor]:
    buyer = next(one for one in cast.parts("enterprises") if one["key"] == world.buyers[plan.case])
    return {
        Side.ENTERPRISE: world.actors[buyer["sign_in"]],
        Side.PROVIDER: world.actors[provider_of(plan.offering)["sign_in"]],
    }
