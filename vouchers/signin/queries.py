"""Reading the ways to sign in of an account."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from vouchers.accounts import queries as accounts
from vouchers.accounts.rules import CLOCK_SLACK
from vouchers.accounts.states import UserState
from vouchers.db.base import db
from vouchers.kernel.errors import NotFound
from vouchers.signin import rules
from vouchers.signin.models import FactorReset, IdentityLink, OneTimeLink, RecoveryCode
from vouchers.signin.rules import hash_of, ways
from vouchers.signin.states import ResetState


@dataclass(frozen=True, slots=True)
class Linked:
    """An identity of the provider, as the account's owner sees it."""

    shown_as: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """Whom an identity opens the door for; `is_stopped` when the account may not sign in."""

    user_id: int
    by_owner: bool
    is_stopped: bool


def codes_left(user_id: int) -> int:
    """How many recovery codes can still be used."""
    unused = (RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(select(func.count(RecoveryCode.id)).where(*unused)) or 0


def identity_of(user_id: int) -> Linked | None:
    """The identity linked to an account."""
    link = db.session.scalar(select(IdentityLink).where(IdentityLink.user_id == user_id))
    return Linked(link.shown_as, link.linked_at) if link else None


def found_by(issuer: str, subject: str) -> Found | None:
    """Whose account this identity opens."""
    link = db.session.scalar(select(IdentityLink).where(IdentityLink.issuer == issuer, IdentityLink.subject == subject))
    if link is None:
        return None
    stopped = accounts.account(link.user_id).state is not UserState.ACTIVE
    return Found(link.user_id, by_owner=link.by_owner, is_stopped=stopped)


def is_open_link(at: datetime) -> ColumnElement[bool]:
    """Neither used nor lapsed, nor made at a time still to come: no link has its time again by a clock set back."""
    return and_(OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > at, OneTimeLink.made_at <= at + CLOCK_SLACK)


def opens_password(token: str, *, at: datetime) -> bool:
    """Whether a new password can still be set by this link, or by this code however it was typed."""
    good = (
        or_(
            *(and_(OneTimeLink.purpose == kind, OneTimeLink.token_hash == hash_of(text)) for kind, text in ways(token))
        ),
        is_open_link(at),
    )
    return db.session.scalar(select(OneTimeLink.id).where(*good)) is not None


def resets_by_two(user_id: int, *, on: date) -> bool:
    """Whether a new password for this account takes two administrators, by the roles its owner holds or will hold."""
    return rules.resets_by_two(accounts.roles_of_person(accounts.account(user_id).person_id, on, None))


def resets_of(user_id: int) -> list[FactorReset]:
    """The resets by two of an account, the newest first."""
    statement = select(FactorReset).where(FactorReset.user_id == user_id).order_by(FactorReset.id.desc()).limit(10)
    return list(db.session.scalars(statement))


def open_reset(public_id: str) -> FactorReset:
    """A reset that waits for its second person."""
    waits = (FactorReset.public_id == public_id, FactorReset.state == ResetState.PROPOSED)
    reset = db.session.scalar(select(FactorReset).where(*waits))
    if reset is None:
        raise NotFound(f"reset {public_id}")
    return reset
