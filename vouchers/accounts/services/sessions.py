"""Sessions on the server: opened, kept alive, proven again, ended; and the appointment in use."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from vouchers.accounts import queries, rules
from vouchers.accounts.models import SignInSession, User
from vouchers.accounts.states import SignInMethod, UserState
from vouchers.audit import watch
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotFound

watch.EXEMPT.add(SignInSession.__tablename__)
LAPSING: list[Callable[[datetime], None]] = []  # ends what has lapsed besides sessions; each slice adds its own

_PORTION = 500


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody comes in: by which method, on what device, and whether a second factor was shown there already."""

    method: SignInMethod = SignInMethod.PASSWORD
    device: str = ""
    has_factor: bool = False


def open_session(user_id: int, way: Way | None = None, *, actor: Actor, at: datetime) -> str:
    """Let somebody in who is who they say; returns the session's token. The oldest of too many sessions ends."""
    way = way or Way()
    user = lock_user(user_id)  # of many at once each counts the others: never more than three
    if user.state is not UserState.ACTIVE:
        raise NotFound(f"user {user_id}")
    open_ones = select(SignInSession).where(SignInSession.user_id == user_id, SignInSession.ended_at.is_(None))
    held = db.session.scalars(open_ones.order_by(SignInSession.last_seen_at.desc())).all()
    for old in held[rules.MOST_SESSIONS - 1 :]:
        old.ended_at = at
    new = SignInSession(
        user_id=user_id,
        created_at=at,
        last_seen_at=at,
        proven_at=at,
        factor_at=at if way.has_factor else None,
        address=actor.address,
        device=way.device,
        method=way.method,
    )
    token = new_token(new)
    db.session.add(new)
    record("sign_in", Subject("user", user.public_id), actor=actor, at=at, details={"method": way.method.value})
    return token


def prove_password(session_id: int, *, actor: Actor, at: datetime) -> str:
    """Remember that the owner typed the password again; returns the new token."""
    held, user = own_session(session_id)
    held.proven_at = at
    record("prove_password", Subject("user", user.public_id), actor=actor, at=at)
    return new_token(held)


def choose_post(session_id: int, appointment_id: int, *, actor: Actor, at: datetime) -> str:
    """Use one of one's appointments from now on; returns the new token of the session."""
    held, user = own_session(session_id)
    post = next((p for p in queries.posts_of(user.id, on=beijing_date(at)) if p.id == appointment_id), None)
    if post is None:
        raise NotFound(f"appointment {appointment_id}")
    held.appointment_id = appointment_id
    record("choose_post", Subject("user", user.public_id), actor=actor, at=at, details={"role": post.role.value})
    return new_token(held)


def sign_out(session_id: int, *, actor: Actor, at: datetime) -> None:
    """End the session in use."""
    held, user = own_session(session_id)
    held.ended_at = at
    record("sign_out", Subject("user", user.public_id), actor=actor, at=at)


def end_session(session_id: int, *, owner: int, actor: Actor, at: datetime) -> None:
    """End another of one's own sessions."""
    held, user = own_session(session_id)
    if user.id != owner:
        raise NotFound(f"session {session_id}")
    held.ended_at = at
    record("end_session", Subject("user", user.public_id), actor=actor, at=at)


def end_other_sessions(session_id: int, *, actor: Actor, at: datetime) -> int:
    """End all of one's own sessions but this one; returns how many."""
    _, user = own_session(session_id)
    ended = end_sessions_of(user.id, at=at, keep=session_id)
    record("end_other_sessions", Subject("user", user.public_id), actor=actor, at=at, details={"count": ended})
    return ended


def end_sessions_of(user_id: int, *, at: datetime, keep: int | None = None) -> int:
    """End the sessions of an account, as part of an act that leaves the event; returns how many."""
    open_ones = [SignInSession.user_id == user_id, SignInSession.ended_at.is_(None)]
    if keep is not None:
        open_ones.append(SignInSession.id != keep)
    ended = update(SignInSession).where(*open_ones).values(ended_at=at).returning(SignInSession.id)
    return len(db.session.scalars(ended).all())


def end_all_sessions(*, at: datetime) -> None:
    """End every session there is: the data were set back to a backup, and the act that did it leaves the event."""
    db.session.execute(update(SignInSession).where(SignInSession.ended_at.is_(None)).values(ended_at=at))


def touch(session_id: int, *, at: datetime) -> None:
    """Remember that the session was used; and end for good whatever has lapsed by now, should the clock go back."""
    seen, opened = rules.lapsed_before(at)
    has_lapsed = or_(SignInSession.last_seen_at < seen, SignInSession.created_at < opened)
    over = update(SignInSession).where(SignInSession.ended_at.is_(None), SignInSession.id != session_id, has_lapsed)
    db.session.execute(over.values(ended_at=at))
    for end in LAPSING:
        end(at)
    db.session.execute(update(SignInSession).where(SignInSession.id == session_id).values(last_seen_at=at))


def end_lapsed(session_token: str, *, at: datetime) -> None:
    """End a session for good that was found lapsed."""
    lapsed = (SignInSession.token_hash == queries.token_hash(session_token), SignInSession.ended_at.is_(None))
    db.session.execute(update(SignInSession).where(*lapsed).values(ended_at=at))


def forget_old_sessions(*, actor: Actor, at: datetime) -> int:  # noqa: ARG001  a sweep over dates is handed both
    """Delete one portion of the sessions that ended or lapsed long ago; returns how many."""
    long_ago = at - rules.KEEP_SESSIONS
    old = (
        select(SignInSession.id).where(SignInSession.last_seen_at < long_ago).order_by(SignInSession.id).limit(_PORTION)
    )
    ids = db.session.scalars(old).all()
    db.session.execute(delete(SignInSession).where(SignInSession.id.in_(ids)))
    return len(ids)


def own_session(session_id: int) -> tuple[SignInSession, User]:
    """A session that is still open, locked, with its account."""
    held = db.session.get(SignInSession, session_id, with_for_update=True, populate_existing=True)
    if held is None or held.ended_at is not None:
        raise NotFound(f"session {session_id}")
    user = db.session.get(User, held.user_id, populate_existing=True)
    if user is None:
        raise NotFound(f"user {held.user_id}")
    return held, user


def lock_user(user_id: int) -> User:
    """An account, locked."""
    user = db.session.get(User, user_id, with_for_update={"of": User}, populate_existing=True)
    if user is None:
        raise NotFound(f"user {user_id}")
    return user


def new_token(held: SignInSession) -> str:
    """A new id for a session; the old one is dead from now on."""
    token = secrets.token_urlsafe(32)
    held.token_hash = queries.token_hash(token)
    return token
