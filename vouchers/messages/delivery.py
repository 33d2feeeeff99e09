"""Messages on their way to mailboxes: handed out to those who want mails, then sent one by one by jobs.

Leases, repeats and giving up are the jobs'. A worker that dies after the server took a letter sends it once more, under
the same number.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeTimedSerializer

from vouchers.audit.queries import restoration_under_way
from vouchers.config import Settings
from vouchers.jobs import services as jobs
from vouchers.jobs.registry import Hopeless, JobKind
from vouchers.kernel.actor import Actor
from vouchers.kernel.canonical import digest
from vouchers.kernel.clock import now
from vouchers.kernel.faults import fault
from vouchers.messages import queries, services
from vouchers.messages.mail import Letter, send
from vouchers.messages.queries import Mailbox
from vouchers.messages.texts import text_of

TOO_OLD = timedelta(days=3)  # what lay so long before mail was set up is not sent after all
CONFIRM_WITHIN = timedelta(days=1)
_PORTION = 50


def hand_out(*, actor: Actor, at: datetime) -> int:  # noqa: ARG001  a sweep is handed both
    """Ask for a mail to each reader of the next messages who gave an address; returns how many messages."""
    if not _settings().smtp_url or restoration_under_way():
        return 0  # after a restore nothing leaves the house before the bank was compared
    found = services.lock_next_to_hand_out(_PORTION, at=at)
    for message in found:
        if at - message.at > TOO_OLD:
            continue
        for user_id in queries.mailboxes_for(message, at=at):
            payload = {"message": message.id, "user": user_id}
            jobs.enqueue(MAIL.name, f"{message.public_id}:{user_id}", payload=payload, at=at)
    return len(found)


def ask_to_confirm(user_id: int, *, at: datetime) -> None:
    """Ask for the letter by which a user shows that a mailbox is theirs."""
    jobs.enqueue(CONFIRM.name, f"{user_id}:{at.isoformat()}", payload={"user": user_id}, at=at)


def confirmation_token(user_id: int, address: str) -> str:
    """What the letter's link holds: good for one day, for this user and this address only."""
    return _serializer().dumps(_claim(user_id, address))


def is_confirmation(token: str, user_id: int, address: str) -> bool:
    """Whether a token is the one that was sent to this address for this user."""
    try:
        claim = _serializer().loads(token, max_age=int(CONFIRM_WITHIN.total_seconds()))
    except BadSignature:
        return False
    return bool(claim == _claim(user_id, address))


def _send_message(payload: Mapping[str, Any]) -> None:
    mailbox, message = queries.mailbox_of(payload["user"]), queries.message_of(payload["message"])
    if mailbox is None or not mailbox.is_confirmed:
        return  # taken back meanwhile
    private = queries.private_link(message.params)
    with force_locale(mailbox.locale):
        subject, body = text_of(message.code, message.params)
        link = _base(mailbox) + (private or message.link)
        where = link if private else gettext("请登录后办理：%(url)s", url=link)
        why = gettext("您在账号里登记了这个邮箱，因此收到本邮件。请勿回复。")
    words = "\n\n".join(part for part in (body, where, why) if part)
    _send(Letter(f"{message.public_id}.{payload['user']}", mailbox.address, subject, words, message.at))


def _send_confirmation(payload: Mapping[str, Any]) -> None:
    mailbox, at = queries.mailbox_of(payload["user"]), now()
    if mailbox is None or mailbox.is_confirmed:
        return
    token = confirmation_token(payload["user"], mailbox.address)
    with force_locale(mailbox.locale):
        subject = gettext("请确认您的邮箱")
        words = gettext(
            "有人在算力券服务平台的账号里填写了这个邮箱。是您本人的，请在一天内打开下面的地址确认；不是，请忽略本邮件。"
        )
    letter = f"{words}\n\n{_base(mailbox)}/messages/mail/confirm?token={token}"
    _send(Letter(f"confirm.{payload['user']}.{int(at.timestamp())}", mailbox.address, subject, letter, at))


def _send(letter: Letter) -> None:
    settings = _settings()
    if not settings.smtp_url:
        raise Hopeless("没有设置 SMTP_URL")
    fault("mail.before")
    send(letter, server=settings.smtp_url, sender=settings.mail_from)
    fault("mail.sent")


def _base(mailbox: Mailbox) -> str:
    settings = _settings()
    return settings.office_url if mailbox.is_staff and settings.office_url else settings.public_url


def _claim(user_id: int, address: str) -> str:
    return digest([user_id, address])


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_settings().derived_key("mail-address"))


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _nothing_left(payload: Mapping[str, Any], prepared: Any, *, actor: Actor, at: datetime) -> None:
    """The letter is with the mail server; that the job is done is all there is to write."""


MAIL = JobKind("mail", _nothing_left, prepare=_send_message, label=_l("寄出邮件"))
CONFIRM = JobKind("confirm-mailbox", _nothing_left, prepare=_send_confirmation, label=_l("寄出邮箱确认"))
