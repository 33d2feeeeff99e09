"""补办: what fast tracks left out, the first due on top, and the page on which one is made good."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.applications import progress
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.review import desk, queries, services
from vouchers.review.forms import MakeGoodForm
from vouchers.review.services import MakeGood

bp = Blueprint("review_skipped", __name__, url_prefix="/office/skipped")


@bp.get("/")
@requires(Permission.CASE_EXAMINE)
def list_skipped() -> ResponseReturnValue:
    """待补办: every stage that a fast track left out and nobody made good yet."""
    rows = queries.list_skipped(current_actor(), on=today())
    return render_template("review/skipped/list_skipped.html", rows=rows, today=today())


@bp.route("/<public_id>", methods=["GET", "POST"])
@requires(Permission.CASE_EXAMINE)
def make_good(public_id: str) -> ResponseReturnValue:
    """补办: the stage is examined after the fact."""
    skipped = queries.get_skipped(public_id)
    application = desk.case_in_sight(skipped.application.public_id, current_actor(), on=today())
    form = MakeGoodForm()
    if form.validate_on_submit():
        given = MakeGood(form.is_in_order.data == "yes", form.reason.data or "")
        try:
            with transaction():
                services.make_good(public_id, given, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("补办意见已提交。"), "success")
            return redirect(url_for(".list_skipped"), 303)
    page = "review/skipped/make_good.html"
    stage = progress.stage_names(application).get(skipped.stage, skipped.stage)
    return render_template(page, form=form, skipped=skipped, application=application, stage=stage), form.status
