"""What the pages of both sides do alike: receive a file, act once per press, say what was done."""

from collections.abc import Callable
from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor
from vouchers.accounts.pressing import do_once, press_once
from vouchers.files import services as files
from vouchers.files.intake import take_in
from vouchers.files.rules import Upload
from vouchers.files.services import Owner, Received
from vouchers.files.states import ArchiveClass
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import now
from vouchers.orders import services
from vouchers.orders.forms import CancelForm, OrderForm
from vouchers.orders.states import ORDERS, Side
from vouchers.web.fields import UploadField
from vouchers.web.forms import PressForm

Act = Callable[[Actor, datetime], object]


def propose(
    form: OrderForm, voucher: str, offering: str, *, side: Side, page: Callable[[str], str]
) -> ResponseReturnValue:
    """Propose what the form says, its contract kept with it; `page` gives the address of the new order."""
    at, actor = now(), current_actor()
    paper = received(form.contract)

    def work() -> str:
        kept = keep(paper, actor=actor, at=at)
        new = form.to_order(voucher, offering, contract_file_id=kept or 0)
        return page(services.propose(new, side=side, actor=actor, at=at).public_id)

    return do_once(form, "order.propose", work, words=_("已提出订单，待对方确认。确认后占用券面。"))


def act_once(form: PressForm | CancelForm, name: str, act: Act, *, back: str) -> ResponseReturnValue | None:
    """Do an act once, however often its button is pressed; None when nothing was sent or it was refused."""
    at, actor = now(), current_actor()

    def work() -> str:
        act(actor, at)
        return back

    return press_once(form, f"order.{name}", work, words=_("已办理：%(act)s。", act=_(ORDERS.label(name))))


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
