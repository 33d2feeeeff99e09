"""What the pages of both sides do alike: receive a file, act once per press, say what was done."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

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
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.orders import queries, rules, services
from vouchers.orders.forms import CancelForm, ChooseForm, OrderForm
from vouchers.orders.models import Order
from vouchers.orders.queries import Ordered, Payer
from vouchers.orders.states import ORDERS, Side
from vouchers.providers.states import LABELS
from vouchers.providers.units import counted
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
            offering = queries.offering_of(str(choose.offering.data))
            new = form.to_order(chosen, offering, contract_file_id=kept or 0)
            return done(services.propose(new, side=side, actor=actor, at=at), page)

        return work

    return press_prepared(forms, "order.propose", prepare, words=_("已提出订单。须对方确认的，确认后占用券面。"))


def order_form(voucher: Callable[[], Payer]) -> OrderForm:
    """The terms of the contract; how much a voucher pays is not asked of one in kind, which pays the whole price."""
    form = OrderForm()
    try:
        chosen = voucher()
    except (NotFound, RuleViolation):  # the first step says what is wrong with it
        return form
    if chosen.units is not None:
        del form.hold
    return form


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
    return fields if fields.get("quantity") else None


def answered(choose: ChooseForm, form: OrderForm) -> Ordered | None:
    """The service of the first step, when all of that step holds; the second is then asked in its unit.

    Terms that were sent stay on the page beside a quantity that is wrong.
    """
    if not choose.quantity.raw_data and not form.is_submitted():
        return None
    holds = choose.validate() or (form.is_submitted() and set(choose.errors) <= {"quantity"})
    offering = queries.offering_of(str(choose.offering.data)) if holds else None
    if offering is not None and not form.is_submitted():
        try:
            prefill(form, choose, offering)
        except RuleViolation as violation:
            choose.report(violation.findings)
            return None
    if offering is not None:
        form.quantity.unit = LABELS[offering.unit]
    return offering


def fits(choose: ChooseForm, form: OrderForm, voucher: Payer, offering: Ordered) -> bool:
    """Whether the voucher can pay for the service now; the first step says why not, and terms that were sent stay."""
    if form.is_submitted():
        return True
    choose.report(rules.choice_findings(queries.grounds_of(voucher, offering, on=today()), today()))
    return not choose.errors


def prefill(form: OrderForm, choose: ChooseForm, offering: Ordered) -> None:
    """Quantity, rate and the catalogue's amounts, to be compared with the contract.

    Raises RuleViolation where the unit cannot be divided so.
    """
    quantity, rate = counted(choose.quantity.data or Decimal(0), offering.unit), choose.tax_rate.data or 0
    form.quantity.data, form.tax_rate.data = choose.quantity.data, rate
    form.net.data, form.tax.data, form.gross.data = rules.prefilled(quantity, offering.price, rate, offering.unit)


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
