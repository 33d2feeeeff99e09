"""One-time links and codes: made, taken once, forgotten."""

import secrets
from datetime import datetime

from sqlalchemy import delete, select, update

from vouchers.accounts import queries as accounts
from vouchers.accounts.services import LAPSING, NewPassword, replace_password
from vouchers.audit import watch
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation
from vouchers.messages.services import enqueue, to_user
from vouchers.signin import queries, rules
from vouchers.signin.models import OneTimeLink
from vouchers.signin.states import LinkPurpose

RESET_PATH = "/reset-password/"
_PORTION = 500


def ask_for_password_link(sign_in: str, *, actor: Actor, at: datetime) -> None:
    """Send a link to set a new password to whoever has this name; nothing tells the asker whether anybody has."""
    user = accounts.account_named(sign_in)
    record("ask_password_link", Subject("user", user.public_id if user else ""), actor=actor, at=at)
    if user is None:
        return
    token = secrets.token_urlsafe(32)
    make_link(LinkPurpose.PASSWORD, token, user_id=user.id, at=at)
    minutes = int(rules.LIFE[LinkPurpose.PASSWORD].total_seconds()) // 60
    enqueue("password_link", {"minutes": minutes}, to=to_user(user.id), at=at, private_link=RESET_PATH + token)


def set_password_by_link(token: str, new: NewPassword, *, actor: Actor, at: datetime) -> int:
    """Use a link or a code: a new password for the account it was made for, and for no other; returns whose."""
    taken = (take(text, purpose, at=at) for purpose, text in rules.ways(token))
    link = next(filter(None, taken), None)
    if link is None or link.user_id is None or accounts.account(link.user_id).password_set_at > link.made_at:
        raise RuleViolation([rules.LINK_DEAD])
    replace_password(link.user_id, new, actor=actor, at=at)
    enqueue("password_replaced", {"address": actor.address}, to=to_user(link.user_id), at=at)
    return link.user_id


def invite(user_id: int, *, actor: Actor, at: datetime) -> str:
    """A code with which somebody links their identity at the provider to this account; shown once, kept nowhere."""
    code = rules.new_code()
    make_link(LinkPurpose.IDENTITY, code, user_id=user_id, at=at)
    record("invite_identity", Subject("user", accounts.account(user_id).public_id), actor=actor, at=at)
    return code


def make_link(purpose: LinkPurpose, token: str, *, user_id: int | None, at: datetime) -> None:
    """Keep a new link, as part of an act; older ones of the same kind for the same account are dead from now on."""
    older = (OneTimeLink.purpose == purpose, OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None))
    db.session.execute(update(OneTimeLink).where(*older).values(used_at=at))
    db.session.add(
        OneTimeLink(
            purpose=purpose,
            user_id=user_id,
            token_hash=rules.hash_of(token),
            made_at=at,
            expires_at=at + rules.LIFE[purpose],
        )
    )


def void_links(user_id: int, *, at: datetime) -> None:
    """Let no link or code set a password of this account any more, as part of an act."""
    for_password = (OneTimeLink.purpose == LinkPurpose.PASSWORD, OneTimeLink.user_id == user_id)
    db.session.execute(update(OneTimeLink).where(*for_password, OneTimeLink.used_at.is_(None)).values(used_at=at))


def take(token: str, purpose: LinkPurpose, *, at: datetime) -> OneTimeLink | None:
    """Use up a link, as part of an act: one statement, so that of two at once only one gets it."""
    good = (
        OneTimeLink.token_hash == rules.hash_of(token),
        OneTimeLink.purpose == purpose,
        queries.is_open_link(at),
    )
    return db.session.scalar(update(OneTimeLink).where(*good).values(used_at=at).returning(OneTimeLink))


def end_lapsed_links(at: datetime) -> None:
    """End for good whatever has lapsed by now, should the clock go back: whenever anybody works, or one is refused."""
    over = (OneTimeLink.used_at.is_(None), OneTimeLink.expires_at <= at)
    ended = update(OneTimeLink).where(*over).values(used_at=at)
    db.session.execute(ended.execution_options(**{watch.NO_ACT: True}))


LAPSING.append(end_lapsed_links)


def forget_old_links(*, actor: Actor, at: datetime) -> int:
    """Delete one portion of the links that died long ago; returns how many."""
    old = select(OneTimeLink.id).where(OneTimeLink.expires_at < at - rules.KEEP_LINKS).limit(_PORTION)
    ids = db.session.scalars(old).all()
    if ids:
        db.session.execute(delete(OneTimeLink).where(OneTimeLink.id.in_(ids)))
        record("forget_links", Subject("installation", ""), actor=actor, at=at, details={"count": len(ids)})
    return len(ids)
