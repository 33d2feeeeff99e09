"""排序和抽签 for everybody: what was committed to, what was drawn, how to draw it again, and who was chosen."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from vouchers.accounts.guards import public
from vouchers.kernel.errors import NotFound
from vouchers.policy import lots
from vouchers.policy import queries as policy
from vouchers.review import queries
from vouchers.review.states import REASON_LABELS

bp = Blueprint("review_public", __name__, url_prefix="/rankings")


@bp.get("/<public_id>")
@public
def show_ranking(public_id: str) -> ResponseReturnValue:
    """One window: its rule of allocation, the draw before and after, the list once it was settled; no names."""
    window = policy.window(public_id)
    rule = queries.rule_of_window(window)
    if window.scheme.is_rehearsal or rule is None or not rule.at_once:
        raise NotFound(f"window {public_id}")
    return render_template(
        "review/public/show_ranking.html",
        window=window,
        rule=rule,
        clause=policy.compiled(window.scheme_version).clauses.get(rule.id, ""),
        draw=lots.draw_of(window.id),
        ranking=queries.ranking_of(window.id),
        waiting=[case.number for case in queries.to_rank(window.id)],
        reasons=REASON_LABELS,
    )
