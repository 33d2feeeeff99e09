"""核销 for the enterprise: every claim on its vouchers; where it is paid itself, it hands claims in, too."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from vouchers.accounts.guards import current_actor, repeatable, requires
from vouchers.accounts.permissions import Permission
from vouchers.accounts.pressing import press_prepared
from vouchers.kernel.errors import Conflict
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.redemption import display, queries
from vouchers.redemption.models import Claim
from vouchers.redemption.routes._claiming import drafted, first_form, form_again, revised, submitted, withdrawn
from vouchers.redemption.states import LABELS
from vouchers.web.forms import PressForm

bp = Blueprint("redemption_enterprise", __name__, url_prefix="/enterprise/claims")


@bp.get("/")
@requires(Permission.ORDER_ENTERPRISE)
def list_claims() -> ResponseReturnValue:
    """核销: every claim on one's own vouchers, the newest first."""
    page = queries.list_on_own_vouchers(current_actor().organisation_id, request.args.to_dict())
    return render_template("redemption/enterprise/list_claims.html", page=page, labels=LABELS, tags=display.TAGS)


@bp.route("/new/<order_id>", methods=["GET", "POST"])
@requires(Permission.ORDER_ENTERPRISE)
@repeatable
def new_claim(order_id: str) -> ResponseReturnValue:
    """上传材料: where the enterprise is paid; the papers are read and checked, nothing is taken yet."""
    order = queries.payable_order(order_id, current_actor().organisation_id)
    form = first_form(order)
    done = press_prepared([form], "claim.draft", lambda: drafted(form, order_id))
    if done is not None:
        return done
    held, is_theirs = ledger.balance_of(AccountKind.HELD, order.public_id), queries.pays_enterprise(order)
    page = "redemption/enterprise/new_claim.html"
    return render_template(page, form=form, order=order, held=held, is_theirs=is_theirs), form.status


@bp.route("/<public_id>/revise", methods=["GET", "POST"])
@requires(Permission.ORDER_ENTERPRISE)
@repeatable
def revise_claim(public_id: str) -> ResponseReturnValue:
    """修改: what is not handed in again stays as it was."""
    claim = _theirs(public_id)
    form = form_again(claim)
    done = press_prepared([form], "claim.revise", lambda: revised(form, claim))
    if done is not None:
        return done
    return render_template("redemption/enterprise/revise_claim.html", form=form, claim=claim), form.status


@bp.get("/<public_id>")
@requires(Permission.ORDER_ENTERPRISE)
def show_claim(public_id: str) -> ResponseReturnValue:
    """One claim: the invoice as it reads, every check, the amount, and what happens next."""
    return _claim_page(public_id, PressForm())


@bp.post("/<public_id>/submit")
@requires(Permission.ORDER_ENTERPRISE)
@repeatable
def submit_claim(public_id: str) -> ResponseReturnValue:
    """提交核销: hold, quota and evidence are taken."""
    _theirs(public_id)
    form = PressForm()
    done = submitted(form, public_id)
    return _claim_page(public_id, form) if done is None else done


@bp.post("/<public_id>/withdraw")
@requires(Permission.ORDER_ENTERPRISE)
@repeatable
def withdraw_claim(public_id: str) -> ResponseReturnValue:
    """撤回: what was taken is given back."""
    _theirs(public_id)
    form = PressForm()
    done = withdrawn(form, public_id)
    return _claim_page(public_id, form) if done is None else done


def _claim_page(public_id: str, form: PressForm) -> ResponseReturnValue:
    claim = _seen(public_id)
    shown, is_own = display.shown(claim), claim.payee_id == current_actor().organisation_id
    page = "redemption/enterprise/show_claim.html"
    return render_template(page, form=form, shown=shown, actions=shown.actions if is_own else ()), form.status


def _seen(public_id: str) -> Claim:
    return queries.get_on_own_voucher(public_id, current_actor().organisation_id)


def _theirs(public_id: str) -> Claim:
    """A claim that the enterprise hands in itself; on one of its provider it only looks."""
    claim = _seen(public_id)
    if claim.payee_id != current_actor().organisation_id:
        raise Conflict("the provider hands this claim in")
    return claim
