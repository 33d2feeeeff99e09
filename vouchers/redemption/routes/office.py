"""核销审核和审批: the queue, a claim on one screen, and the acts on it, each by its own person."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, repeatable, requires
from vouchers.accounts.permissions import Permission
from vouchers.accounts.pressing import Done, press_once
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound
from vouchers.policy.reach import check_reach
from vouchers.redemption import display, queries, services
from vouchers.redemption.forms import ApproveForm, ReasonForm, RedLetterForm, VerifyForm
from vouchers.redemption.models import Claim
from vouchers.redemption.routes._red_letters import recorded
from vouchers.redemption.states import LABELS, ClaimState
from vouchers.web.forms import MoneyForm

bp = Blueprint("redemption_office", __name__, url_prefix="/office/claims")


@bp.get("/")
@requires(Permission.CLAIM_VERIFY)
def list_claims() -> ResponseReturnValue:
    """核销审核: every claim that was handed in, the oldest first; those to verify by default."""
    arguments = {"state": ClaimState.CHECKED.value, **request.args.to_dict()}
    page = queries.list_claims(arguments, current_actor(), on=today())
    return render_template("redemption/office/list_claims.html", page=page, labels=LABELS, tags=display.TAGS)


@bp.get("/approvals")
@requires(Permission.CLAIM_APPROVE)
def list_approvals() -> ResponseReturnValue:
    """核销审批: what was verified and waits for the second person."""
    page = queries.list_approvals(request.args.to_dict(), current_actor(), on=today())
    return render_template("redemption/office/list_approvals.html", page=page, labels=LABELS, tags=display.TAGS)


@bp.route("/red-letters", methods=["GET", "POST"])
@requires(Permission.CLAIM_VERIFY)
@repeatable
def list_red_letters() -> ResponseReturnValue:
    """红字发票: everything on record, and the form for one that the tax bureau's page or a provider showed us."""
    form = RedLetterForm(seen_version=0)
    done = recorded(form, url_for(".list_red_letters"))
    if done is not None:
        return done
    page = queries.list_red_letters(request.args)
    return render_template("redemption/office/list_red_letters.html", form=form, page=page), form.status


@bp.get("/<public_id>")
@requires(Permission.CASE_READ)
def show_claim(public_id: str) -> ResponseReturnValue:
    """核销申请: invoice, checks, papers, amount and history on one screen; a direct subsidy has a page of its own."""
    subsidy = queries.get_with_scheme(public_id)
    if subsidy.is_direct:
        return redirect(url_for("issuance_office.show_voucher", public_id=subsidy.voucher.public_id), 303)
    shown, actor = display.shown(_seen(public_id)), current_actor()
    may = {"verify": actor.may(Permission.CLAIM_VERIFY), "approve": actor.may(Permission.CLAIM_APPROVE)}
    return render_template("redemption/office/show_claim.html", shown=shown, may=may)


@bp.route("/<public_id>/verify", methods=["GET", "POST"])
@requires(Permission.CLAIM_VERIFY)
@repeatable
def verify_claim(public_id: str) -> ResponseReturnValue:
    """核验通过: a person examined evidence and facts."""
    claim = _seen(public_id)
    form, actor, at = VerifyForm(seen_version=claim.version), current_actor(), now()
    done = _done(
        form,
        public_id,
        lambda: services.verify_claim(public_id, form.to_verification(), actor=actor, at=at),
        words=_("核验已提交，等待审定人核定。"),
    )
    if done is not None:
        return done
    return render_template("redemption/office/verify_claim.html", form=form, claim=claim), form.status


@bp.route("/<public_id>/approve", methods=["GET", "POST"])
@requires(Permission.CLAIM_APPROVE)
@repeatable
def approve_claim(public_id: str) -> ResponseReturnValue:
    """核定: by another person than the verifier; the amount becomes payable."""
    claim = _seen(public_id)
    form, actor, at = ApproveForm(seen_version=claim.version, amount=claim.amount), current_actor(), now()
    done = _done(
        form,
        public_id,
        lambda: services.approve_claim(public_id, form.to_approval(), actor=actor, at=at),
        words=_("已核定，待兑付。"),
    )
    if done is not None:
        return done
    return render_template("redemption/office/approve_claim.html", form=form, claim=claim), form.status


@bp.route("/<public_id>/send-back", methods=["GET", "POST"])
@requires(Permission.CLAIM_VERIFY)
@repeatable
def send_back(public_id: str) -> ResponseReturnValue:
    """退回补充: what was taken is given back until it is handed in again."""
    claim = _seen(public_id)
    form, actor, at = ReasonForm(seen_version=claim.version), current_actor(), now()
    done = _done(
        form,
        public_id,
        lambda: services.send_back(
            public_id, form.reason.data, actor=actor, at=at, seen_version=form.seen_version.data
        ),
        words=_("已退回服务商补充。"),
    )
    if done is not None:
        return done
    return render_template("redemption/office/send_back.html", form=form, claim=claim), form.status


@bp.route("/<public_id>/reject", methods=["GET", "POST"])
@requires(Permission.CLAIM_VERIFY)
@repeatable
def reject_claim(public_id: str) -> ResponseReturnValue:
    """不予核销: by the verifier, for good, with the reason."""
    claim = _seen(public_id)
    form, actor, at = ReasonForm(seen_version=claim.version), current_actor(), now()
    done = _done(
        form,
        public_id,
        lambda: services.reject_claim(
            public_id, form.reason.data, actor=actor, at=at, seen_version=form.seen_version.data
        ),
        words=_("已不予核销，占用已退回。"),
    )
    if done is not None:
        return done
    return render_template("redemption/office/reject_claim.html", form=form, claim=claim), form.status


@bp.route("/<public_id>/refuse", methods=["GET", "POST"])
@requires(Permission.CLAIM_APPROVE)
@repeatable
def refuse_claim(public_id: str) -> ResponseReturnValue:
    """不予核销: by the approver, after the verification."""
    claim = _seen(public_id)
    form, actor, at = ReasonForm(seen_version=claim.version), current_actor(), now()
    done = _done(
        form,
        public_id,
        lambda: services.refuse_claim(
            public_id, form.reason.data, actor=actor, at=at, seen_version=form.seen_version.data
        ),
        words=_("已不予核销，占用已退回。"),
    )
    if done is not None:
        return done
    return render_template("redemption/office/refuse_claim.html", form=form, claim=claim), form.status


def _seen(public_id: str) -> Claim:
    """A claim that was handed in, of a scheme within reach; others look like none."""
    claim = queries.get_with_scheme(public_id)
    check_reach(claim.voucher.scheme_version.scheme, current_actor(), on=today())
    if claim.state is ClaimState.DRAFT or claim.is_direct:
        raise NotFound(f"claim {public_id}")
    return claim


def _done(form: MoneyForm, public_id: str, act: Callable[[], Claim], *, words: str) -> ResponseReturnValue | None:
    """Do an act once under the form's key; None when nothing was sent or rules refuse it, as the form then says."""

    def work() -> Done:
        return Done(url_for(".show_claim", public_id=public_id), [act()], ["amount", "approved"])

    return press_once(form, f"claim.{(request.endpoint or '').rpartition('.')[2]}", work, words=words)
