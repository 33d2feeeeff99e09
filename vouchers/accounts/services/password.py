"""Passwords: checked with the same work for every name, changed by their owner, set anew by a link."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from vouchers.accounts import passwords, rules
from vouchers.accounts.models import User
from vouchers.accounts.services.sessions import end_sessions_of, lock_user, new_token, own_session
from vouchers.accounts.states import UserState
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password its owner chose; `words` are names around them that it must not be made of."""

    text: str
    needs_classes: bool
    words: Iterable[str] = ()


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


def refuse_sign_in(*, actor: Actor, at: datetime) -> None:
    """Remember a refused sign-in; the name typed is not kept, it may be a password in the wrong box."""
    record("refuse_sign_in", Subject("user", ""), actor=actor, at=at)


def change_password(session_id: int, new: NewPassword, *, actor: Actor, at: datetime) -> str:
    """Set a password of one's own, the old one having been checked; all other sessions end. Returns the new token."""
    held, user = own_session(session_id)
    _set(user, new, at=at)
    end_sessions_of(user.id, at=at, keep=session_id)
    held.proven_at = at
    record("change_password", Subject("user", user.public_id), actor=actor, at=at)
    return new_token(held)


def replace_password(user_id: int, new: NewPassword, *, actor: Actor, at: datetime) -> None:
    """Set the password of somebody who showed by a link that they may; all sessions end."""
    user = lock_user(user_id)
    if user.state is not UserState.ACTIVE:
        raise RuleViolation([Finding("account-stopped", "这个账号已停用。", way="请联系本单位的系统管理员。")])
    _set(user, new, at=at)
    end_sessions_of(user.id, at=at)
    record("replace_password", Subject("user", user.public_id), actor=actor, at=at)


def _set(user: User, new: NewPassword, *, at: datetime) -> None:
    words = (user.sign_in, user.person.name, *new.words)
    findings = rules.password_findings(new.text, needs_classes=new.needs_classes, words=words)
    if findings:
        raise RuleViolation(findings)
    if passwords.is_right(user.password_hash, new.text):
        raise RuleViolation([Finding("password-same", "新密码与原密码相同。", way="请换一个。", field="new_password")])
    user.password_hash, user.password_set_at = passwords.hash_password(new.text), at
