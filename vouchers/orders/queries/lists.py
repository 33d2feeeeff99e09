"""Orders in lists, each side its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from vouchers.db.base import db
from vouchers.db.filters import contains, one_of
from vouchers.db.lists import ListSpec, Page, page_of
from vouchers.enterprises.models import Enterprise
from vouchers.issuance.models import Voucher
from vouchers.orders.models import Order
from vouchers.orders.states import OrderState, Side
from vouchers.parties.models import Organisation
from vouchers.providers.models import Offering, Provider


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in a list; amounts in fen."""

    public_id: str
    number: str
    buyer: str
    seller: str
    offering: str
    voucher: str
    state: OrderState
    proposed_by: Side
    service_from: date
    service_until: date
    gross: int
    hold: int


_Buyer, _Seller = aliased(Organisation), aliased(Organisation)

ORDER_LIST = ListSpec(
    key=Order.id,
    sorts={"number": Order.number, "proposed": Order.proposed_at, "from": Order.service_from, "hold": Order.hold},
    default="-proposed",
    filters={
        "q": contains(Order.number, Order.contract_number, _Buyer.name, _Seller.name),
        "state": one_of(Order.state, OrderState),
    },
)


def list_own(organisation_id: int | None, arguments: Mapping[str, str]) -> Page[OrderRow]:
    """The orders of one's own enterprise."""
    statement = _rows().where(Enterprise.organisation_id == organisation_id)
    return page_of(db.session(), statement, spec=ORDER_LIST, arguments=arguments, shape=OrderRow)


def list_provider_own(organisation_id: int | None, arguments: Mapping[str, str]) -> Page[OrderRow]:
    """The orders of one's own provider."""
    statement = _rows().where(Provider.organisation_id == organisation_id)
    return page_of(db.session(), statement, spec=ORDER_LIST, arguments=arguments, shape=OrderRow)


def rows_on_voucher(voucher_id: int) -> list[OrderRow]:
    """All orders on a voucher, newest first."""
    statement = _rows().where(Order.voucher_id == voucher_id).order_by(Order.id.desc())
    return [OrderRow(*row) for row in db.session.execute(statement)]


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Order.public_id,
            Order.number,
            _Buyer.name,
            _Seller.name,
            Offering.name,
            Voucher.number,
            Order.state,
            Order.proposed_by,
            Order.service_from,
            Order.service_until,
            Order.gross,
            Order.hold,
        )
        .join(Enterprise, Enterprise.id == Order.enterprise_id)
        .join(_Buyer, _Buyer.id == Enterprise.organisation_id)
        .join(Provider, Provider.id == Order.provider_id)
        .join(_Seller, _Seller.id == Provider.organisation_id)
        .join(Offering, Offering.id == Order.offering_id)
        .join(Voucher, Voucher.id == Order.voucher_id)
    )
