"""核销: a provider finds what a voucher may be charged with, hands in papers, sees the checks, submits, follows."""

from datetime import timedelta

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from vouchers.accounts import services as accounts
from vouchers.accounts.guards import current_actor, repeatable, requires
from vouchers.accounts.permissions import Permission
from vouchers.accounts.pressing import press_prepared
from vouchers.accounts.rules import Limit
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.kernel.clock import now
from vouchers.kernel.errors import NotFound
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.orders import queries as orders
from vouchers.orders.models import Order
from vouchers.parties import queries as parties
from vouchers.redemption import display, queries
from vouchers.redemption.forms import CodeForm, RedLetterForm
from vouchers.redemption.routes._claiming import drafted, first_form, form_again, revised, submitted, withdrawn
from vouchers.redemption.routes._red_letters import recorded
from vouchers.redemption.states import LABELS
from vouchers.web.forms import PressForm

bp = Blueprint("redemption_provider", __name__, url_prefix="/provider")

_CODE_LIMIT = Limit("voucher-code", 20, timedelta(minutes=1))


@bp.get("/claims")
@requires(Permission.CLAIM_SUBMIT)
def list_claims() -> ResponseReturnValue:
    """核销: one's own claims, the newest first."""
    page = queries.list_own(current_actor().organisation_id, request.args.to_dict())
    return render_template("redemption/provider/list_claims.html", page=page, labels=LABELS, tags=display.TAGS)


@bp.route("/claims/find", methods=["GET", "POST"])
@requires(Permission.CLAIM_SUBMIT)
def find_voucher() -> ResponseReturnValue:
    """输入券码: what may be charged; an unknown code and somebody else's voucher look the same."""
    form, found = CodeForm(), None
    if form.validate_on_submit():
        _count_try()
        found = _chargeable(form.code.data)
        if not found:
            form.complain(_("没有找到您可以核销的订单。请核对券码；订单须经双方确认后才占用券额。"))
    return render_template("redemption/provider/find_voucher.html", form=form, found=found or []), form.status


@bp.route("/claims/new/<order_id>", methods=["GET", "POST"])
@requires(Permission.CLAIM_SUBMIT)
@repeatable
def new_claim(order_id: str) -> ResponseReturnValue:
    """上传材料: the papers are read and checked; nothing is taken until the claim is submitted."""
    order = queries.payable_order(order_id, current_actor().organisation_id)
    form = first_form(order)
    done = press_prepared([form], "claim.draft", lambda: drafted(form, order_id))
    if done is not None:
        return done
    held = ledger.balance_of(AccountKind.HELD, order.public_id)
    return render_template("redemption/provider/new_claim.html", form=form, order=order, held=held), form.status


@bp.route("/claims/<public_id>/revise", methods=["GET", "POST"])
@requires(Permission.CLAIM_SUBMIT)
@repeatable
def revise_claim(public_id: str) -> ResponseReturnValue:
    """修改: what is not handed in again stays as it was."""
    claim = queries.get_own(public_id, current_actor().organisation_id)
    form = form_again(claim)
    done = press_prepared([form], "claim.revise", lambda: revised(form, claim))
    if done is not None:
        return done
    return render_template("redemption/provider/revise_claim.html", form=form, claim=claim), form.status


@bp.get("/claims/<public_id>")
@requires(Permission.CLAIM_SUBMIT)
def show_claim(public_id: str) -> ResponseReturnValue:
    """核对: the invoice as it reads, every check by colour, the amount, and what happens next."""
    return _claim_page(public_id, PressForm())


@bp.post("/claims/<public_id>/submit")
@requires(Permission.CLAIM_SUBMIT)
@repeatable
def submit_claim(public_id: str) -> ResponseReturnValue:
    """提交核销: hold, quota and evidence are taken."""
    form = PressForm()
    done = submitted(form, public_id)
    return _claim_page(public_id, form) if done is None else done


@bp.post("/claims/<public_id>/withdraw")
@requires(Permission.CLAIM_SUBMIT)
@repeatable
def withdraw_claim(public_id: str) -> ResponseReturnValue:
    """撤回: what was taken is given back."""
    form = PressForm()
    done = withdrawn(form, public_id)
    return _claim_page(public_id, form) if done is None else done


@bp.route("/red-letters", methods=["GET", "POST"])
@requires(Permission.CLAIM_SUBMIT)
@repeatable
def list_red_letters() -> ResponseReturnValue:
    """红字发票: one's own, and the form to put another on record."""
    form, own = RedLetterForm(seen_version=0), parties.organisation(current_actor().organisation_id or 0)
    done = recorded(form, url_for(".list_red_letters"))
    if done is not None:
        return done
    page = queries.list_red_letters(request.args, own.uscc or "")
    return render_template("redemption/provider/list_red_letters.html", form=form, page=page), form.status


def _claim_page(public_id: str, form: PressForm) -> ResponseReturnValue:
    claim = queries.get_own(public_id, current_actor().organisation_id)
    page = "redemption/provider/show_claim.html"
    return render_template(page, form=form, shown=display.shown(claim)), form.status


def _count_try() -> None:
    with transaction():
        wait = accounts.count_try(_CODE_LIMIT, f"user {current_actor().user_id}", at=now())
    if wait:
        raise TooManyRequests(retry_after=wait)


def _chargeable(code: str) -> list[tuple[Order, int]]:
    """This provider's orders on a voucher with what each holds."""
    try:
        voucher = vouchers.by_code(code)
    except NotFound:
        return []
    held = orders.holding_on(voucher.id, current_actor().organisation_id or 0)
    return [(order, ledger.balance_of(AccountKind.HELD, order.public_id)) for order in held]
