"""What an officer reaches of the schemes: those that the appointment in use covers. All others look like none."""

from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, True_, not_, select
from sqlalchemy.orm import InstrumentedAttribute

from vouchers.accounts import queries as accounts
from vouchers.accounts.rules import Reach
from vouchers.db.writing import send
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound
from vouchers.policy import queries
from vouchers.policy.models import Scheme, SchemeVersion


def check_reach(scheme: Scheme, actor: Actor, *, on: date) -> None:
    """Refuse what belongs to a scheme outside the appointment as if it were not there."""
    if not queries.is_covered(scheme, actor, on=on):
        raise NotFound("no such thing within reach")


def covers_every_scheme(actor: Actor, *, on: date) -> bool:
    """Whether no scheme lies outside the appointment: what speaks for the whole house wants that."""
    return is_all(accounts.actor_schemes(actor, on=on))


def is_all(reach: Reach) -> bool:
    """Whether no scheme lies outside this reach."""
    return send(_outside(reach)).first() is None


@lru_cache(maxsize=100)
def _outside(reach: Reach) -> Select[int]:
    return select(Scheme.id).where(not_(queries.within(reach))).limit(1)


def reaches_scheme(scheme_id: InstrumentedAttribute[Any], actor: Actor, *, on: date) -> ColumnElement[bool]:
    """The condition that a column names a scheme within reach; one that may be empty names none then."""
    covered = queries.covered_by(actor, on=on)
    return covered if isinstance(covered, True_) else scheme_id.in_(select(Scheme.id).where(covered))


def reaches_version(version_id: InstrumentedAttribute[int], actor: Actor, *, on: date) -> ColumnElement[bool]:
    """The condition that a column names a version of a scheme within reach."""
    covered = queries.covered_by(actor, on=on)
    within = select(SchemeVersion.id).join(Scheme).where(covered)
    return covered if isinstance(covered, True_) else version_id.in_(within)
