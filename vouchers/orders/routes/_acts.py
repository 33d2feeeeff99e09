"""What the pages of both sides do alike: receive a file, act once per press, say what was done."""

from collections.abc import Callable
from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import CombinedMultiDict, MultiDict

from vouchers.accounts.guards import current_actor
from vouchers.accounts.pressing import Done, Work, press_once, press_prepared
from vouchers.files import services as files
from vouchers.files.intake import take_in
from vouchers.files.rules import Upload
from vouchers.files.services import Owner, Received
from vouchers.files.states import ArchiveClass
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import now
from vouchers.orders import services
from vouchers.orders.forms import CancelForm, ChooseForm, OrderForm
from vouchers.orders.models import Order
from vouchers.orders.states import ORDERS, Side
from vouchers.web.fields import UploadField
from vouchers.web.forms import PressForm, sent_fields

Act = Callable[[Actor, datetime], Order]


def propose(
    forms: tuple[OrderForm, ChooseForm],
    voucher: Callable[[], str],
    *,
    side: Side,
    page: Callable[[str], str],
) -> ResponseReturnValue | None:
    """Propose what the forms say, the contract kept with it; `page` gives the address of the new order."""
    form, choose = forms
    at, actor = now(), current_actor()

    def prepare() -> Work:
        paper, chosen = received(form.contract), voucher()

        def work() -> Done:
            kept = keep(paper, actor=actor, at=at)
            new = form.to_order(chosen, str(choose.offering.data), contract_file_id=kept or 0)
            return done(services.propose(new, side=side, actor=actor, at=at), page)

        return work

    return press_prepared(forms, "order.propose", prepare, words=_("已提出订单。须对方确认的，确认后占用券面。"))


def act_once(
    form: PressForm | CancelForm, name: str, act: Act, *, page: Callable[[str], str]
) -> ResponseReturnValue | None:
    """Do an act once, however often its button is pressed; None when nothing was sent or it was refused."""
    at, actor = now(), current_actor()
    words = _("已办理：%(act)s。", act=_(ORDERS.label(name)))
    return press_once(form, f"order.{name}", lambda: done(act(actor, at), page), words=words)


def done(order: Order, page: Callable[[str], str]) -> Done:
    """An order as what came of a press."""
    return Done(page(order.public_id), [order], ["hold", "gross"])


def chosen_fields() -> MultiDict[str, str] | None:
    """The answers of the first step: in the address, and sent on with the terms."""
    fields = CombinedMultiDict([sent_fields(), request.args])
    return fields if fields.get("card_hours") else None


def linked() -> dict[str, str]:
    """The voucher and the service that a link to the form names; whatever else an address says fills no field."""
    return {name: request.args[name] for name in ("voucher", "offering") if name in request.args}


def received(field: UploadField) -> Received | None:
    """The file of a field, inspected and stored; nothing when none was chosen."""
    if field.data is None:
        return None
    return take_in(Upload(field.data.filename or "", field.content()), field=field.name)


def keep(paper: Received | None, *, actor: Actor, at: datetime) -> int | None:
    """Put a file on record as its sender's; the key of the record."""
    if paper is None:
        return None
    owner = Owner(organisation_id=actor.organisation_id)
    return files.keep(paper, owner=owner, archive_class=ArchiveClass.CASE, actor=actor, at=at).id
