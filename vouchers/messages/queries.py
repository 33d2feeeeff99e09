"""Reading messages: only those addressed to the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from vouchers.accounts.models import Appointment, User
from vouchers.accounts.queries import is_held
from vouchers.accounts.states import Role, UserState
from vouchers.db.base import db
from vouchers.db.columns import unseal
from vouchers.db.lists import ListSpec, Page, page_of
from vouchers.db.writing import send
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.messages.models import MailAddress, Message, MessageRead

MOST_COUNTED = 100  # beyond it the head of a page says no more than that
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


_INBOX = ListSpec(key=Message.id, sorts={"at": Message.id}, default="-at")  # in the order they were left


def inbox_of(actor: Actor, arguments: Mapping[str, str]) -> Page[Received]:
    """The messages to the reader, the newest first."""
    statement = (
        select(
            Message.public_id,
            Message.code,
            Message.params,
            Message.link,
            Message.at,
            MessageRead.read_at.is_not(None),
        )
        .outerjoin(MessageRead, _own_mark(actor))
        .where(addressed_to(actor))
    )
    return page_of(db.session(), statement, spec=_INBOX, arguments=arguments, shape=Received)


def unread_count(actor: Actor) -> int:
    """How many messages the reader has not seen, counted up to a hundred."""
    reader = Actor(
        actor.kind,
        "",
        role=actor.role,
        user_id=actor.user_id,
        office_id=actor.office_id,
        organisation_id=actor.organisation_id,
    )
    return send(_counted(reader)).scalar() or 0


@lru_cache(maxsize=500)
def _counted(reader: Actor) -> Select[int]:
    """Asked for by every page of everybody signed in: built once for each reader."""
    return select(func.count()).select_from(_unread(reader).limit(MOST_COUNTED).subquery())


def unread_ids(actor: Actor) -> Sequence[int]:
    """Keys of all messages not seen yet."""
    return db.session.scalars(_unread(actor)).all()


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where a user gets mails, in which language, and whether they are of an office."""

    address: str
    is_confirmed: bool
    locale: str
    is_staff: bool


def mailbox_of(user_id: int) -> Mailbox | None:
    """The mailbox a user named, confirmed or not; None for accounts that were stopped."""
    found = db.session.execute(
        select(MailAddress.address, MailAddress.confirmed_at, User.locale)
        .join(User, User.id == MailAddress.user_id)
        .where(MailAddress.user_id == user_id, User.state == UserState.ACTIVE)
    ).one_or_none()
    if found is None:
        return None
    of_office = select(Appointment.id).where(Appointment.user_id == user_id, Appointment.office_id.is_not(None))
    is_staff = db.session.scalar(of_office.limit(1)) is not None
    return Mailbox(found.address, found.confirmed_at is not None, found.locale, is_staff=is_staff)


def message_of(message_id: int) -> Message:
    """A message by its key, for its delivery."""
    return db.session.get_one(Message, message_id)


def mailboxes_for(message: Message, *, at: datetime) -> Sequence[int]:
    """The users a message is for who have a confirmed mailbox."""
    confirmed = (
        select(MailAddress.user_id)
        .join(User, User.id == MailAddress.user_id)
        .where(MailAddress.confirmed_at.is_not(None), User.state == UserState.ACTIVE)
    )
    if message.user_id is not None:
        return db.session.scalars(confirmed.where(MailAddress.user_id == message.user_id)).all()
    posts = select(Appointment.user_id).where(*is_held(beijing_date(at)))
    if message.organisation_id is not None:
        posts = posts.where(Appointment.organisation_id == message.organisation_id)
    else:
        posts = posts.where(Appointment.office_id == message.office_id)
        posts = posts.where(Appointment.role == Role(message.role)) if message.role else posts
    return db.session.scalars(confirmed.where(MailAddress.user_id.in_(posts)).order_by(MailAddress.user_id)).all()


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
    )


def _own_mark(actor: Actor) -> ColumnElement[bool]:
    return and_(MessageRead.message_id == Message.id, MessageRead.user_id == (actor.user_id or 0))
