"""恢复后对账: after a restore, what the bank paid is compared by one person and confirmed by another."""

from collections.abc import Callable

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, freshly_proven, repeatable, requires
from vouchers.accounts.permissions import Permission
from vouchers.accounts.pressing import Done, press_once
from vouchers.audit import queries as chain
from vouchers.kernel.clock import now, today
from vouchers.policy.reach import covers_every_scheme
from vouchers.settlement import queries, services
from vouchers.settlement.forms import CompareForm, CompareSignForm, ReturnForm
from vouchers.settlement.models import BankComparison
from vouchers.settlement.states import COMPARISON_LABELS, LABELS
from vouchers.web.forms import MoneyForm

bp = Blueprint("settlement_comparing", __name__, url_prefix="/office/after-restore")


@bp.get("/")
@requires(Permission.FINANCE_READ)
def show_comparison() -> ResponseReturnValue:
    """恢复后对账: what was restored, what to compare, and what was recorded."""
    restoration, under_way, actor = queries.last_restoration(), chain.restoration_under_way(), current_actor()
    waiting = None if under_way is None else queries.waiting_comparison(under_way.id)
    may_compare = under_way is not None and covers_every_scheme(actor, on=today())
    return render_template(
        "settlement/comparing/show_comparison.html",
        restoration=restoration,
        under_way=under_way,
        waiting=waiting,
        past=[] if restoration is None else queries.comparisons_of(restoration.id),
        batches=queries.batches_to_compare(actor, on=today()),
        may_record=may_compare and waiting is None and actor.may(Permission.BATCH_MAKE),
        may_confirm=may_compare and waiting is not None and actor.may(Permission.BATCH_APPROVE),
        labels=COMPARISON_LABELS,
        batch_labels=LABELS,
    )


@bp.route("/record", methods=["GET", "POST"])
@requires(Permission.BATCH_MAKE)
@repeatable
def record_comparison() -> ResponseReturnValue:
    """登记对账: what the bank's list says."""
    form, actor, at = CompareForm(seen_version=0), current_actor(), now()
    done = _done(
        form,
        "record",
        lambda: services.record_comparison(form.to_comparison(), actor=actor, at=at),
        words=_("已登记，请另一位财务人员确认。"),
    )
    if done is not None:
        return done
    return render_template("settlement/comparing/record_comparison.html", form=form), form.status


@bp.route("/<public_id>/confirm", methods=["GET", "POST"])
@requires(Permission.BATCH_APPROVE)
@freshly_proven
@repeatable
def confirm_comparison(public_id: str) -> ResponseReturnValue:
    """确认: payments may leave again."""
    found = queries.comparison(public_id)
    form, actor, at = CompareSignForm(seen_version=found.version), current_actor(), now()
    done = _done(
        form,
        "confirm",
        lambda: services.confirm_comparison(
            public_id, form.total.data or 0, actor=actor, at=at, seen_version=form.seen_version.data
        ),
        words=_("已确认，可以继续签发和导出支付。"),
    )
    if done is not None:
        return done
    return render_template("settlement/comparing/confirm_comparison.html", form=form, found=found), form.status


@bp.route("/<public_id>/return", methods=["GET", "POST"])
@requires(Permission.BATCH_APPROVE)
@repeatable
def return_comparison(public_id: str) -> ResponseReturnValue:
    """退回: to be compared again."""
    found = queries.comparison(public_id)
    form, actor, at = ReturnForm(seen_version=found.version), current_actor(), now()
    done = _done(
        form,
        "return",
        lambda: services.return_comparison(
            public_id, form.reason.data, actor=actor, at=at, seen_version=form.seen_version.data
        ),
        words=_("已退回，请重新对账。"),
    )
    if done is not None:
        return done
    return render_template("settlement/comparing/return_comparison.html", form=form, found=found), form.status


def _done(
    form: MoneyForm, operation: str, act: Callable[[], BankComparison], *, words: str
) -> ResponseReturnValue | None:
    def work() -> Done:
        return Done(url_for(".show_comparison"), [act()], ["total"])

    return press_once(form, f"comparison.{operation}", work, words=words)
