"""Finding orders and usage: one, an owner's, those that hold a voucher."""

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from vouchers.db.base import db
from vouchers.enterprises.models import Enterprise
from vouchers.kernel.errors import NotFound
from vouchers.kernel.identifiers import normalise
from vouchers.orders.models import Order, UsageStatement
from vouchers.orders.states import OrderState
from vouchers.providers.models import Provider

_SIDES = (joinedload(Order.enterprise), joinedload(Order.provider), joinedload(Order.offering))
HOLDING = (OrderState.CONFIRMED, OrderState.IN_SERVICE, OrderState.DISPUTED)


def get(public_id: str) -> Order:
    """An order, for officials."""
    return _found(db.session.scalar(select(Order).where(Order.public_id == public_id)))


def lock(public_id: str) -> Order:
    """An order, held until the act ends."""
    statement = select(Order).where(Order.public_id == public_id).with_for_update(of=Order)
    return _found(db.session.scalar(statement.execution_options(populate_existing=True)))


def of_contract(order: Order) -> list[int]:
    """The keys of all orders under the same contract, over all schemes, this one among them; the number as compared."""
    number = normalise(order.contract_number)
    return [row.id for row in db.session.execute(_between(order)) if normalise(row.contract_number) == number]


def lock_contract(public_id: str) -> Order:
    """An order, held with all others between its two sides, by key: their contracts may be the same."""
    db.session.execute(_between(get(public_id)).with_for_update(of=Order))
    return lock(public_id)


def get_own(public_id: str, organisation_id: int | None) -> Order:
    """An order of one's own enterprise."""
    return _found(db.session.scalar(_of_enterprise(organisation_id).where(Order.public_id == public_id)))


def get_provider_own(public_id: str, organisation_id: int | None) -> Order:
    """An order of one's own provider."""
    return _found(db.session.scalar(_of_provider(organisation_id).where(Order.public_id == public_id)))


def own(organisation_id: int | None) -> Sequence[Order]:
    """All orders of one's own enterprise, newest first."""
    statement = _of_enterprise(organisation_id).options(*_SIDES)
    return db.session.scalars(statement.order_by(Order.id.desc())).all()


def provider_own(organisation_id: int | None) -> Sequence[Order]:
    """All orders of one's own provider, newest first."""
    statement = _of_provider(organisation_id).options(*_SIDES)
    return db.session.scalars(statement.order_by(Order.id.desc())).all()


def on_voucher(voucher_id: int) -> Sequence[Order]:
    """All orders on a voucher, oldest first."""
    statement = select(Order).options(*_SIDES).where(Order.voucher_id == voucher_id)
    return db.session.scalars(statement.order_by(Order.id)).all()


def holding_on(voucher_id: int, provider_organisation_id: int | None) -> Sequence[Order]:
    """Orders of this provider that hold part of a voucher: what it may charge now."""
    statement = _of_provider(provider_organisation_id).where(Order.voucher_id == voucher_id, Order.state.in_(HOLDING))
    return db.session.scalars(statement.order_by(Order.id)).all()


def usage(public_id: str) -> UsageStatement:
    """A usage statement."""
    found = db.session.scalar(select(UsageStatement).where(UsageStatement.public_id == public_id))
    if found is None:
        raise NotFound("no such usage statement")
    return found


def order_of_usage(public_id: str) -> str:
    """The public id of the order that a usage statement belongs to."""
    statement = select(Order.public_id).join(UsageStatement, UsageStatement.order_id == Order.id)
    found = db.session.scalar(statement.where(UsageStatement.public_id == public_id))
    if found is None:
        raise NotFound("no such usage statement")
    return found


def metered_on(order_id: int) -> int:
    """What was used or delivered on an order so far, in parts of its unit."""
    statement = select(func.coalesce(func.sum(UsageStatement.quantity), 0))
    return int(db.session.scalar(statement.where(UsageStatement.order_id == order_id)) or 0)


def _between(order: Order) -> Select[int, str]:
    sides = (Order.enterprise_id == order.enterprise_id, Order.provider_id == order.provider_id)
    return select(Order.id, Order.contract_number).where(*sides).order_by(Order.id)


def _of_enterprise(organisation_id: int | None) -> Select[Order]:
    return select(Order).join(Order.enterprise).where(Enterprise.organisation_id == organisation_id)


def _of_provider(organisation_id: int | None) -> Select[Order]:
    return select(Order).join(Order.provider).where(Provider.organisation_id == organisation_id)


def _found(order: Order | None) -> Order:
    if order is None:
        raise NotFound("no such order")
    return order
