"""Finding claims: by public id, locked, and scoped to who is paid."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import defer, joinedload

from vouchers.applications.models import Application
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.enterprises.models import Enterprise
from vouchers.issuance.models import Voucher
from vouchers.kernel.errors import NotFound
from vouchers.ledger.rules import Cap
from vouchers.orders.models import Order
from vouchers.parties.models import Organisation
from vouchers.policy.models import SchemeVersion
from vouchers.providers.models import Provider
from vouchers.redemption.models import Claim

_IN_AN_ACT = (  # what every act on a claim asks for, in the statement that holds it; large columns when asked for
    defer(Claim.decision),
    defer(Claim.checks),
    joinedload(Claim.voucher, innerjoin=True).options(
        joinedload(Voucher.application, innerjoin=True).load_only(Application.public_id),
        joinedload(Voucher.scheme_version, innerjoin=True).load_only(SchemeVersion.scheme_id),
        joinedload(Voucher.enterprise, innerjoin=True)
        .load_only(Enterprise.organisation_id)
        .joinedload(Enterprise.organisation, innerjoin=True)
        .load_only(Organisation.public_id),
    ),
    joinedload(Claim.provider, innerjoin=True).load_only(Provider.organisation_id).lazyload(Provider.organisation),
    joinedload(Claim.payee, innerjoin=True).load_only(Organisation.public_id),
)


def get(public_id: str) -> Claim:
    """A claim, for officials."""
    return _found(db.session.scalar(_by(public_id)))


def lock(public_id: str) -> Claim:
    """A claim, held until the act ends."""
    return _found(db.session.scalar(_held(_by(public_id))))


def get_own(public_id: str, organisation_id: int | None) -> Claim:
    """A claim of one's own provider."""
    return _found(db.session.scalar(_owned(_by(public_id), organisation_id)))


def lock_own(public_id: str, organisation_id: int | None) -> Claim:
    """A claim of one's own provider, held until the act ends."""
    return _found(db.session.scalar(_held(_owned(_by(public_id), organisation_id))))


def of_order(order_id: int) -> Sequence[Claim]:
    """All claims on an order, oldest first."""
    return db.session.scalars(select(Claim).where(Claim.order_id == order_id).order_by(Claim.id)).all()


def payable_order(public_id: str, organisation_id: int | None) -> Order:
    """An order on which this provider may claim."""
    statement = select(Order).join(Provider).where(Order.public_id == public_id)
    found = db.session.scalar(statement.where(Provider.organisation_id == organisation_id))
    if found is None:
        raise NotFound(f"order {public_id}")
    return found


def case_of(claim: Claim) -> str:
    """The case a claim belongs to: the public id of the application behind its voucher."""
    return claim.voucher.application.public_id


def caps_drawn(claim: Claim) -> list[Cap]:
    """The quotas that the claim drew on when it was submitted."""
    return [Cap(key, scheme_id, party, period, limit) for key, scheme_id, party, period, limit in _caps(claim)]


def history(claim: Claim) -> Sequence[AuditEvent]:
    """What happened to a claim, oldest first."""
    statement = select(AuditEvent).where(AuditEvent.subject_type == "claim", AuditEvent.subject_id == claim.public_id)
    return db.session.scalars(statement.order_by(AuditEvent.seq)).all()


def _caps(claim: Claim) -> list[tuple[str, int, str, str, int]]:
    return [tuple(cap) for cap in claim.declared.get("caps", [])]


def _by(public_id: str) -> Select[Claim]:
    return select(Claim).where(Claim.public_id == public_id)


def _owned(statement: Select[Claim], organisation_id: int | None) -> Select[Claim]:
    return statement.join(Provider, Provider.id == Claim.provider_id).where(Provider.organisation_id == organisation_id)


def _held(statement: Select[Claim]) -> Select[Claim]:
    return statement.options(*_IN_AN_ACT).with_for_update(of=Claim).execution_options(populate_existing=True)


def _found(claim: Claim | None) -> Claim:
    if claim is None:
        raise NotFound("no such claim")
    return claim
