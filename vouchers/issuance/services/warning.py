"""到期提醒: the holder of a voucher that still holds money is told before it ends."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from vouchers.audit import services as audit
from vouchers.db.base import db
from vouchers.issuance import queries, rules
from vouchers.issuance.models import ExpiryWarning
from vouchers.issuance.services.moving import subject_of
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.money import format_yuan
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.messages import services as messages

_PORTION = 100


def warn_due(*, actor: Actor, at: datetime) -> int:
    """Tell holders 30, 14 and 3 days before, once each, a portion at a time; returns how many were looked at."""
    found = queries.to_warn(beijing_date(at), _PORTION)
    for public_id, days in found:
        _warn(public_id, days, actor=actor, at=at)
    return len(found)


def _warn(public_id: str, days: int, *, actor: Actor, at: datetime) -> None:
    """Note it and tell; one on which nothing is left is noted alone, for there is nothing to lose."""
    voucher = queries.get(public_id)
    try:
        with db.session.begin_nested():
            db.session.add(ExpiryWarning(voucher_id=voucher.id, days=days, told_at=at))
    except IntegrityError:
        return  # another sweep was first
    left = ledger.balance_of(AccountKind.VOUCHER, voucher.public_id)
    audit.record("voucher.warn", subject_of(voucher), actor=actor, at=at, details={"days": days, "left": left})
    if left:
        params: dict[str, str | int] = {
            "number": voucher.number,
            "left": format_yuan(left),
            "days": rules.days_left(voucher.valid_until, beijing_date(at)),
            "last": voucher.valid_until.isoformat(),
        }
        to, link = messages.to_organisation(voucher.enterprise.organisation_id), f"/enterprise/vouchers/{public_id}"
        messages.enqueue("voucher_warn", params, to=to, at=at, link=link)
