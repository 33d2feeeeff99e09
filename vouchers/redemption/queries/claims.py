"""Finding claims: by public id, locked, and scoped to who is paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, TypeVarTuple

from sqlalchemy import Select, and_, bindparam, or_, select
from sqlalchemy.orm import defer

from vouchers.applications.models import Application
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.writing import send
from vouchers.enterprises.models import Enterprise
from vouchers.issuance.models import Voucher
from vouchers.kernel.errors import NotFound
from vouchers.ledger.caps import quota_key, seen_from
from vouchers.ledger.rules import Cap, Pot
from vouchers.orders.models import Order
from vouchers.parties import queries as parties
from vouchers.parties.models import Organisation
from vouchers.policy import queries as policy
from vouchers.policy.keys import SchemeKey, VersionKey
from vouchers.policy.models import Scheme, SchemeVersion
from vouchers.providers.models import Provider
from vouchers.redemption.models import Claim
from vouchers.redemption.states import ClaimState

Ts = TypeVarTuple("Ts")

_IN_AN_ACT = (defer(Claim.decision), defer(Claim.checks))  # large: read when they are asked for
_claims, _vouchers = Claim.__table__, Voucher.__table__
_schemes, _versions = Scheme.__table__, SchemeVersion.__table__
_enterprises, _providers, _applications = Enterprise.__table__, Provider.__table__, Application.__table__
_holder, _payee = Organisation.__table__.alias("holder"), Organisation.__table__.alias("payee")
_seller = Organisation.__table__.alias("seller")
_WHERE = (
    _applications.c.public_id.label("case"),
    _vouchers.c.voucher_kind,
    _vouchers.c.scheme_version_id,
    _versions.c.scheme_id,
    _versions.c.content_hash,
    _schemes.c.pack_id,
    _schemes.c.office_id,
    _holder.c.public_id.label("holder"),
    _payee.c.public_id.label("payee"),
    _providers.c.organisation_id.label("provider"),
    _seller.c.public_id.label("seller"),
    _holder.c.id.label("holder_id"),
    _payee.c.id.label("payee_id"),
)
_BELONGS = (
    _claims.join(_vouchers, _vouchers.c.id == _claims.c.voucher_id)
    .join(_applications, _applications.c.id == _vouchers.c.application_id)
    .join(_versions, _versions.c.id == _vouchers.c.scheme_version_id)
    .join(_schemes, _schemes.c.id == _versions.c.scheme_id)
    .join(_enterprises, _enterprises.c.id == _vouchers.c.enterprise_id)
    .join(_holder, _holder.c.id == _enterprises.c.organisation_id)
    .join(_payee, _payee.c.id == _claims.c.payee_id)
    .outerjoin(_providers, _providers.c.id == _claims.c.provider_id)  # a direct subsidy has none
    .outerjoin(_seller, _seller.c.id == _providers.c.organisation_id)
)
_PLACE = select(*_WHERE).select_from(_BELONGS).where(_claims.c.id == bindparam("claim_id"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a claim belongs for good: its case and scheme, the pot and holder of its money, whom it pays, who is told.

    `sides` are the organisations with a stake in it, by key.
    """

    case: str
    scheme: SchemeKey
    version: VersionKey
    pot: Pot
    holder: str
    payee: str
    sides: frozenset[int]
    provider_organisation_id: int
    provider: str = ""
    split: Fraction | None = None  # the payee's share, where the provider is paid the rest


def get(public_id: str) -> Claim:
    """A claim, for officials."""
    return _found(db.session.scalar(_by(public_id)))


def lock(public_id: str) -> Claim:
    """A claim, held until the act ends."""
    return _found(db.session.scalar(_LOCK, {"public_id": public_id}))


def lock_placed(public_id: str) -> tuple[Claim, Place]:
    """The same with where it belongs, in one reading: what every act of the office begins with."""
    row = db.session.execute(_LOCK_PLACED, {"public_id": public_id}).one_or_none()
    if row is None:
        raise NotFound("no such claim")
    return row[0], _place(row)


def get_own(public_id: str, organisation_id: int | None) -> Claim:
    """A claim that one's own side hands in: as the provider, or as the enterprise that is paid."""
    return _found(db.session.scalar(_owned(_by(public_id), organisation_id)))


def lock_own(public_id: str, organisation_id: int | None) -> Claim:
    """The same, held until the act ends."""
    return _found(db.session.scalar(_held(_owned(_by(public_id), organisation_id))))


def of_order(order_id: int) -> Sequence[Claim]:
    """All claims on an order, oldest first."""
    return db.session.scalars(select(Claim).where(Claim.order_id == order_id).order_by(Claim.id)).all()


