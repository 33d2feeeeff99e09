"""Who may act on a scheme, and on what they saw."""

from typing import TypeVar

from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, NotPermitted
from vouchers.policy.models import Scheme, SchemeVersion, Window

V = TypeVar("V", SchemeVersion, Window)


def require_own_office(scheme: Scheme, actor: Actor) -> None:
    """Refuse whoever acts for another office than that of the scheme."""
    if actor.office_id is not None and actor.office_id != scheme.office_id:
        raise NotPermitted("the scheme belongs to another office")


def seen(row: V, seen_version: int | None) -> V:
    """The row, unless it changed since the page was shown."""
    if seen_version is not None and seen_version != row.version:
        raise Conflict("it changed since the page was shown")
    return row
