"""订单, for the enterprise: propose, confirm, follow the usage, end."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from vouchers.accounts.guards import current_actor, repeatable, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import now, today
from vouchers.orders import queries, services, showing
from vouchers.orders.forms import CancelForm, ChooseForm
from vouchers.orders.models import Order
from vouchers.orders.queries import Payer
from vouchers.orders.routes import _acts as acts
from vouchers.orders.states import LABELS, OrderState, Side
from vouchers.web.forms import ConfirmForm, PressForm
from vouchers.web.wording import said

bp = Blueprint("orders_enterprise", __name__, url_prefix="/enterprise/orders")

_SIDE = Side.ENTERPRISE


@bp.get("/")
@requires(Permission.ORDER_ENTERPRISE)
def list_orders() -> ResponseReturnValue:
    """订单: one's own."""
    page = queries.list_own(current_actor().organisation_id, request.args)
    states = [(state, LABELS[state]) for state in OrderState]
    values = {"page": page, "states": states, "side": _SIDE, "said": showing.state_name, "tones": showing.TONES}
    return render_template("orders/enterprise/list_orders.html", **values)


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.ORDER_ENTERPRISE)
@repeatable
def propose_order() -> ResponseReturnValue:
    """用券下单: first what and how much, then the terms of the contract."""
    choose = _choose_form()
    form = acts.order_form(lambda: _voucher_of(choose))
    done = acts.propose((form, choose), lambda: str(choose.voucher.data), side=_SIDE, page=_page)
    if done is not None:
        return done
    offering = acts.answered(choose, form)
    chosen = _chosen(choose) if offering and acts.fits(choose, form, _voucher_of(choose), offering) else []
    page = render_template("orders/enterprise/propose_order.html", choose=choose, form=form, chosen=chosen)
    return page, form.status


@bp.get("/<public_id>")
@requires(Permission.ORDER_ENTERPRISE)
def show_order(public_id: str) -> ResponseReturnValue:
    """One order: terms, hold, usage, and what may be done now."""
    return _order_page(public_id, PressForm(formdata=None))


@bp.post("/<public_id>/confirm")
@requires(Permission.ORDER_ENTERPRISE)
@repeatable
def confirm_order(public_id: str) -> ResponseReturnValue:
    """确认服务商提出的订单: part of the voucher is held."""
    form = PressForm()

    def act(actor: Actor, at: datetime) -> Order:
        return services.confirm(public_id, side=_SIDE, actor=actor, at=at, seen_version=form.seen_version.data)

    return acts.act_once(form, "confirm", act, page=_page) or _order_page(public_id, form)


@bp.route("/<public_id>/complete", methods=["GET", "POST"])
@requires(Permission.ORDER_ENTERPRISE)
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
    return render_template("orders/enterprise/complete_order.html", form=form, shown=shown), form.status


@bp.route("/<public_id>/cancel", methods=["GET", "POST"])
@requires(Permission.ORDER_ENTERPRISE)
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
    return render_template("orders/enterprise/cancel_order.html", form=form, shown=shown), form.status


@bp.post("/<public_id>/usage/<usage_id>/confirm")
@requires(Permission.ORDER_ENTERPRISE)
def confirm_usage(public_id: str, usage_id: str) -> ResponseReturnValue:
    """确认用量、确认交付: what was recorded is what was received."""
    _own(public_id)
    if ConfirmForm().validate_on_submit():
        with transaction():
            services.confirm_usage(usage_id, actor=current_actor(), at=now())
        flash(_("已确认，可以据此核销。"), "success")
    return redirect(_page(public_id), 303)


def _choose_form() -> ChooseForm:
    """The first step, its lists filled; the second step carries its answers on."""
    organisation_id = current_actor().organisation_id
    choose = ChooseForm(acts.chosen_fields(), data=acts.linked())
    own = queries.spendable(organisation_id, on=today())
    words = [
        (one.public_id, " · ".join((one.number, said(queries.kind_name(one)), showing.left(one, left))))
        for one, left in own
    ]
    choose.voucher.choices = [SelectChoice(*word) for word in words]
    offers = {offer.public_id: offer for one, _left in own for offer in queries.offers(one, on=today())}
    choose.offering.choices = [
        SelectChoice(key, f"{offer.name} · {offer.provider_name} · {showing.price(offer.price, offer.unit)}")
        for key, offer in offers.items()
    ]
    return choose


def _chosen(choose: ChooseForm) -> list[tuple[str, str]]:
    """The answers of the first step in words."""
    words = {str(one.value): str(one.label) for field in (choose.voucher, choose.offering) for one in field.choices}
    voucher = _voucher_of(choose)
    return [
        (_("使用的券"), words[choose.voucher.data]),
        (_("用法"), _(queries.usage_of(voucher))),
        (_("服务"), words[choose.offering.data]),
    ]


def _voucher_of(choose: ChooseForm) -> Payer:
    return queries.own_voucher(str(choose.voucher.data), current_actor().organisation_id)


def _order_page(public_id: str, form: PressForm) -> ResponseReturnValue:
    shown = showing.shown(_own(public_id), _SIDE)
    return render_template("orders/enterprise/show_order.html", shown=shown, form=form, labels=LABELS), form.status


def _own(public_id: str) -> Order:
    return queries.get_own(public_id, current_actor().organisation_id)


def _page(public_id: str) -> str:
    return url_for("orders_enterprise.show_order", public_id=public_id)
