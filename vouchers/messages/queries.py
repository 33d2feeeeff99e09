"""Reading messages: only those addressed to the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from vouchers.db.base import db
from vouchers.db.columns import unseal
from vouchers.kernel.actor import Actor
from vouchers.messages.models import Message, MessageRead

MOST_LISTED = 100
PRIVATE = "private_link"


@dataclass(frozen=True, slots=True)
class Received:
    """One message as the inbox shows it."""

    public_id: str
    code: str
    params: dict[str, Any]
    link: str
    at: datetime
    is_read: bool


def inbox_of(actor: Actor) -> list[Received]:
    """The newest messages to the reader."""
    statement = (
        select(Message, MessageRead.read_at)
        .outerjoin(MessageRead, _own_mark(actor))
        .where(addressed_to(actor))
        .order_by(Message.id.desc())
        .limit(MOST_LISTED)
    )
    return [
        Received(one.public_id, one.code, one.params, one.link, one.at, is_read=read_at is not None)
        for one, read_at in db.session.execute(statement)
    ]


def unread_count(actor: Actor) -> int:
    """How many messages the reader has not seen, counted up to a hundred."""
    return db.session.scalar(select(func.count()).select_from(_unread(actor).subquery())) or 0


def unread_ids(actor: Actor) -> Sequence[int]:
    """Keys of the messages not seen yet."""
    return db.session.scalars(_unread(actor)).all()


def private_link(params: Mapping[str, Any]) -> str:
    """The address that only the person's own mailbox may show; empty for most messages."""
    return unseal(params[PRIVATE]) if PRIVATE in params else ""


def addressed_to(actor: Actor) -> ColumnElement[bool]:
    """The condition that a message is for this reader, by the appointment in use."""
    if actor.user_id is None:
        return false()
    ways: list[ColumnElement[bool]] = [Message.user_id == actor.user_id]
    if actor.organisation_id is not None:
        ways.append(Message.organisation_id == actor.organisation_id)
    if actor.office_id is not None:
        ways.append(and_(Message.office_id == actor.office_id, Message.role.in_(["", actor.role])))
    return or_(*ways)


def _unread(actor: Actor) -> Any:
    return (
        select(Message.id)
        .outerjoin(MessageRead, _own_mark(actor))
        .where(addressed_to(actor), MessageRead.message_id.is_(None))
        .order_by(Message.id.desc())
        .limit(MOST_LISTED)
    )


def _own_mark(actor: Actor) -> ColumnElement[bool]:
    return and_(MessageRead.message_id == Message.id, MessageRead.user_id == (actor.user_id or 0))
