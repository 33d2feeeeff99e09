"""A security administrator who confirms, through the pages, what waits."""

from datetime import datetime

from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts.models import AppointmentProposal
from vouchers.accounts.states import ProposalState, Role
from vouchers.db.base import db


def waiting() -> list[str]:
    """The public ids of the proposals that wait, oldest first."""
    statement = select(AppointmentProposal.public_id).where(AppointmentProposal.state == ProposalState.WAITING)
    return list(db.session.scalars(statement.order_by(AppointmentProposal.id)))


def confirm_all(app: Flask, at: datetime) -> list[int]:
    """Confirm everything that waits; the statuses of the answers."""
    browser = PageClient(app)
    sign_in(browser, make_user(Role.SECURITY_ADMIN, at=at))
    statuses = []
    for public_id in waiting():
        page = f"/office/people/proposals/{public_id}/confirm"
        browser.get(page)
        statuses.append(browser.submit(form=page).status_code)
    return statuses
