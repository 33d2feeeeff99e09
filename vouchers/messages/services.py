"""Leave messages and mark them as read. A message is a code with parameters; texts stand in `templates/messages`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, text

from vouchers.accounts.states import Role
from vouchers.audit import watch
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.columns import Instant, seal
from vouchers.db.writing import send
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound, NotPermitted
from vouchers.kernel.faults import fault
from vouchers.kernel.identifiers import new_public_id
from vouchers.messages import queries
from vouchers.messages.models import MailAddress, Message, MessageRead
from vouchers.messages.queries import PRIVATE

watch.EXEMPT.update({Message.__tablename__, MessageRead.__tablename__})

_INSERT = insert(Message.__table__)  # type: ignore[arg-type]
_SEEN = text(
    "INSERT INTO message_reads (message_id, user_id, read_at) VALUES (:message, :user, :at)"
    " ON CONFLICT (message_id, user_id) DO NOTHING"
).bindparams(bindparam("at", type_=Instant))


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


def enqueue(
    code: str,
    params: Mapping[str, str | int],
    *,
    to: Recipient,
    at: datetime,
    link: str = "",
    private_link: str = "",
) -> None:
    """Leave a message in the act's own transaction; `link` is the page where the reader goes on.

    A `private_link` is itself the proof of who opens it: it is sealed in the row, goes to the person's own mailbox
    only, and never stands in the inbox, where whoever sits at an open session would find it.
    """
    fault("message.before")
    row = {
        "user_id": to.user_id,
        "organisation_id": to.organisation_id,
        "office_id": to.office_id,
        "role": to.role.value if to.role else "",
        "code": code,
        "params": {**params, PRIVATE: seal(private_link)} if private_link else dict(params),
        "link": link,
        "at": at,
        "public_id": new_public_id(),
    }
    send(_INSERT, row)
    fault("message.left")


def lock_next_to_hand_out(portion: int, *, at: datetime) -> Sequence[Message]:
    """Take the oldest messages that nobody handed out yet; they count as handed out from now on."""
    waiting = select(Message).where(Message.handed_out_at.is_(None)).order_by(Message.id).limit(portion)
    found = db.session.scalars(waiting.with_for_update(skip_locked=True)).all()
    for message in found:
        message.handed_out_at = at
    return found


def give_address(address: str, *, actor: Actor, at: datetime) -> None:
    """Name the mailbox of one's own account; nothing is sent there but the question whether it is theirs."""
    user_id = _own(actor)
    held = db.session.get(MailAddress, user_id, with_for_update=True, populate_existing=True)
    if held is None:
        db.session.add(MailAddress(user_id=user_id, address=address, given_at=at))
    else:
        held.address, held.given_at, held.confirmed_at = address, at, None
    record("give_mail_address", Subject("user", str(user_id)), actor=actor, at=at)


def confirm_address(*, actor: Actor, at: datetime) -> None:
    """Note that the letter to one's mailbox was answered."""
    held = db.session.get(MailAddress, _own(actor), with_for_update=True, populate_existing=True)
    if held is None:
        raise NotFound("no mail address")
    held.confirmed_at = at
    record("confirm_mail_address", Subject("user", str(held.user_id)), actor=actor, at=at)


def remove_address(*, actor: Actor, at: datetime) -> None:
    """Take the mailbox back: no mail is sent any more, what waits is dropped."""
    held = db.session.get(MailAddress, _own(actor), with_for_update=True)
    if held is None:
        return  # taken back already
    db.session.delete(held)
    record("remove_mail_address", Subject("user", str(held.user_id)), actor=actor, at=at)


def mark_read(public_id: str, *, actor: Actor, at: datetime) -> str:
    """Remember that the reader saw a message; returns its link."""
    found = db.session.execute(
        select(Message.id, Message.link).where(Message.public_id == public_id, queries.addressed_to(actor))
    ).one_or_none()
    if found is None:
        raise NotFound(f"message {public_id}")
    send(_SEEN, {"message": found.id, "user": actor.user_id, "at": at})
    return str(found.link)


def mark_all_read(*, actor: Actor, at: datetime) -> None:
    """Remember that the reader saw all messages, also those that no page has shown."""
    seen = [{"message": one, "user": actor.user_id, "at": at} for one in queries.unread_ids(actor)]
    if seen:
        send(_SEEN, seen)


def _own(actor: Actor) -> int:
    if actor.user_id is None:
        raise NotPermitted("only an account has a mailbox")
    return actor.user_id
