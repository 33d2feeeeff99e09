"""Identities of the provider: linked to an account by its owner or with an invitation, and unlinked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from vouchers.accounts import queries as accounts
from vouchers.accounts.states import UserState
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.messages.services import enqueue, to_user
from vouchers.signin import rules
from vouchers.signin.models import IdentityLink
from vouchers.signin.services.links import take
from vouchers.signin.states import LinkPurpose


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says somebody is: `issuer` and `subject` name them, the rest is for the eye."""

    issuer: str
    subject: str
    name: str = ""
    has_factor: bool = False


def link_identity(user_id: int, identity: Identity, *, by_owner: bool, actor: Actor, at: datetime) -> None:
    """Let an identity open an account from now on; one account per identity and one identity per account."""
    link = IdentityLink(
        user_id=user_id,
        issuer=identity.issuer,
        subject=identity.subject,
        shown_as=identity.name,
        by_owner=by_owner,
        linked_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(link)
    except IntegrityError:
        raise RuleViolation([rules.IDENTITY_TAKEN]) from None
    details = {"by_owner": by_owner}
    record("link_identity", _subject(user_id), actor=actor, at=at, details=details)
    enqueue("identity_linked", {"address": actor.address}, to=to_user(user_id), at=at, link="/account")


def accept_invitation(code: str, identity: Identity, *, actor: Actor, at: datetime) -> int | None:
    """Link an identity nobody knew by the code an administrator handed over; whose account it is, or None."""
    link = take(rules.plain(code), LinkPurpose.IDENTITY, at=at)
    if link is None or link.user_id is None or accounts.account(link.user_id).state is not UserState.ACTIVE:
        return None
    link_identity(link.user_id, identity, by_owner=False, actor=actor, at=at)
    return link.user_id


def unlink_identity(user_id: int, *, actor: Actor, at: datetime) -> None:
    """From now on the identity opens this account no more."""
    gone = delete(IdentityLink).where(IdentityLink.user_id == user_id).returning(IdentityLink.id)
    if not db.session.scalars(gone).all():
        raise Conflict("no identity is linked")
    record("unlink_identity", _subject(user_id), actor=actor, at=at)
    enqueue("identity_unlinked", {"address": actor.address}, to=to_user(user_id), at=at, link="/account")


def _subject(user_id: int) -> Subject:
    return Subject("user", accounts.account(user_id).public_id)
