"""接收邮件: where one's messages are sent besides the inbox; for every account."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.config import Settings
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now
from vouchers.messages import delivery, queries, services
from vouchers.messages.forms import ConfirmForm, MailboxForm
from vouchers.messages.queries import Mailbox

bp = Blueprint("messages_mail", __name__, url_prefix="/messages/mail")


@bp.route("/", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_SELF)
def choose_mailbox() -> ResponseReturnValue:
    """接收邮件: name a mailbox; it is used once its owner confirms it from there."""
    actor, mailbox = current_actor(), _own_mailbox()
    form = MailboxForm(address=mailbox.address if mailbox else "")
    settings: Settings = current_app.config["SETTINGS"]
    is_served = bool(settings.smtp_url)
    if is_served and form.validate_on_submit():
        with transaction():
            services.give_address(form.address.data, actor=actor, at=now())
            delivery.ask_to_confirm(actor.user_id or 0, at=now())
        flash(_("确认邮件已寄出。请在一天内打开邮件里的地址确认；没有收到，请查看垃圾邮件或重新填写。"), "success")
        return redirect(url_for(".choose_mailbox"), 303)
    page = "messages/mail/choose_mailbox.html"
    return render_template(page, form=form, mailbox=mailbox, is_served=is_served), form.status


@bp.route("/confirm", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_SELF)
def confirm_mailbox() -> ResponseReturnValue:
    """确认邮箱: the letter's link leads here; programs that open links by themselves change nothing."""
    mailbox, actor = _own_mailbox(), current_actor()
    form = ConfirmForm(token=request.args.get("token", ""))
    is_good = mailbox is not None and delivery.is_confirmation(
        form.token.data or "", actor.user_id or 0, mailbox.address
    )
    if form.validate_on_submit() and is_good:
        with transaction():
            services.confirm_address(actor=actor, at=now())
        flash(_("邮箱已确认，以后的消息会同时寄到这里。"), "success")
        return redirect(url_for(".choose_mailbox"), 303)
    return render_template("messages/mail/confirm_mailbox.html", form=form, mailbox=mailbox, is_good=is_good)


@bp.post("/remove")
@requires(Permission.ACCOUNT_SELF)
def remove_mailbox() -> ResponseReturnValue:
    """Stop mails to this account."""
    with transaction():
        services.remove_address(actor=current_actor(), at=now())
    flash(_("已停止接收邮件，站内信照常。"), "success")
    return redirect(url_for(".choose_mailbox"), 303)


def _own_mailbox() -> Mailbox | None:
    user_id = current_actor().user_id
    if user_id is None:
        abort(403)
    return queries.mailbox_of(user_id)
