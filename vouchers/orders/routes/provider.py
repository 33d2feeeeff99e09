"""订单, for the provider: propose by code, confirm, record usage, end."""

from datetime import datetime

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from vouchers.accounts.guards import current_actor, repeatable, requires
from vouchers.accounts.permissions import Permission
from vouchers.accounts.pressing import Done, Work, press_prepared
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.orders import queries, services, showing
from vouchers.orders.forms import CancelForm, ChooseByCodeForm, UsageForm
from vouchers.orders.models import Order
from vouchers.orders.queries import Payer
from vouchers.orders.routes import _acts as acts
from vouchers.orders.states import LABELS, OrderState, Side
from vouchers.web.forms import PressForm
from vouchers.web.wording import said

bp = Blueprint("orders_provider", __name__, url_prefix="/provider/orders")

_SIDE = Side.PROVIDER
_NO_VOUCHER = Finding("order.no_voucher", "没有这张券，请向持券单位核对券码。", field="voucher")


@bp.get("/")
@requires(Permission.ORDER_PROVIDER)
def list_orders() -> ResponseReturnValue:
    """订单: one's own."""
    page = queries.list_provider_own(current_actor().organisation_id, request.args)
    states = [(state, LABELS[state]) for state in OrderState]
    values = {"page": page, "states": states, "side": _SIDE, "said": showing.state_name, "tones": showing.TONES}
    return render_template("orders/provider/list_orders.html", **values)


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.ORDER_PROVIDER)
@repeatable
def propose_order() -> ResponseReturnValue:
    """凭券码提出订单: first whose voucher and how much, then the terms of the contract."""
    choose = _choose_form()
    form = acts.order_form(lambda: _payer(choose))
    done = acts.propose((form, choose), lambda: _payer(choose).public_id, side=_SIDE, page=_page)
    if done is not None:
        return done
    offering = acts.answered(choose, form)
    voucher = _voucher_of(choose) if offering else None
    chosen = []
    if offering and voucher and acts.fits(choose, form, voucher, offering):
        chosen = _chosen(choose, voucher)
    page = render_template("orders/provider/propose_order.html", choose=choose, form=form, chosen=chosen)
    return page, form.status


@bp.get("/<public_id>")
@requires(Permission.ORDER_PROVIDER)
def show_order(public_id: str) -> ResponseReturnValue:
    """One order: terms, hold, usage, and what may be done now."""
    return _order_page(public_id, PressForm(formdata=None))


@bp.post("/<public_id>/confirm")
@requires(Permission.ORDER_PROVIDER)
@repeatable
def confirm_order(public_id: str) -> ResponseReturnValue:
    """确认企业提出的订单: part of the voucher is held."""
    form = PressForm()

    def act(actor: Actor, at: datetime) -> Order:
        return services.confirm(public_id, side=_SIDE, actor=actor, at=at, seen_version=form.seen_version.data)

    return acts.act_once(form, "confirm", act, page=_page) or _order_page(public_id, form)


@bp.route("/<public_id>/complete", methods=["GET", "POST"])
@requires(Permission.ORDER_PROVIDER)
@repeatable
def complete_order(public_id: str) -> ResponseReturnValue:
    """完成: what goes back, then the act."""
    form = PressForm(seen_version=_own(public_id).version)

    def act(actor: Actor, at: datetime) -> Order:
        return services.complete(public_id, side=_SIDE, actor=actor, at=at, seen_version=form.seen_version.data)

    done = acts.act_once(form, "complete", act, page=_page)
    if done is not None:
        return done
    shown = showing.shown(_own(public_id), _SIDE)
    return render_template("orders/provider/complete_order.html", form=form, shown=shown), form.status


@bp.route("/<public_id>/cancel", methods=["GET", "POST"])
@requires(Permission.ORDER_PROVIDER)
@repeatable
def cancel_order(public_id: str) -> ResponseReturnValue:
    """取消: what goes back, then the act with its reason."""
    form = CancelForm(seen_version=_own(public_id).version)

    def act(actor: Actor, at: datetime) -> Order:
        why, seen = str(form.reason.data), form.seen_version.data
        return services.cancel(public_id, why, side=_SIDE, actor=actor, at=at, seen_version=seen)

    done = acts.act_once(form, "cancel", act, page=_page)
    if done is not None:
        return done
    shown = showing.shown(_own(public_id), _SIDE)
    return render_template("orders/provider/cancel_order.html", form=form, shown=shown), form.status


@bp.route("/<public_id>/usage", methods=["GET", "POST"])
@requires(Permission.ORDER_PROVIDER)
@repeatable
def record_usage(public_id: str) -> ResponseReturnValue:
    """填报用量、填报交付: the first statement begins the service."""
    form = UsageForm.by(_own(public_id).offering.unit)
    words = _("已填报，待企业确认。")
    done = press_prepared([form], "usage.record", lambda: _recording(public_id, form), words=words)
    if done is not None:
        return done
    shown = showing.shown(_own(public_id), _SIDE)
    return render_template("orders/provider/record_usage.html", shown=shown, form=form), form.status


def _recording(public_id: str, form: UsageForm) -> Work:
    at, actor = now(), current_actor()
    paper = acts.received(form.file)

    def work() -> Done:
        unit = _own(public_id).offering.unit
        usage = form.to_usage(unit, acts.keep(paper, actor=actor, at=at))
        services.record_usage(public_id, usage, actor=actor, at=at)
        return acts.done(_own(public_id), _page)

    return work


def _choose_form() -> ChooseByCodeForm:
    """The first step, its list filled; the second step carries its answers on."""
    choose = ChooseByCodeForm(acts.chosen_fields(), data=acts.linked())
    offers = queries.own_offers(current_actor().organisation_id, on=today())
    choose.offering.choices = [
        SelectChoice(offer.public_id, f"{offer.name} · {showing.price(offer.price, offer.unit)}") for offer in offers
    ]
    return choose


def _voucher_of(choose: ChooseByCodeForm) -> Payer | None:
    """Whose voucher the code names; without one the field says so."""
    try:
        return _payer(choose)
    except RuleViolation as violation:
        choose.report(violation.findings)
        return None


def _payer(choose: ChooseByCodeForm) -> Payer:
    try:
        return queries.voucher_of_code(str(choose.voucher.data))
    except NotFound:
        raise RuleViolation([_NO_VOUCHER]) from None


def _chosen(choose: ChooseByCodeForm, voucher: Payer) -> list[tuple[str, str]]:
    """Whose voucher it is, and what was chosen, in words."""
    words = {str(one.value): str(one.label) for one in choose.offering.choices}
    until = _("%(first)s 至 %(last)s", first=voucher.valid_from.isoformat(), last=voucher.valid_until.isoformat())
    return [
        (_("持券单位"), voucher.enterprise.organisation.name),
        (_("券种"), said(queries.kind_name(voucher))),
        (_("用法"), _(queries.usage_of(voucher))),
        (_("有效期"), until),
        *([(_("剩余数量"), showing.left(voucher, 0))] if voucher.units is not None else []),
        (_("服务"), words[choose.offering.data]),
    ]


def _order_page(public_id: str, form: PressForm) -> ResponseReturnValue:
    shown = showing.shown(_own(public_id), _SIDE)
    return render_template("orders/provider/show_order.html", shown=shown, form=form, labels=LABELS), form.status


def _own(public_id: str) -> Order:
    return queries.get_provider_own(public_id, current_actor().organisation_id)


def _page(public_id: str) -> str:
    return url_for("orders_provider.show_order", public_id=public_id)
