"""What an order is judged against: the voucher, the offering and its provider as they stand on a day."""

from datetime import date

from sqlalchemy import select

from vouchers.issuance import queries as vouchers
from vouchers.issuance.models import Voucher
from vouchers.kernel.periods import DateRange
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.orders.models import Order
from vouchers.orders.rules import Grounds, InKind
from vouchers.orders.states import OrderState, Side
from vouchers.policy import queries as policy
from vouchers.policy.pack.vouchers import VoucherRule
from vouchers.policy.rules.compiled import clause_of
from vouchers.providers import queries as providers
from vouchers.providers.models import Offering
from vouchers.providers.states import OfferingState

Payer = Voucher
Ordered = Offering


def grounds_of(voucher: Voucher, offering: Offering, *, on: date) -> Grounds:
    """What a proposal is judged against."""
    pack, kind = policy.pack(voucher.scheme_version), voucher.voucher_kind
    left = vouchers.units_left(voucher)
    return Grounds(
        balance=ledger.balance_of(AccountKind.VOUCHER, voucher.public_id),
        valid=vouchers.validity(voucher),
        spent_on=pack.kind(kind).spent_on,
        offering_kind=offering.kind.value,
        is_listed=offering.state is OfferingState.LISTED,
        is_admitted=is_admitted(offering, on=on),
        sheet=pack.voucher_rule(kind).face or 0,
        unit=offering.unit,
        clause=clause_of(pack, pack.kind(kind)),
        counted=pack.counted_by(kind),
        in_kind=None if left is None else InKind(left, pack.measure(kind).price),
    )


def units_left(voucher: Voucher) -> vouchers.UnitFigures | None:
    """Where the units of a voucher in kind stand; None where it is money."""
    return vouchers.unit_figures(voucher)


def object_of(voucher: Voucher) -> VoucherRule:
    """What the pack says of the voucher as an object."""
    return policy.pack(voucher.scheme_version).voucher_rule(voucher.voucher_kind)


def lapsing(order: Order) -> int:
    """What would lapse of a voucher that is used once, when this proposal is confirmed; in fen."""
    if order.state is not OrderState.PROPOSED or object_of(order.voucher).partial_use:
        return 0
    return max(0, ledger.balance_of(AccountKind.VOUCHER, order.voucher.public_id) - order.hold)


def is_admitted(offering: Offering, *, on: date) -> bool:
    """Whether the provider of an offering may serve its kind on a day."""
    return providers.is_admitted(offering.provider_id, kind=offering.kind, on=on)


def organisation_of(voucher: Voucher, offering: Offering, *, side: Side) -> int:
    """The organisation that stands on a side of an order."""
    return voucher.enterprise.organisation_id if side is Side.ENTERPRISE else offering.provider.organisation_id


def held_by(order: Order) -> int:
    """What an order holds of its voucher, in fen."""
    return ledger.balance_of(AccountKind.HELD, order.public_id)


def held_on(voucher_id: int) -> int:
    """What all orders hold of a voucher, in fen."""
    return ledger.held_by(select(Order.public_id).where(Order.voucher_id == voucher_id))


def service_of(order: Order) -> DateRange:
    """First and last day of an order's service."""
    return DateRange(order.service_from, order.service_until)
