"""The inbox: one for all audiences, since everybody only sees their own."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now
from vouchers.messages import queries, services
from vouchers.messages.queries import Received
from vouchers.messages.texts import text_of
from vouchers.web.display import own_address

bp = Blueprint("messages_inbox", __name__, url_prefix="/messages")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message with its text in the reader's language: the first line is the subject."""

    message: Received
    subject: str
    body: str


@bp.get("/")
@requires(Permission.ACCOUNT_SELF)
def inbox() -> ResponseReturnValue:
    """站内信: the newest first."""
    page = queries.inbox_of(current_actor(), request.args)
    shown = page.showing([_shown(message) for message in page.rows])
    return render_template("messages/inbox/inbox.html", page=shown, has_unread=unread_messages() > 0)


@bp.post("/<public_id>/open")
@requires(Permission.ACCOUNT_SELF)
def open_message(public_id: str) -> ResponseReturnValue:
    """Mark a message as read and go on to what it is about."""
    with transaction():
        link = services.mark_read(public_id, actor=current_actor(), at=now())
    return redirect(own_address(link) or url_for(".inbox"), 303)


@bp.post("/read")
@requires(Permission.ACCOUNT_SELF)
def read_all() -> ResponseReturnValue:
    """Mark all as read."""
    with transaction():
        services.mark_all_read(actor=current_actor(), at=now())
    flash(_("已全部标为已读。"), "success")
    return redirect(url_for(".inbox"), 303)


@bp.app_template_global("unread_messages")
def unread_messages() -> int:
    """How many messages the reader has not seen; for the head of each page."""
    actor = current_actor()
    return queries.unread_count(actor) if actor.permissions else 0


def _shown(message: Received) -> Shown:
    subject, body = text_of(message.code, message.params)
    return Shown(message, subject, body)
