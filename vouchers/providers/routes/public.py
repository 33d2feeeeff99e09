"""服务商注册 and 服务商名录: open to everybody."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from vouchers.accounts.cookies import carry, this_way
from vouchers.accounts.guards import current_actor, public
from vouchers.accounts.services import count_try, open_session
from vouchers.config import PasswordProfile
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.parties.rules import REGISTER_LIMIT
from vouchers.parties.uploads import received
from vouchers.providers import queries, rules, services
from vouchers.providers.forms import RegistrationForm, percent_text
from vouchers.providers.states import LABELS, TONES, OfferingKind, Precision, Unit

bp = Blueprint("providers_public", __name__)


@bp.route("/register/provider", methods=["GET", "POST"])
@public
def register() -> ResponseReturnValue:
    """服务商注册: the organisation, the person, the account; signed in at once."""
    form = RegistrationForm()
    if form.validate_on_submit():
        try:
            _register(form)
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("注册成功。请上传入库材料并提交入库申请。"), "success")
            return redirect(url_for("providers_provider.show_profile"), 303)
    return render_template("providers/public/register.html", form=form), form.status


@bp.get("/catalogue")
@public
def list_offerings() -> ResponseReturnValue:
    """服务商名录: compare by kind, unit, price and region; card-hours by card, precision and green share too."""
    return render_template(
        "providers/public/list_offerings.html",
        page=queries.catalogue_page(request.args, on=today()),
        regions=[(region, region) for region in queries.catalogue_regions()],
        labels=LABELS,
        kinds=[(kind.value, LABELS[kind]) for kind in OfferingKind],
        units=[(unit.value, LABELS[unit]) for unit in Unit],
        precisions=[(precision.value, LABELS[precision]) for precision in Precision],
        percent=percent_text,
    )


@bp.get("/catalogue/<public_id>")
@public
def show_offering(public_id: str) -> ResponseReturnValue:
    """One entry: what it says, and what it cost before."""
    entry = queries.offering(public_id)
    return render_template(
        "providers/public/show_offering.html",
        entry=entry,
        history=queries.price_history(entry.id),
        per_pflops=rules.price_per_pflops_hour(entry.price, entry.gflops_per_card),
        is_available=queries.is_available(entry, on=today()),
        labels=LABELS,
        percent=percent_text,
    )


@bp.get("/providers/<public_id>")
@public
def show_provider(public_id: str) -> ResponseReturnValue:
    """One provider: admission and what it offers."""
    provider = queries.get_public(public_id)
    return render_template(
        "providers/public/show_provider.html",
        provider=provider,
        admission=queries.current_admission(provider.id),
        kinds=[LABELS[kind] for kind in queries.kinds_admitted(provider.id, on=today())],
        rows=queries.offerings_of(provider.id, on=today()),
        labels=LABELS,
        tone=TONES[provider.state],
        percent=percent_text,
    )


def _register(form: RegistrationForm) -> None:
    """Count the try, keep the papers, register, and let the person in."""
    actor, at = current_actor(), now()
    with transaction():
        wait = count_try(REGISTER_LIMIT, f"address {actor.address}", at=at)
    if wait:
        raise TooManyRequests(retry_after=wait)
    needs_classes = current_app.config["SETTINGS"].password_profile is PasswordProfile.DENGBAO
    new = form.to_registration(received(form.licence), received(form.letter), needs_classes=needs_classes)
    with transaction():
        registered = services.register(new, actor=actor, at=at)
        token = open_session(registered.user_id, this_way(), actor=actor, at=at)
    carry(token)
