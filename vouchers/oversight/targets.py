"""目标进展: the targets of each scheme in force beside what orders and claims come to so far."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import ColumnElement, Select, func, select

from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.orders.models import Order, UsageStatement
from vouchers.oversight import rules
from vouchers.policy import force
from vouchers.policy import queries as policy
from vouchers.policy.explanation import of_plan
from vouchers.policy.models import SchemeVersion
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.vouchers import Target
from vouchers.redemption.models import Claim
from vouchers.redemption.states import ClaimState

_AWARDED = (ClaimState.APPROVED, ClaimState.BATCHED, ClaimState.PAID)
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target, as the reader reads it; what is so far, none where nothing was counted or known; whether it is met."""

    target: Target
    name: str
    say: str
    unit: str
    actual: str | None
    is_met: bool | None


@dataclass(frozen=True, slots=True)
class SchemeTargets:
    """The targets of a scheme in force."""

    title: str
    rows: Sequence[TargetRow]


def progress(actor: Actor, *, on: date) -> list[SchemeTargets]:
    """Of every scheme within the appointment its targets as the version in force says them; none without targets."""
    found = []
    for row in policy.schemes_of(actor, on=on):
        scheme = policy.scheme(row.public_id)
        version = force.version_in_force(scheme.id, on=on)
        pack = policy.pack(version) if version else None
        if pack is not None and pack.targets:
            rows = [_row(pack, target, scheme.id) for target in pack.targets]
            found.append(SchemeTargets(of_plan(pack, scheme.title), rows))
    return found


def _row(pack: PolicyPack, target: Target, scheme_id: int) -> TargetRow:
    words = of_plan(pack, target.name), of_plan(pack, target.say), of_plan(pack, target.unit)
    counted = _COUNTED[target.actual](scheme_id) if target.actual else None
    if counted is None:
        return TargetRow(target, *words, None, None)
    shown = f"{float(counted):.1f}" if target.unit == "%" else str(counted)
    return TargetRow(target, *words, shown, rules.is_met(target.bound, target.figure, counted))


def _users(scheme_id: int) -> Fraction:
    """Enterprises that were served under vouchers of a scheme, each once, by usage that both sides confirmed."""
    found = _usage(scheme_id, func.count(func.distinct(Order.enterprise_id)))
    return Fraction(int(db.session.scalar(found) or 0))


def _green_share(scheme_id: int) -> Fraction | None:
    """The green share of the compute used, in percent, weighed by card-hours; none while none was metered."""
    green, hours = func.sum(UsageStatement.quantity * UsageStatement.green_share_bp), func.sum(UsageStatement.quantity)
    found = _usage(scheme_id, green, hours).where(UsageStatement.green_share_bp.is_not(None))
    weighed, metered = db.session.execute(found).one()
    return Fraction(int(weighed or 0), int(metered) * _PERCENT) if metered else None


def _paid_share(scheme_id: int) -> Fraction | None:
    """What claims were awarded of the invoices they used, in percent; none while none was awarded."""
    found = (
        select(func.sum(Claim.approved), func.sum(Claim.base))
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .where(Claim.state.in_(_AWARDED), Claim.order_id.is_not(None), *_of_scheme(scheme_id))
    )
    approved, base = db.session.execute(found).one()
    return Fraction(int(approved or 0) * _PERCENT, int(base)) if base else None


def _usage(scheme_id: int, *columns: ColumnElement[int]) -> Select[*tuple[int, ...]]:
    return (
        select(*columns)
        .select_from(UsageStatement)
        .join(Order, Order.id == UsageStatement.order_id)
        .join(Voucher, Voucher.id == Order.voucher_id)
        .where(UsageStatement.confirmed_at.is_not(None), *_of_scheme(scheme_id))
    )


def _of_scheme(scheme_id: int) -> tuple[ColumnElement[bool], ...]:
    versions = select(SchemeVersion.id).where(SchemeVersion.scheme_id == scheme_id)
    return (Voucher.scheme_version_id.in_(versions), Voucher.is_rehearsal.is_(False))


_COUNTED: Mapping[str, Callable[[int], Fraction | None]] = {
    "users": _users,
    "green-share": _green_share,
    "paid-share": _paid_share,
}
