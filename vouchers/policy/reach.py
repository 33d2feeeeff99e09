"""What an officer reaches of the schemes: those that the appointment in use covers. All others look like none."""

from datetime import date

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute

from vouchers.accounts import queries as accounts
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound
from vouchers.policy.models import Scheme, SchemeVersion


def check_reach(scheme: Scheme, actor: Actor, *, on: date) -> None:
    """Refuse what belongs to a scheme outside the appointment as if it were not there."""
    if not accounts.actor_schemes(actor, on=on).covers(scheme.pack_id):
        raise NotFound("no such thing within reach")


def reaches_scheme(scheme_id: InstrumentedAttribute[int], actor: Actor, *, on: date) -> ColumnElement[bool]:
    """The condition that a column names a scheme within reach."""
    keys = accounts.actor_schemes(actor, on=on).keys
    return scheme_id.in_(select(Scheme.id).where(Scheme.pack_id.in_(keys))) if keys else true()


def reaches_version(version_id: InstrumentedAttribute[int], actor: Actor, *, on: date) -> ColumnElement[bool]:
    """The condition that a column names a version of a scheme within reach."""
    keys = accounts.actor_schemes(actor, on=on).keys
    within = select(SchemeVersion.id).join(Scheme).where(Scheme.pack_id.in_(keys))
    return version_id.in_(within) if keys else true()
