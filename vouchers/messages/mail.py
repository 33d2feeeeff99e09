"""E-mail by SMTP: one letter made and handed to the mail server of the setting SMTP_URL."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from vouchers.jobs.registry import Hopeless

TIMEOUT_SECONDS = 20
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_FOR_GOOD = range(550, 560)  # answers of a mail server that say: never, not only now


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one address. The number is the same however often it is sent, so that a mailbox can tell."""

    number: str
    to: str
    subject: str
    body: str
    at: datetime


def send(letter: Letter, *, server: str, sender: str) -> None:
    """Hand it over; Hopeless when the server will never take it, another error when it may later."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<{letter.number}@{sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    try:
        with _connected(server) as connection:
            connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        code = next(iter(refused.recipients.values()))[0]
        raise _failure(code) from None  # its own words hold the address
    except smtplib.SMTPResponseException as refused:
        raise _failure(refused.smtp_code) from None


def _failure(code: int) -> Exception:
    words = f"邮件服务器答复 {code}"
    return Hopeless(words) if code in _FOR_GOOD else OSError(words)


@contextmanager
def _connected(server: str) -> Iterator[smtplib.SMTP]:
    parts = urlsplit(server)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    secure = ssl.create_default_context()
    if parts.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=secure)
    else:
        connection = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    with connection:
        if parts.scheme == "smtp+starttls":
            connection.starttls(context=secure)
        if parts.username:
            connection.login(unquote(parts.username), unquote(parts.password or ""))
        yield connection
