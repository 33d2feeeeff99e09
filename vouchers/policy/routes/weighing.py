"""A version weighed before it is in force: the 公平竞争审查, item by item."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.policy import fairness, outline, queries, services
from vouchers.policy.models import SchemeVersion
from vouchers.policy.reach import check_reach
from vouchers.policy.states import LABELS, VERSIONS
from vouchers.policy.weighing_forms import fairness_form

bp = Blueprint("policy_weighing", __name__, url_prefix="/office/schemes/versions")


@bp.route("/<public_id>/fairness/answers", methods=["GET", "POST"])
@requires(Permission.SCHEME_PUBLISH)
def review_fairness(public_id: str) -> ResponseReturnValue:
    """公平竞争审查: the article and the reason for each pointed item, and the conclusion; the first signature."""
    version = _seen(public_id)
    VERSIONS.after(version.state, "sign")
    loaded = services.load(version.source, version.scheme.pack_id)
    pointed = fairness.pointed_in(loaded)
    form = fairness_form(version, len(pointed), fairness.review_of(version))
    if form.validate_on_submit():
        given, seen = form.to_assessment(), form.seen_version.data
        try:
            with transaction():
                services.review_fairness(public_id, given, actor=current_actor(), at=now(), seen_version=seen)
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("公平竞争审查已登记，请另一位政策人员复核并签署。"), "success")
            return redirect(url_for("policy_office.show_version", public_id=public_id), 303)
    sections = outline.sections(loaded.pack, loaded.lines, loaded.compiled) if loaded.pack else []
    rules = {rule.id: rule for section in sections for rule in section.rules}
    page = "policy/weighing/review_fairness.html"
    items = list(zip(pointed, form.pairs(), strict=True))
    return render_template(page, form=form, version=version, items=items, rules=rules), form.status


@bp.get("/<public_id>/fairness")
@requires(Permission.SCHEME_READ)
def show_fairness(public_id: str) -> ResponseReturnValue:
    """公平竞争审查 as it was recorded: every answer, the conclusion, both signatures."""
    version = _seen(public_id)
    review = fairness.review_of(version)
    return render_template("policy/weighing/show_fairness.html", version=version, review=review, labels=LABELS)


@bp.get("/fairness")
@requires(Permission.SCHEME_READ)
def list_fairness() -> ResponseReturnValue:
    """公平竞争审查 of every version within reach, the newest first."""
    rows = fairness.reviews_of(current_actor(), on=today())
    return render_template("policy/weighing/list_fairness.html", rows=rows, labels=LABELS)


def _seen(public_id: str) -> SchemeVersion:
    version = queries.get_version(public_id)
    check_reach(version.scheme, current_actor(), on=today())
    return version
