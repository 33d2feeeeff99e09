"""Accounts by name and key, offices, and duties on cases."""

from collections.abc import Sequence

from sqlalchemy import select

from vouchers.accounts.models import CaseDuty, Office, User
from vouchers.accounts.rules import (
    duty_findings,
)
from vouchers.accounts.states import Duty, UserState
from vouchers.db.base import db
from vouchers.kernel.errors import NotFound
from vouchers.kernel.findings import Finding


def duties_of(case_id: str) -> Sequence[CaseDuty]:
    """Which duty each person holds on a case."""
    return db.session.scalars(select(CaseDuty).where(CaseDuty.case_id == case_id).order_by(CaseDuty.since)).all()


def bars_to_duty(case_id: str, person_id: int, *, wanted: tuple[Duty, str]) -> list[Finding]:
    """Why a person could not take this duty, with its part, on a case now: they hold another one."""
    statement = select(CaseDuty.duty, CaseDuty.part).where(CaseDuty.case_id == case_id, CaseDuty.person_id == person_id)
    held = db.session.execute(statement).one_or_none()
    return [] if held is None else duty_findings((held.duty, held.part), wanted)


def office_named(name: str) -> Office:
    """The office of this name."""
    office = db.session.scalar(select(Office).where(Office.name == name))
    if office is None:
        raise NotFound(f"office {name}")
    return office


def user_named(sign_in: str) -> int:
    """The id of the account with this sign-in name."""
    user_id = db.session.scalar(select(User.id).where(User.sign_in == sign_in.strip().lower()))
    if user_id is None:
        raise NotFound(f"no user {sign_in}")
    return user_id


def account_named(sign_in: str) -> User | None:
    """The account of this name while it may sign in."""
    name = sign_in.strip().lower()
    return db.session.scalar(select(User).where(User.sign_in == name, User.state == UserState.ACTIVE))


def account(user_id: int) -> User:
    """An account by its key."""
    user = db.session.get(User, user_id, populate_existing=True)
    if user is None:
        raise NotFound(f"user {user_id}")
    return user


def has_accounts() -> bool:
    """Whether anybody has an account yet."""
    return db.session.scalar(select(User.id).limit(1)) is not None


def is_rehearsing(user_id: int) -> bool:
    """Whether an account is one of a rehearsal."""
    return bool(db.session.scalar(select(User.is_rehearsal).where(User.id == user_id)))
