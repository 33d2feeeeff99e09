"""备用码, and a second factor or password that changes: by its owner, by an administrator, or by two of them."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from vouchers.accounts import queries as accounts
from vouchers.accounts.services import (
    drop_password,
    free_own_second_factor,
    pass_second_factor,
    refuse_second_factor,
    unbind_second_factor,
)
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotFound, NotPermitted, RuleViolation
from vouchers.messages.services import enqueue, to_user
from vouchers.signin import queries, rules
from vouchers.signin.models import FactorReset, RecoveryCode
from vouchers.signin.services.links import make_link, void_links
from vouchers.signin.states import RESETS, LinkPurpose, ResetKind, ResetState


def make_recovery_codes(user_id: int, *, actor: Actor, at: datetime) -> list[str]:
    """Ten new codes, shown once and kept as hashes; the old ones are void."""
    codes = [rules.new_code() for _ in range(rules.RECOVERY_CODES)]
    _void_codes(user_id)
    db.session.add_all(RecoveryCode(user_id=user_id, code_hash=rules.hash_of(code)) for code in codes)
    record("make_recovery_codes", _subject(user_id), actor=actor, at=at)
    return codes


def use_recovery_code(session_id: int, code: str, *, actor: Actor, at: datetime) -> str | None:
    """The second step by a code, which is spent; the owner is told. Returns the new token, or None for a wrong one."""
    user_id = actor.user_id
    unused = (
        RecoveryCode.user_id == user_id,
        RecoveryCode.code_hash == rules.hash_of(rules.plain(code)),
        RecoveryCode.used_at.is_(None),
    )
    spent = update(RecoveryCode).where(*unused).values(used_at=at).returning(RecoveryCode.id)
    if user_id is None or db.session.scalar(spent) is None:
        refuse_second_factor(session_id, actor=actor, at=at)
        return None
    left = queries.codes_left(user_id)
    enqueue("recovery_code_used", {"left": left, "address": actor.address}, to=to_user(user_id), at=at, link="/account")
    return pass_second_factor(session_id, "recovery code", actor=actor, at=at)


def remove_own_factor(session_id: int, *, actor: Actor, at: datetime) -> str:
    """Take one's own second factor off, to bind another; codes are void, other sessions end. Returns the new token."""
    if actor.user_id is None:
        raise NotPermitted("nobody is signed in")
    _void_codes(actor.user_id)
    enqueue("factor_removed", {"address": actor.address}, to=to_user(actor.user_id), at=at, link="/account")
    return free_own_second_factor(session_id, actor=actor, at=at)


def reset_password(user_id: int, *, reason: str, actor: Actor, at: datetime) -> str:
    """One administrator, for somebody who moves no money; returns the code their new password is chosen with."""
    if accounts.account(user_id).person_id == actor.person_id:
        raise RuleViolation([rules.OWN_RESET])
    if queries.resets_by_two(user_id, on=beijing_date(at)):
        raise RuleViolation([rules.NEEDS_TWO])
    return _new_password(user_id, reason=reason, actor=actor, at=at)


def propose_reset(user_id: int, kind: ResetKind = ResetKind.FACTOR, *, reason: str, actor: Actor, at: datetime) -> None:
    """The first of two administrators: this person lost phone and codes, or the password to money."""
    user = accounts.account(user_id)
    if kind is ResetKind.FACTOR and user.totp_secret is None:
        raise RuleViolation([rules.NOTHING_BOUND])
    if user.person_id == actor.person_id:
        raise RuleViolation([rules.OWN_RESET])
    reset = FactorReset(
        user_id=user_id,
        owner_id=user.person_id,
        kind=kind,
        state=ResetState.PROPOSED,
        reason=reason,
        proposed_by=actor.person_id,
        proposed_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(reset)
    except IntegrityError:
        raise RuleViolation([rules.RESET_WAITS]) from None
    change = ("", ResetState.PROPOSED)
    record(f"propose_{kind}_reset", _subject(user_id), actor=actor, at=at, change=change, reason=reason)
    enqueue(f"{kind}_reset_proposed", {}, to=to_user(user_id), at=at, link="/account")


def confirm_reset(public_id: str, *, actor: Actor, at: datetime) -> str:
    """The second of two: factor and codes are gone, or the password; sessions end, the owner is told.

    Returns the code with which a new password is chosen, and nothing for a factor.
    """
    reset = _lock(public_id)
    if actor.person_id == reset.owner_id:
        raise RuleViolation([rules.OWN_RESET])
    if actor.person_id == reset.proposed_by:
        raise RuleViolation([rules.SAME_PERSON])
    _decide(reset, "confirm", actor=actor, at=at)
    if reset.kind is ResetKind.PASSWORD:
        return _new_password(reset.user_id, reason=reset.reason, actor=actor, at=at)
    _void_codes(reset.user_id)
    unbind_second_factor(reset.user_id, reason=reset.reason, actor=actor, at=at)
    enqueue("factor_reset", {}, to=to_user(reset.user_id), at=at, link="/account")
    return ""


def withdraw_reset(public_id: str, *, actor: Actor, at: datetime) -> None:
    """An administrator takes the proposal back, their own or another's; the owner cannot."""
    reset = _lock(public_id)
    if actor.person_id == reset.owner_id:
        raise RuleViolation([rules.OWN_RESET])
    _decide(reset, "withdraw", actor=actor, at=at)
    record(f"withdraw_{reset.kind}_reset", _subject(reset.user_id), actor=actor, at=at)


def _new_password(user_id: int, *, reason: str, actor: Actor, at: datetime) -> str:
    """From now on no password opens the account, until its owner chooses one with this code, which is kept nowhere."""
    drop_password(user_id, reason=reason, actor=actor, at=at)
    void_links(user_id, at=at)
    code = rules.new_code()
    make_link(LinkPurpose.RESET, code, user_id=user_id, at=at)
    enqueue("password_reset", {}, to=to_user(user_id), at=at)
    return code


def _decide(reset: FactorReset, action: str, *, actor: Actor, at: datetime) -> None:
    reset.state = RESETS.after(reset.state, action)
    reset.decided_by, reset.decided_at = actor.person_id, at


def _lock(public_id: str) -> FactorReset:
    found = queries.open_reset(public_id)
    reset = db.session.get(FactorReset, found.id, with_for_update=True, populate_existing=True)
    if reset is None:
        raise NotFound(f"reset {public_id}")
    return reset


def _void_codes(user_id: int) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def _subject(user_id: int) -> Subject:
    return Subject("user", accounts.account(user_id).public_id)
