"""Finding claims: by public id, locked, and scoped to who is paid."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from vouchers.applications.models import Application
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.kernel.errors import NotFound
from vouchers.ledger.rules import Cap
from vouchers.orders.models import Order
from vouchers.providers.models import Provider
from vouchers.redemption.models import Claim


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
    found = select(Application.public_id).where(Application.id == claim.voucher.application_id)
    return db.session.scalars(found).one()


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
    return statement.with_for_update(of=Claim).execution_options(populate_existing=True)


def _found(claim: Claim | None) -> Claim:
    if claim is None:
        raise NotFound("no such claim")
    return claim
