"""Signing in and out: password, second factor, the session on the server, and how often one may try."""

import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from vouchers.accounts import passwords, queries, rules
from vouchers.accounts.models import RateCounter, SignInSession, User
from vouchers.accounts.rules import Limit
from vouchers.accounts.states import UserState
from vouchers.audit import watch
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotFound, RuleViolation
from vouchers.kernel.findings import Finding

watch.EXEMPT.update({SignInSession.__tablename__, RateCounter.__tablename__})

_STEP_SECONDS = 30
_PORTION = 500


def count_try(limit: Limit, who: str, *, at: datetime) -> int:
    """Count one try; returns 0, or the seconds to wait when there were too many."""
    bucket, start = _bucket(limit, who), limit.starts(at)
    key = (RateCounter.bucket == bucket, RateCounter.window_start == start)
    session = db.session()
    more = update(RateCounter).where(*key).values(count=RateCounter.count + 1).returning(RateCounter.count)
    count = session.scalar(more)
    if count is None:
        try:
            with session.begin_nested():
                session.add(RateCounter(bucket=bucket, window_start=start, count=1))
            session.execute(delete(RateCounter).where(RateCounter.bucket == bucket, RateCounter.window_start < start))
        except IntegrityError:  # another worker opened the window at this moment
            count = session.scalar(more)
    return limit.wait(at) if (count or 1) > limit.tries else 0


def refund_try(limit: Limit, who: str, *, at: datetime) -> None:
    """Take one try back: it succeeded."""
    key = (RateCounter.bucket == _bucket(limit, who), RateCounter.window_start == limit.starts(at))
    db.session.execute(update(RateCounter).where(*key, RateCounter.count > 0).values(count=RateCounter.count - 1))


def authenticate(sign_in: str, password: str) -> int | None:
    """Whose name and password these are; None for all that are wrong, after the same work. Opens no transaction."""
    found = db.session.execute(
        select(User.id, User.password_hash, User.state).where(User.sign_in == sign_in.strip().lower())
    ).one_or_none()
    db.session.rollback()  # hashing takes its time: no snapshot and no connection is held for it
    if found is None or found.state is not UserState.ACTIVE:
        passwords.spend_the_time(password)
        return None
    return found.id if passwords.is_right(found.password_hash, password) else None


def open_session(user_id: int, *, actor: Actor, at: datetime) -> str:
    """Let somebody in whose password was right; returns the session's token. The oldest of too many sessions ends."""
    user = db.session.get(User, user_id, populate_existing=True)
    if user is None or user.state is not UserState.ACTIVE:
        raise NotFound(f"user {user_id}")
    open_ones = select(SignInSession).where(SignInSession.user_id == user_id, SignInSession.ended_at.is_(None))
    held = db.session.scalars(open_ones.order_by(SignInSession.last_seen_at.desc())).all()
    for old in held[rules.MOST_SESSIONS - 1 :]:
        old.ended_at = at
    token = secrets.token_urlsafe(32)
    db.session.add(
        SignInSession(
            token_hash=queries.token_hash(token),
            user_id=user_id,
            created_at=at,
            last_seen_at=at,
            address=actor.address,
        )
    )
    record("sign_in", Subject("user", user.public_id), actor=actor, at=at)
    return token


def refuse_sign_in(*, actor: Actor, at: datetime) -> None:
    """Remember a refused sign-in; the name typed is not kept, it may be a password in the wrong box."""
    record("refuse_sign_in", Subject("user", ""), actor=actor, at=at)


def verify_second_factor(session_id: int, code: str, *, actor: Actor, at: datetime) -> str | None:
    """Check a TOTP code, each step once; returns the new token of the session, or None when the code is wrong."""
    held, user = _own(session_id)
    step = _matching_step(user.totp_secret or "", code, at)
    if step is None or not _use_step(user.id, step):
        record("refuse_second_factor", Subject("user", user.public_id), actor=actor, at=at)
        return None
    record("second_factor", Subject("user", user.public_id), actor=actor, at=at)
    held.factor_at = at
    return _new_token(held)


