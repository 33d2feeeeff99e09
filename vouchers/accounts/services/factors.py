"""The second factor: bound, shown, taken off; each step counts once, and five wrong codes end the session."""

import hmac
from datetime import datetime

import pyotp
from sqlalchemy import update

from vouchers.accounts import rules
from vouchers.accounts.models import SignInSession, User
from vouchers.accounts.services.sessions import end_sessions_of, lock_user, new_token, own_session
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict

_STEP_SECONDS = 30


def verify_second_factor(session_id: int, code: str, *, actor: Actor, at: datetime) -> str | None:
    """Check a TOTP code, each step once; returns the new token of the session, or None when the code is wrong."""
    held, user = own_session(session_id)
    step = _matching_step(user.totp_secret or "", code, at)
    if step is None or not _use_step(user.id, step):
        refuse_second_factor(session_id, actor=actor, at=at)
        return None
    record("second_factor", _subject(user), actor=actor, at=at)
    return _let_through(held, at)


def enrol_second_factor(session_id: int, secret: str, *, code: str, actor: Actor, at: datetime) -> str | None:
    """Bind a second factor that was not bound yet; returns the new token, or None when the code does not fit."""
    held, user = own_session(session_id)
    user = lock_user(user.id)  # of two devices that bind at once, the second finds it bound
    if user.totp_secret is not None:
        raise Conflict("the second factor is bound already")
    step = _matching_step(secret, code, at)
    if step is None:
        refuse_second_factor(session_id, actor=actor, at=at)
        return None
    user.totp_secret, user.totp_last_step = secret, step
    record("enrol_second_factor", _subject(user), actor=actor, at=at)
    return _let_through(held, at)


def pass_second_factor(session_id: int, by: str, *, actor: Actor, at: datetime) -> str:
    """Let somebody through who proved themselves otherwise (`by`), say by a recovery code; returns the new token."""
    held, user = own_session(session_id)
    record("second_factor", _subject(user), actor=actor, at=at, details={"by": by})
    return _let_through(held, at)


def refuse_second_factor(session_id: int, *, actor: Actor, at: datetime) -> None:
    """Remember a wrong code; after the fifth in one session they sign in again."""
    held, user = own_session(session_id)
    held.wrong_codes += 1
    if held.wrong_codes >= rules.MOST_WRONG_CODES:
        held.ended_at = at
    record("refuse_second_factor", _subject(user), actor=actor, at=at)


def free_own_second_factor(session_id: int, *, actor: Actor, at: datetime) -> str:
    """Take one's own second factor off; this session goes on as one that has not shown any. Returns its new token."""
    held, user = own_session(session_id)
    unbind_second_factor(user.id, reason="", actor=actor, at=at, keep=session_id)
    held.factor_at = None
    return new_token(held)


def unbind_second_factor(user_id: int, *, reason: str, actor: Actor, at: datetime, keep: int | None = None) -> None:
    """Take the second factor off an account; its sessions end, but for the one to `keep`."""
    user = lock_user(user_id)
    if user.totp_secret is None:
        raise Conflict("no second factor is bound")
    user.totp_secret = None
    end_sessions_of(user_id, at=at, keep=keep)
    record("unbind_second_factor", _subject(user), actor=actor, at=at, reason=reason)


def _let_through(held: SignInSession, at: datetime) -> str:
    held.factor_at, held.wrong_codes = at, 0
    return new_token(held)


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


def _subject(user: User) -> Subject:
    return Subject("user", user.public_id)
