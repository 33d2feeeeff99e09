"""Who is behind a request, and where somebody is signed in."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, bindparam, select

from vouchers.accounts.models import Appointment, Person, SignInSession, User
from vouchers.accounts.queries.posts import Post, is_held, posts_of
from vouchers.accounts.rules import (
    KNOWN_ADDRESS,
    is_alive,
    needs_second_factor,
)
from vouchers.accounts.states import SignInMethod, UserState
from vouchers.db.base import db
from vouchers.db.writing import send
from vouchers.kernel.clock import beijing_date


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is behind a request: the session, the account, and the appointment in use."""

    session_id: int
    token_hash: str
    user_id: int
    person_id: int
    sign_in: str
    name: str
    has_totp: bool
    posts: tuple[Post, ...]
    post: Post | None
    last_seen_at: datetime
    proven_at: datetime | None
    factor_at: datetime | None
    password_set_at: datetime
    method: SignInMethod

    @property
    def needs_factor(self) -> bool:
        """Whether the second factor is still to be shown."""
        return self.factor_at is None and needs_second_factor(post.role for post in self.posts)


def token_hash(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


_PRESENCE = (  # asked for by every request: built once, and no more than what pages need of a person
    select(
        SignInSession.id,
        SignInSession.token_hash,
        SignInSession.appointment_id,
        SignInSession.created_at,
        SignInSession.last_seen_at,
        SignInSession.proven_at,
        SignInSession.factor_at,
        SignInSession.method,
        User.id.label("user_id"),
        User.person_id,
        User.sign_in,
        User.totp_secret.is_not(None).label("has_totp"),
        User.password_set_at,
        Person.name,
    )
    .join(User, User.id == SignInSession.user_id)
    .join(Person, Person.id == User.person_id)
    .where(
        SignInSession.token_hash == bindparam("token"),
        SignInSession.ended_at.is_(None),
        User.state == UserState.ACTIVE,
    )
)


def presence_of(token: str, *, at: datetime) -> Presence | None:
    """Who holds this token now; None when the session ended, lapsed, or the account was stopped."""
    held = send(_PRESENCE, {"token": token_hash(token)}).one_or_none()
    if held is None:
        return None
    posts = posts_of(held.user_id, on=beijing_date(at))
    is_staff = any(post.office_id is not None for post in posts)
    if not is_alive(held.created_at, held.last_seen_at, at=at, is_staff=is_staff):
        return None
    chosen = posts[0] if len(posts) == 1 else next((p for p in posts if p.id == held.appointment_id), None)
    return Presence(
        session_id=held.id,
        token_hash=held.token_hash,
        user_id=held.user_id,
        person_id=held.person_id,
        sign_in=held.sign_in,
        name=held.name,
        has_totp=held.has_totp,
        posts=posts,
        post=chosen,
        last_seen_at=held.last_seen_at,
        proven_at=held.proven_at,
        factor_at=held.factor_at,
        password_set_at=held.password_set_at,
        method=held.method,
    )


def was_never_ended(token: str) -> bool:
    """Whether a session of this token was not ended; it may have lapsed."""
    found = select(SignInSession.id).where(SignInSession.token_hash == token_hash(token))
    return db.session.scalar(found.where(SignInSession.ended_at.is_(None))) is not None


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session as its owner sees it."""

    id: int
    created_at: datetime
    last_seen_at: datetime
    address: str
    device: str
    method: SignInMethod
    has_factor: bool
    is_open: bool


def sessions_of(user_id: int, *, at: datetime, most: int = 100) -> list[OwnSession]:
    """The sessions of an account, also those that ended, the newest first."""
    statement = (
        select(SignInSession)
        .where(SignInSession.user_id == user_id)
        .order_by(SignInSession.created_at.desc(), SignInSession.id.desc())
        .limit(most)
    )
    is_staff = any(post.office_id is not None for post in posts_of(user_id, on=beijing_date(at)))
    return [
        OwnSession(
            id=one.id,
            created_at=one.created_at,
            last_seen_at=one.last_seen_at,
            address=one.address,
            device=one.device,
            method=one.method,
            has_factor=one.factor_at is not None,
            is_open=one.ended_at is None and is_alive(one.created_at, one.last_seen_at, at=at, is_staff=is_staff),
        )
        for one in db.session.scalars(statement)
    ]


def is_open(session_id: int) -> bool:
    """Whether a session was not ended."""
    statement = select(SignInSession.id).where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
    return db.session.scalar(statement) is not None


def knows_address(sign_in: str, address: str, *, at: datetime) -> bool:
    """Whether the owner of this name came from this address not long ago: a stranger's tries do not hold them up."""
    statement = (
        select(SignInSession.id)
        .join(User, User.id == SignInSession.user_id)
        .where(
            User.sign_in == sign_in.strip().lower(),
            SignInSession.address == address,
            SignInSession.created_at > at - KNOWN_ADDRESS,
        )
        .limit(1)
    )
    return db.session.scalar(statement) is not None


_STANDING = (
    select(SignInSession.id)
    .join(User, User.id == SignInSession.user_id)
    .join(Appointment, Appointment.user_id == User.id)
    .where(
        SignInSession.id == bindparam("session"),
        SignInSession.ended_at.is_(None),
        User.state == UserState.ACTIVE,
        Appointment.id == bindparam("post"),
        *is_held(bindparam("day", type_=Date)),
    )
)


def still_stands(presence: Presence, *, on: date) -> bool:
    """Whether session, account and the appointment in use hold at this moment, read anew."""
    post = presence.post.id if presence.post else None
    return send(_STANDING, {"session": presence.session_id, "post": post, "day": on}).first() is not None