def enrol_second_factor(session_id: int, secret: str, *, code: str, actor: Actor, at: datetime) -> str | None:
    """Bind a second factor that was not bound yet; returns the new token, or None when the code does not fit."""
    held, user = _own(session_id)
    if user.totp_secret is not None:
        raise Conflict("the second factor is bound already")
    step = _matching_step(secret, code, at)
    if step is None:
        record("refuse_second_factor", Subject("user", user.public_id), actor=actor, at=at)
        return None
    user.totp_secret, user.totp_last_step = secret, step
    record("enrol_second_factor", Subject("user", user.public_id), actor=actor, at=at)
    held.factor_at = at
    return _new_token(held)


def choose_post(session_id: int, appointment_id: int, *, actor: Actor, at: datetime) -> str:
    """Use one of one's appointments from now on; returns the new token of the session."""
    held, user = _own(session_id)
    post = next((p for p in queries.posts_of(user.id, on=beijing_date(at)) if p.id == appointment_id), None)
    if post is None:
        raise NotFound(f"appointment {appointment_id}")
    held.appointment_id = appointment_id
    record("choose_post", Subject("user", user.public_id), actor=actor, at=at, details={"role": post.role.value})
    return _new_token(held)


def change_password(session_id: int, new: str, *, needs_classes: bool, actor: Actor, at: datetime) -> str:
    """Set a password of one's own, the old one having been checked; all other sessions end. Returns the new token."""
    held, user = _own(session_id)
    findings = rules.password_findings(new, needs_classes=needs_classes, words=(user.sign_in, user.person.name))
    if findings:
        raise RuleViolation(findings)
    if passwords.is_right(user.password_hash, new):
        raise RuleViolation([Finding("password-same", "新密码与原密码相同。", way="请换一个。", field="new_password")])
    user.password_hash, user.password_set_at = passwords.hash_password(new), at
    others = (SignInSession.user_id == user.id, SignInSession.id != session_id, SignInSession.ended_at.is_(None))
    db.session.execute(update(SignInSession).where(*others).values(ended_at=at))
    record("change_password", Subject("user", user.public_id), actor=actor, at=at)
    return _new_token(held)


def sign_out(session_id: int, *, actor: Actor, at: datetime) -> None:
    """End the session in use."""
    held, user = _own(session_id)
    held.ended_at = at
    record("sign_out", Subject("user", user.public_id), actor=actor, at=at)


def end_session(session_id: int, *, owner: int, actor: Actor, at: datetime) -> None:
    """End another of one's own sessions."""
    held, user = _own(session_id)
    if user.id != owner:
        raise NotFound(f"session {session_id}")
    held.ended_at = at
    record("end_session", Subject("user", user.public_id), actor=actor, at=at)


def touch(session_id: int, *, at: datetime) -> None:
    """Remember that the session was used; and end for good whatever has lapsed by now, should the clock go back."""
    seen, opened = rules.lapsed_before(at)
    has_lapsed = or_(SignInSession.last_seen_at < seen, SignInSession.created_at < opened)
    over = update(SignInSession).where(SignInSession.ended_at.is_(None), SignInSession.id != session_id, has_lapsed)
    db.session.execute(over.values(ended_at=at))
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


def _own(session_id: int) -> tuple[SignInSession, User]:
    held = db.session.get(SignInSession, session_id, with_for_update=True, populate_existing=True)
    if held is None or held.ended_at is not None:
        raise NotFound(f"session {session_id}")
    user = db.session.get(User, held.user_id, populate_existing=True)
    if user is None:
        raise NotFound(f"user {held.user_id}")
    return held, user


def _new_token(held: SignInSession) -> str:
    token = secrets.token_urlsafe(32)
    held.token_hash = queries.token_hash(token)
    return token


def _matching_step(secret: str, code: str, at: datetime) -> int | None:
    """The current step, or the one before for slow fingers."""
    now_step = int(at.timestamp()) // _STEP_SECONDS
    if not secret:
        return None
    totp = pyotp.TOTP(secret)
    steps = (now_step, now_step - 1)
    return next((s for s in steps if hmac.compare_digest(totp.generate_otp(s).encode(), code.encode())), None)


def _use_step(user_id: int, step: int) -> bool:
    """Take a step that nobody took: one statement, so that of two at once only one is told yes."""
    unused = (User.id == user_id, User.totp_last_step < step)
    taken = update(User).where(*unused).values(totp_last_step=step).returning(User.id)
    return db.session.scalar(taken) is not None


def _bucket(limit: Limit, who: str) -> str:
    return f"{limit.name}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
