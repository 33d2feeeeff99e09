"""An order as the pages of both sides show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from vouchers.kernel.money import format_yuan
from vouchers.orders import queries, rules
from vouchers.orders.models import Order, UsageStatement
from vouchers.orders.states import LABELS as ORDER_LABELS
from vouchers.orders.states import OrderState, Side
from vouchers.providers.states import LABELS, Unit
from vouchers.providers.units import METERED, figure
from vouchers.providers.units import shown as in_unit
from vouchers.web.forms import sentence
from vouchers.web.wording import said

TONES: Mapping[OrderState, str] = {
    OrderState.PROPOSED: "wait",
    OrderState.CONFIRMED: "ok",
    OrderState.IN_SERVICE: "ok",
    OrderState.DISPUTED: "warn",
    OrderState.COMPLETED: "info",
    OrderState.CANCELLED: "bad",
}


@dataclass(frozen=True, slots=True)
class UsageLine:
    """A statement of what was used or delivered, with its figures as text; no PFLOPS-hours or green share is none."""

    statement: UsageStatement
    quantity: str
    pflops_hours: str
    green_share: str


@dataclass(frozen=True, slots=True)
class ShownOrder:
    """Everything an order's page needs."""

    order: Order
    state: str
    kind: str
    held: int
    own_share: int
    unit: str
    is_compute: bool
    is_metered: bool
    quantity: str
    metered: str
    metered_pflops: str
    tax_rate: str
    usage: Sequence[UsageLine]
    acts: Sequence[str]
    barred: Sequence[str]
    lapses: int

    @property
    def tone(self) -> str:
        """The tag's level for the state."""
        return TONES[self.order.state]


def state_name(one: Order | queries.OrderRow, side: Side | None) -> str:
    """The state as a side reads it: what waits for oneself is not said to wait for the other; an office takes none."""
    if side is None or one.state is not OrderState.PROPOSED:
        return str(gettext(ORDER_LABELS[one.state]))
    return str(gettext("待对方确认") if one.proposed_by is side else gettext("待您确认"))


def price(fen: int, unit: Unit) -> str:
    """A price per unit, for a list of choices."""
    return f"{format_yuan(fen)} / {gettext(LABELS[unit])}"


def left(voucher: queries.Payer, fen: int) -> str:
    """What is left on a voucher: so much money, or so many units of one in kind."""
    found = queries.units_left(voucher)
    return format_yuan(fen) if found is None else f"{in_unit(found.left, found.unit)} {gettext(LABELS[found.unit])}"


def shown(order: Order, side: Side) -> ShownOrder:
    """An order for one of its sides; `barred` says why this side may not end it."""
    held, unit = queries.held_by(order), order.offering.unit
    return ShownOrder(
        order=order,
        state=state_name(order, side),
        kind=said(queries.kind_name(order.voucher)),
        held=held,
        own_share=order.gross - order.hold,
        unit=gettext(LABELS[unit]),
        is_compute=unit is Unit.CARD_HOUR,
        is_metered=unit in METERED,
        quantity=in_unit(order.quantity, unit),
        metered=in_unit(sum(one.quantity for one in order.usage), unit),
        metered_pflops=thousandths(sum(one.pflops_millihours or 0 for one in order.usage)),
        tax_rate=percent(order.tax_rate_bp),
        usage=[_line(one, unit) for one in order.usage],
        acts=rules.acts_of(side, order.state, order.proposed_by),
        barred=[sentence(one) for one in rules.ending_findings(side, has_usage=bool(order.usage), held=held)],
        lapses=queries.lapsing(order),
    )


def thousandths(amount: int) -> str:
    """PFLOPS-hours kept in thousandths, without needless zeros.

    >>> thousandths(1_000_000), thousandths(1_234_567), thousandths(500)
    ('1,000', '1,234.567', '0.5')
    """
    return figure(amount, 1_000)


def percent(basis_points: int) -> str:
    """A share in percent.

    >>> percent(600), percent(6250)
    ('6%', '62.5%')
    """
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def _line(one: UsageStatement, unit: Unit) -> UsageLine:
    pflops = "" if one.pflops_millihours is None else thousandths(one.pflops_millihours)
    green = "" if one.green_share_bp is None else percent(one.green_share_bp)
    return UsageLine(one, in_unit(one.quantity, unit), pflops, green)
