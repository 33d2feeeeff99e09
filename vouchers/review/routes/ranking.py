"""排序 in the office: the windows whose cases are chosen among at once, the list for the meeting, the draw by lot."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.policy import lots
from vouchers.policy import queries as policy
from vouchers.policy.models import Window
from vouchers.policy.pack.allocation import Allocation
from vouchers.policy.reach import check_reach
from vouchers.policy.wording import value_word
from vouchers.review import queries, services
from vouchers.review.forms import DrawForm, SettlementForm
from vouchers.review.services import Settlement
from vouchers.review.states import REASON_LABELS

bp = Blueprint("review_ranking", __name__, url_prefix="/office/rankings")


@bp.get("/")
@requires(Permission.CASE_DECIDE)
def list_windows() -> ResponseReturnValue:
    """排序: every window whose cases are chosen among at once, and how far it is."""
    windows = queries.windows_to_rank(current_actor(), on=today())
    rows = [
        (one, len(queries.to_rank(one.id)), queries.on_the_way(one.id), queries.ranking_of(one.id)) for one in windows
    ]
    return render_template("review/ranking/list_windows.html", rows=rows)


@bp.route("/<public_id>", methods=["GET", "POST"])
@requires(Permission.CASE_DECIDE)
def settle(public_id: str) -> ResponseReturnValue:
    """The list for the meeting: rank, cut line, amounts; the decision on the whole of it."""
    window = _seen(public_id)
    if queries.ranking_of(window.id) is not None:
        return redirect(url_for(".show_ranking", public_id=public_id), 303)
    made, open_ones = services.proposal(window), services.readiness_findings(window, at=now())
    form = SettlementForm(seen=made.digest)
    if form.validate_on_submit():
        given = Settlement(form.meeting.data or "", form.reason.data or "", form.seen.data or "")
        try:
            with transaction():
                services.settle(public_id, given, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("名单已审定，入选的可以公示。"), "success")
            return redirect(url_for(".show_ranking", public_id=public_id), 303)
    draw, rule = lots.draw_of(window.id), policy.pack(window.scheme_version).rule(made.rule.id)
    shown: dict[str, Any] = {"made": made, "open_ones": open_ones, "draw": draw, "rule": rule, "reasons": REASON_LABELS}
    shown["by"] = [value_word(Allocation, "ranked_by", word) for word in made.rule.ranked_by]
    return render_template("review/ranking/settle.html", form=form, window=window, **shown), form.status


@bp.get("/<public_id>/settled")
@requires(Permission.CASE_DECIDE)
def show_ranking(public_id: str) -> ResponseReturnValue:
    """The list as the meeting settled it."""
    window = _seen(public_id)
    ranking = queries.ranking_of(window.id)
    if ranking is None:
        return redirect(url_for(".settle", public_id=public_id), 303)
    page = "review/ranking/show_ranking.html"
    return render_template(page, window=window, ranking=ranking, reasons=REASON_LABELS)


@bp.route("/<public_id>/draw", methods=["GET", "POST"])
@requires(Permission.CASE_DECIDE)
def draw(public_id: str) -> ResponseReturnValue:
    """抽签: the public number is filled in, the secret is shown, and the order is there for everybody."""
    window = _seen(public_id)
    form = DrawForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.draw_lots(public_id, form.value.data or "", actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("已抽签，结果已公布。"), "success")
            return redirect(url_for(".settle", public_id=public_id), 303)
    page = "review/ranking/draw.html"
    return render_template(page, form=form, window=window, draw=lots.draw_of(window.id)), form.status


def _seen(public_id: str) -> Window:
    window = policy.window(public_id)
    check_reach(window.scheme, current_actor(), on=today())
    return window