def get_on_own_voucher(public_id: str, organisation_id: int | None) -> Claim:
    """A claim on one's own voucher; what a provider only drafts is not there yet."""
    statement = _by(public_id).join(Voucher, Voucher.id == Claim.voucher_id).join(Enterprise)
    handed_in = or_(Claim.state != ClaimState.DRAFT, Claim.payee_id == organisation_id)
    own = (Enterprise.organisation_id == organisation_id, Claim.order_id.is_not(None), handed_in)
    return _found(db.session.scalar(statement.where(*own)))


def payable_order(public_id: str, organisation_id: int | None) -> Order:
    """An order of one's own side: the provider's, or that of the enterprise."""
    sides = (Provider.organisation_id == organisation_id, Enterprise.organisation_id == organisation_id)
    statement = select(Order).join(Provider, Provider.id == Order.provider_id)
    statement = statement.join(Enterprise, Enterprise.id == Order.enterprise_id)
    found = db.session.scalar(statement.where(Order.public_id == public_id, or_(*sides)))
    if found is None:
        raise NotFound(f"order {public_id}")
    return found


def pays_enterprise(order: Order) -> bool:
    """Whether the enterprise is paid, in whole or part, and so may hand claims in itself."""
    voucher = order.voucher
    return policy.pack(voucher.scheme_version).payee_of(voucher.voucher_kind) in {"enterprise", "both-sides"}


def payee_of(order: Order) -> int | None:
    """Whom a claim on this order pays, by key: its holder, its provider, or the platform, None while it is unknown."""
    version, kind = order.voucher.scheme_version, order.voucher.voucher_kind
    platform = policy.pack(version).payee_rule(kind).platform
    if platform is not None:
        found = parties.by_uscc(platform.uscc)
        return None if found is None else found.id
    return (order.enterprise if pays_enterprise(order) else order.provider).organisation_id


def place_of(claim: Claim) -> Place:
    """Where a claim belongs, in one reading."""
    return _place(send(_PLACE, {"claim_id": claim.id}).one())


def _place(row: Any) -> Place:
    version = VersionKey(row.scheme_version_id, row.content_hash)
    split = policy.pack(version).payee_rule(row.voucher_kind).split
    return Place(
        case=row.case,
        scheme=SchemeKey(row.pack_id, row.office_id),
        version=version,
        pot=Pot(row.scheme_id, row.voucher_kind),
        holder=row.holder,
        payee=row.payee,
        sides=frozenset({row.holder_id, row.payee_id, row.provider} - {None}),
        provider_organisation_id=row.provider or row.payee_id,
        provider=row.seller or "",
        split=None if split is None else split.enterprise,
    )


def caps_drawn(claim: Claim, *, on: date | None = None) -> list[Cap]:
    """The quotas that the claim drew on when it was submitted; a moving period is seen from then, or from a day."""
    drawn = [Cap(*cap) for cap in claim.declared.get("caps", [])]
    if on is None or not drawn:
        return drawn
    rules = {quota_key(rule.id): rule for rule in policy.pack(claim.voucher.scheme_version).amount.caps}
    return [seen_from(cap, rules[cap.key], on) for cap in drawn]


def history(claim: Claim) -> Sequence[AuditEvent]:
    """What happened to a claim, oldest first."""
    statement = select(AuditEvent).where(AuditEvent.subject_type == "claim", AuditEvent.subject_id == claim.public_id)
    return db.session.scalars(statement.order_by(AuditEvent.seq)).all()


def _by(public_id: str) -> Select[Claim]:
    return select(Claim).where(Claim.public_id == public_id)


def _owned(statement: Select[Claim], organisation_id: int | None) -> Select[Claim]:
    is_seller = Claim.provider_id.in_(select(Provider.id).where(Provider.organisation_id == organisation_id))
    holders = select(Voucher.id).join(Enterprise).where(Enterprise.organisation_id == organisation_id)
    is_paid_holder = and_(Claim.payee_id == organisation_id, Claim.voucher_id.in_(holders))  # a platform is paid only
    return statement.where(Claim.order_id.is_not(None), or_(is_seller, is_paid_holder))


def _held(statement: Select[*Ts]) -> Select[*Ts]:
    return statement.options(*_IN_AN_ACT).with_for_update(of=Claim).execution_options(populate_existing=True)


_LOCK = _held(select(Claim).where(Claim.public_id == bindparam("public_id")))
_LOCK_PLACED = _held(select(Claim, *_WHERE).select_from(_BELONGS).where(Claim.public_id == bindparam("public_id")))


def _found(claim: Claim | None) -> Claim:
    if claim is None:
        raise NotFound("no such claim")
    return claim
