"""The windows of a scheme beside each other: which end with a version, and which would begin after it."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from vouchers.db.base import db
from vouchers.kernel.clock import beijing_date
from vouchers.policy import force
from vouchers.policy.models import SchemeVersion, Window
from vouchers.policy.states import WindowState


def ending_with(of: SchemeVersion, *, on: date) -> list[Window]:
    """The windows that end when a version is stopped: its open ones, and where it is in force those of older texts."""
    ends = Window.scheme_version_id == of.id
    if force.has_begun(of, on):
        older = SchemeVersion.number < of.number
        ends |= Window.scheme_version_id.in_(
            select(SchemeVersion.id).where(SchemeVersion.scheme_id == of.scheme_id, older)
        )
    return list(db.session.scalars(select(Window).where(Window.state == WindowState.OPEN, ends).order_by(Window.id)))


def yet_to_begin(scheme_id: int, *, since: date, at: datetime) -> list[Window]:
    """Open windows of a scheme that have not begun and will begin on a day or after."""
    statement = select(Window).options(joinedload(Window.scheme_version)).order_by(Window.opens_at, Window.id)
    to_come = (Window.scheme_id == scheme_id, Window.state == WindowState.OPEN, Window.opens_at > at)
    return [one for one in db.session.scalars(statement.where(*to_come)) if beijing_date(one.opens_at) >= since]
