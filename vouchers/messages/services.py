"""Leave messages and mark them as read. A message is a code with parameters; texts stand in `templates/messages`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from vouchers.accounts.states import Role
from vouchers.audit import watch
from vouchers.db.base import db
from vouchers.db.writing import send
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound
from vouchers.messages import queries
from vouchers.messages.models import Message, MessageRead

watch.EXEMPT.update({Message.__tablename__, MessageRead.__tablename__})

_INSERT = insert(Message.__table__)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a message: a user, an organisation, or an office (there all, or those with one role)."""

    user_id: int | None = None
    organisation_id: int | None = None
    office_id: int | None = None
    role: Role | None = None


def to_user(user_id: int) -> Recipient:
    """One account."""
    return Recipient(user_id=user_id)


def to_organisation(organisation_id: int) -> Recipient:
    """Everybody who acts for an organisation."""
    return Recipient(organisation_id=organisation_id)


def to_office(office_id: int, role: Role | None = None) -> Recipient:
    """Everybody of an office, or those who hold a role there."""
    return Recipient(office_id=office_id, role=role)


def enqueue(code: str, params: Mapping[str, str | int], *, to: Recipient, at: datetime, link: str = "") -> None:
    """Leave a message in the act's own transaction; `link` is the page where the reader goes on."""
    row = {
        "user_id": to.user_id,
        "organisation_id": to.organisation_id,
        "office_id": to.office_id,
        "role": to.role.value if to.role else "",
        "code": code,
        "params": dict(params),
        "link": link,
        "at": at,
    }
    send(_INSERT, row)


def mark_read(public_id: str, *, actor: Actor, at: datetime) -> str:
    """Remember that the reader saw a message; returns its link."""
    found = db.session.execute(
        select(Message.id, Message.link).where(Message.public_id == public_id, queries.addressed_to(actor))
    ).one_or_none()
    if found is None:
        raise NotFound(f"message {public_id}")
    _note_read(found.id, actor=actor, at=at)
    return str(found.link)


def mark_all_read(*, actor: Actor, at: datetime) -> None:
    """Remember that the reader saw all messages listed."""
    for message_id in queries.unread_ids(actor):
        _note_read(message_id, actor=actor, at=at)


def _note_read(message_id: int, *, actor: Actor, at: datetime) -> None:
    session = db.session()
    try:
        with session.begin_nested():
            session.add(MessageRead(message_id=message_id, user_id=actor.user_id, read_at=at))
    except IntegrityError:
        return  # seen before
