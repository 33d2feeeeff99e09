"""An order as the pages of both sides show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from vouchers.kernel.money import format_yuan
from vouchers.orders import queries, rules
from vouchers.orders.models import Order, UsageStatement
from vouchers.orders.states import OrderState, Side
from vouchers.web.forms import sentence

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
    """A usage statement with its figures as text."""

    statement: UsageStatement
    card_hours: str
    pflops_hours: str
    green_share: str


@dataclass(frozen=True, slots=True)
class ShownOrder:
    """Everything an order's page needs."""

    order: Order
    kind: str
    held: int
    own_share: int
    card_hours: str
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


def price(fen: int) -> str:
    """A price per card hour, for a list of choices."""
    return str(gettext("%(price)s / 卡时", price=format_yuan(fen)))


def shown(order: Order, side: Side) -> ShownOrder:
    """An order for one of its sides; `barred` says why this side may not end it."""
    held = queries.held_by(order)
    return ShownOrder(
        order=order,
        kind=queries.kind_name(order.voucher),
        held=held,
        own_share=order.gross - order.hold,
        card_hours=thousandths(order.card_millihours),
        metered=thousandths(sum(one.card_millihours for one in order.usage)),
        metered_pflops=thousandths(sum(one.pflops_millihours for one in order.usage)),
        tax_rate=percent(order.tax_rate_bp),
        usage=[_line(one) for one in order.usage],
        acts=rules.acts_of(side, order.state, order.proposed_by),
        barred=[sentence(one) for one in rules.ending_findings(side, has_usage=bool(order.usage), held=held)],
        lapses=queries.lapsing(order),
    )


def thousandths(amount: int) -> str:
    """A figure kept in thousandths, without needless zeros.

    >>> thousandths(1_000_000), thousandths(1_234_567), thousandths(500)
    ('1,000', '1,234.567', '0.5')
    """
    whole, rest = divmod(amount, rules.MILLI)
    return f"{whole:,}.{rest:03d}".rstrip("0").rstrip(".")


def percent(basis_points: int) -> str:
    """A share in percent.

    >>> percent(600), percent(6250)
    ('6%', '62.5%')
    """
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def _line(one: UsageStatement) -> UsageLine:
    hours, pflops = thousandths(one.card_millihours), thousandths(one.pflops_millihours)
    return UsageLine(one, hours, pflops, percent(one.green_share_bp))
