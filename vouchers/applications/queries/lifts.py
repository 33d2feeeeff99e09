"""Soft caps lifted for one case: what was proposed, granted and refused."""

from sqlalchemy import select

from vouchers.applications.models import Application, CapLift
from vouchers.applications.states import LiftState
from vouchers.db.base import db


def lifts_of(application: Application) -> list[CapLift]:
    """Every proposal to lift a cap for a case, oldest first."""
    statement = select(CapLift).where(CapLift.application_id == application.id).order_by(CapLift.id)
    return list(db.session.scalars(statement))


def granted_lifts(application_public_id: str) -> dict[str, int]:
    """By cap that was lifted for a case: the most in fen that may be granted to it in all."""
    statement = (
        select(CapLift.cap, CapLift.amount)
        .join(Application, Application.id == CapLift.application_id)
        .where(Application.public_id == application_public_id, CapLift.state == LiftState.GRANTED)
        .order_by(CapLift.id)
    )
    return {row.cap: row.amount for row in db.session.execute(statement)}


def open_lift(application: Application) -> CapLift | None:
    """The proposal that waits for a second person."""
    return next((one for one in lifts_of(application) if one.state is LiftState.PROPOSED), None)
