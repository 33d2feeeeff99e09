"""Orders on vouchers for tests, through the real services."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from tests.factories.issuance import Held, make_held
from tests.factories.providers import admitted_provider, listed, own_actor, terms
from tests.worlds import kept
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.orders import services
from vouchers.orders.services import NewOrder, NewUsage
from vouchers.orders.states import Side
from vouchers.providers.services import OfferingTerms

HOLD = 1_000_001


@dataclass(frozen=True)
class Deal:
    """A voucher, an offering, and who acts for each side."""

    held: Held
    offering: str
    seller: Actor

    @property
    def voucher(self) -> str:
        """The voucher that pays."""
        return self.held.voucher

    @property
    def buyer(self) -> Actor:
        """Who acts for the enterprise."""
        return self.held.holder


@kept
def make_deal(*, at: datetime, held: Held | None = None, number: int = 51, entry: OfferingTerms | None = None) -> Deal:
    """A voucher of 30,000.01 yuan and a listed offering, at 14.50 yuan per card-hour unless told otherwise."""
    held = held or make_held(at=at)
    provider = admitted_provider(number, at=at)
    return Deal(held, listed(provider, entry or terms(), at=at).public_id, own_actor(provider))


def new_order(deal: Deal, **changes: object) -> NewOrder:
    """1,000 card-hours for 10,600 yuan gross, part of it by voucher."""
    usual = NewOrder(
        voucher=deal.voucher,
        offering=deal.offering,
        contract_number="HT-2026-7",
        contract_signed_on=date(2026, 3, 17),
        contract_file_id=None,
        quantity=1_000_000,
        tax_rate_bp=600,
        net=1_000_001,
        tax=60_000,
        gross=1_060_001,
        hold=HOLD,
        service_from=date(2026, 3, 18),
        service_until=date(2026, 4, 30),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


@kept
def propose(deal: Deal, *, at: datetime, side: Side = Side.ENTERPRISE, **changes: object) -> str:
    """A proposal; opens its own transaction and returns the public id."""
    actor = deal.buyer if side is Side.ENTERPRISE else deal.seller
    with transaction():
        return services.propose(new_order(deal, **changes), side=side, actor=actor, at=at).public_id


@kept
def confirm(deal: Deal, order: str, *, at: datetime, side: Side = Side.PROVIDER) -> None:
    """The other side's word; opens its own transaction."""
    actor = deal.buyer if side is Side.ENTERPRISE else deal.seller
    with transaction():
        services.confirm(order, side=side, actor=actor, at=at)


@kept
def make_confirmed(deal: Deal, *, at: datetime, **changes: object) -> str:
    """An order that holds part of the voucher."""
    order = propose(deal, at=at, side=Side.ENTERPRISE, **changes)
    confirm(deal, order, at=at)
    return order


def new_usage(**changes: object) -> NewUsage:
    """One day of 24 cards."""
    usual = NewUsage(date(2026, 3, 18), date(2026, 3, 18), 576_000, 6200, "a" * 64)
    return replace(usual, **changes)  # type: ignore[arg-type]


@kept
def record_usage(deal: Deal, order: str, *, at: datetime, **changes: object) -> str:
    """A usage statement; opens its own transaction and returns the public id."""
    with transaction():
        return services.record_usage(order, new_usage(**changes), actor=deal.seller, at=at).public_id
