"""Reading the ways to sign in of an account."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from vouchers.accounts import queries as accounts
from vouchers.accounts.states import UserState
from vouchers.db.base import db
from vouchers.kernel.errors import NotFound
from vouchers.signin.models import FactorReset, IdentityLink, OneTimeLink, RecoveryCode
from vouchers.signin.rules import hash_of
from vouchers.signin.states import LinkPurpose, ResetState


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


def is_link_good(token: str, purpose: LinkPurpose, *, at: datetime) -> bool:
    """Whether a link can still be used."""
    good = (
        OneTimeLink.token_hash == hash_of(token),
        OneTimeLink.purpose == purpose,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > at,
    )
    return db.session.scalar(select(OneTimeLink.id).where(*good)) is not None


def resets_of(user_id: int) -> list[FactorReset]:
    """The resets of somebody's second factor, the newest first."""
    statement = select(FactorReset).where(FactorReset.user_id == user_id).order_by(FactorReset.id.desc()).limit(10)
    return list(db.session.scalars(statement))


def open_reset(public_id: str) -> FactorReset:
    """A reset that waits for its second person."""
    waits = (FactorReset.public_id == public_id, FactorReset.state == ResetState.PROPOSED)
    reset = db.session.scalar(select(FactorReset).where(*waits))
    if reset is None:
        raise NotFound(f"factor reset {public_id}")
    return reset
