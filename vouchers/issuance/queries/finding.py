"""Finding vouchers: one, an owner's, those whose day has come."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, bindparam, select

from vouchers.applications.models import Application
from vouchers.db.base import db
from vouchers.db.writing import send
from vouchers.enterprises.models import Enterprise
from vouchers.issuance.models import ExpiryWarning, Voucher
from vouchers.issuance.rules import warning_spans
from vouchers.issuance.states import VoucherState
from vouchers.kernel.errors import NotFound
from vouchers.kernel.identifiers import normalise
from vouchers.kernel.periods import DateRange

Case = Application
_vouchers = Voucher.__table__.c
_HOLD = (
    select(_vouchers.public_id, _vouchers.state, _vouchers.units)
    .where(_vouchers.id == bindparam("voucher_id"))
    .with_for_update()
)
ENDING = (VoucherState.ISSUED, VoucherState.ACTIVE, VoucherState.FROZEN)
"""States that the last valid day ends."""


def get(public_id: str) -> Voucher:
    """A voucher, for officials."""
    return _found(db.session.scalar(select(Voucher).where(Voucher.public_id == public_id)))


def lock(public_id: str) -> Voucher:
    """A voucher, held until the act ends."""
    statement = select(Voucher).where(Voucher.public_id == public_id).with_for_update(of=Voucher)
    return _found(db.session.scalar(statement.execution_options(populate_existing=True)))


def hold(voucher_id: int) -> tuple[str, VoucherState, int | None]:
    """Public id, state and units of a voucher that is held until the act ends; for acts that need no more of it."""
    row = send(_HOLD, {"voucher_id": voucher_id}).one()
    return row.public_id, row.state, row.units


def get_own(public_id: str, organisation_id: int | None) -> Voucher:
    """A voucher of one's own enterprise."""
    statement = _of(organisation_id).where(Voucher.public_id == public_id)
    return _found(db.session.scalar(statement))


def own(organisation_id: int | None) -> Sequence[Voucher]:
    """All vouchers of one's own enterprise, those that end first on top."""
    return db.session.scalars(_of(organisation_id).order_by(Voucher.valid_until, Voucher.id)).all()


def by_code(code: str) -> Voucher:
    """The voucher with this code, as typed."""
    return _found(db.session.scalar(select(Voucher).where(Voucher.code == normalise(code))))


def of_application(application_id: int) -> Voucher | None:
    """The voucher that a case led to."""
    return db.session.scalar(select(Voucher).where(Voucher.application_id == application_id))


def validity(voucher: Voucher) -> DateRange:
    """First and last valid day."""
    return DateRange(voucher.valid_from, voucher.valid_until)


def ending_before(day: date, limit: int) -> list[str]:
    """Public ids of vouchers whose last valid day is past and that have not ended yet."""
    statement = (
        select(Voucher.public_id)
        .where(Voucher.state.in_(ENDING), Voucher.valid_until < day)
        .order_by(Voucher.valid_until, Voucher.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def to_warn(day: date, limit: int) -> list[tuple[str, int]]:
    """Vouchers that end soon and whose holder was not told yet: public id, and so many days before."""
    found: list[tuple[str, int]] = []
    for days, first, last in warning_spans(day):
        told = select(ExpiryWarning.voucher_id).where(
            ExpiryWarning.voucher_id == Voucher.id, ExpiryWarning.days == days
        )
        statement = (
            select(Voucher.public_id)
            .where(
                Voucher.state.in_((VoucherState.ISSUED, VoucherState.ACTIVE)),
                Voucher.valid_until.between(first, last),
                ~told.exists(),
            )
            .order_by(Voucher.valid_until, Voucher.id)
            .limit(limit - len(found))
        )
        found += [(public_id, days) for public_id in db.session.scalars(statement)]
    return found


def beginning_by(day: date, limit: int) -> list[str]:
    """Public ids of vouchers that are issued and whose first valid day has come."""
    statement = (
        select(Voucher.public_id)
        .where(Voucher.state == VoucherState.ISSUED, Voucher.valid_from <= day, Voucher.valid_until >= day)
        .order_by(Voucher.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def _of(organisation_id: int | None) -> Select[Voucher]:
    return select(Voucher).join(Voucher.enterprise).where(Enterprise.organisation_id == organisation_id)


def _found(voucher: Voucher | None) -> Voucher:
    if voucher is None:
        raise NotFound("no such voucher")
    return voucher
