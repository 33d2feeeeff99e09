"""Lists of claims: the provider's own, the office's queue, and what waits for approval."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from vouchers.db.base import db
from vouchers.db.filters import contains, one_of, since, until
from vouchers.db.lists import ListSpec, Page, Source, page_of
from vouchers.enterprises.models import Enterprise
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.orders.models import Order
from vouchers.parties.models import Organisation
from vouchers.policy.reach import reaches_version
from vouchers.providers.models import Provider
from vouchers.redemption.models import Claim
from vouchers.redemption.states import ClaimState

_BUYER, _SELLER = aliased(Organisation), aliased(Organisation)


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One line of a list of claims."""

    public_id: str
    number: str
    state: ClaimState
    amount: int
    approved: int | None
    created_at: datetime
    submitted_at: datetime | None
    order_number: str
    buyer: str
    seller: str


_SPEC = ListSpec(
    key=Claim.id,
    sorts={"since": Claim.created_at, "number": Claim.number, "amount": Claim.amount},
    default="since",
    filters={
        "q": contains(Claim.number, Order.number, _BUYER.name, _SELLER.name),
        "state": one_of(Claim.state, ClaimState),
        "from": since(Claim.created_at),
        "to": until(Claim.created_at),
    },
    sources={
        "q": (
            Source(Claim.id, (Claim.number,)),
            Source(Order.id, (Order.number,), leads=select(Claim.id), through=Claim.order_id),
            Source(
                Organisation.id,
                (Organisation.name,),
                leads=select(Claim.id)
                .join(Voucher, Voucher.id == Claim.voucher_id)
                .join(Enterprise, Enterprise.id == Voucher.enterprise_id),
                through=Enterprise.organisation_id,
            ),
            Source(
                Organisation.id,
                (Organisation.name,),
                leads=select(Claim.id).join(Provider, Provider.id == Claim.provider_id),
                through=Provider.organisation_id,
            ),
        )
    },
)


def list_claims(arguments: Mapping[str, str], actor: Actor, *, on: date) -> Page[ClaimRow]:
    """All claims within reach that were handed in, for officials; the oldest first."""
    within = reaches_version(Voucher.scheme_version_id, actor, on=on)
    statement = _rows().where(Claim.state != ClaimState.DRAFT, within)
    return page_of(db.session(), statement, spec=_SPEC, arguments=arguments, shape=ClaimRow)


def list_approvals(arguments: Mapping[str, str], actor: Actor, *, on: date) -> Page[ClaimRow]:
    """Claims within reach that wait for approval; the oldest first."""
    within = reaches_version(Voucher.scheme_version_id, actor, on=on)
    statement = _rows().where(Claim.state == ClaimState.VERIFIED, within)
    return page_of(db.session(), statement, spec=_SPEC, arguments=arguments, shape=ClaimRow)


def list_own(organisation_id: int | None, arguments: Mapping[str, str]) -> Page[ClaimRow]:
    """The claims of one's own provider; the newest first unless asked otherwise."""
    statement = _rows().where(Provider.organisation_id == organisation_id)
    wanted = {"sort": "-since", **arguments}
    return page_of(db.session(), statement, spec=_SPEC, arguments=wanted, shape=ClaimRow)


def list_on_own_vouchers(organisation_id: int | None, arguments: Mapping[str, str]) -> Page[ClaimRow]:
    """The claims on one's own vouchers; what a provider only drafts is not there yet."""
    handed_in = or_(Claim.state != ClaimState.DRAFT, Claim.payee_id == organisation_id)
    statement = _rows().where(Enterprise.organisation_id == organisation_id, handed_in)
    wanted = {"sort": "-since", **arguments}
    return page_of(db.session(), statement, spec=_SPEC, arguments=wanted, shape=ClaimRow)


def _rows() -> Select[*tuple[object, ...]]:
    return (
        select(
            Claim.public_id,
            Claim.number,
            Claim.state,
            Claim.amount,
            Claim.approved,
            Claim.created_at,
            Claim.submitted_at,
            Order.number,
            _BUYER.name,
            _SELLER.name,
        )
        .join(Order, Order.id == Claim.order_id)
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .join(Enterprise, Enterprise.id == Voucher.enterprise_id)
        .join(_BUYER, _BUYER.id == Enterprise.organisation_id)
        .join(Provider, Provider.id == Claim.provider_id)
        .join(_SELLER, _SELLER.id == Provider.organisation_id)
    )
