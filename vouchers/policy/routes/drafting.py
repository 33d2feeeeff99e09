"""起草: a pack changed in a form, rule by rule, or as a text; findings stand beside their lines."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.policy import editing, queries, services
from vouchers.policy.drafting_forms import TextForm, rule_form
from vouchers.policy.models import SchemeVersion
from vouchers.policy.reach import check_reach
from vouchers.web.forms import SeenForm

_ROOM = 20
"""Lines that may be written at the end before the text area scrolls by itself."""

bp = Blueprint("policy_drafting", __name__, url_prefix="/office/schemes/versions")


@bp.route("/<public_id>/text", methods=["GET", "POST"])
@requires(Permission.SCHEME_WRITE)
def edit_text(public_id: str) -> ResponseReturnValue:
    """改全文: the whole text; what is wrong is told with its line."""
    version = _seen(public_id)
    form = TextForm(seen_version=version.version, text=version.source)
    if form.validate_on_submit():
        done = _keep(version, form, form.text.data + "\n")
        if done is not None:
            return done
    found = services.load(version.source, version.scheme.pack_id).findings
    lines = len((form.text.data or "").splitlines()) + _ROOM
    page = "policy/drafting/edit_text.html"
    return render_template(page, form=form, version=version, found=found, line_count=lines), form.status


@bp.route("/<public_id>/rules/<rule>", methods=["GET", "POST"])
@requires(Permission.SCHEME_WRITE)
def edit_rule(public_id: str, rule: str) -> ResponseReturnValue:
    """改一条规则: its small values as a form, its text beside; only the changed places of the text are written."""
    version = _seen(public_id)
    path = editing.rule_path(version.source, rule)
    if path is None:
        raise NotFound(f"rule {rule}")
    places = [place for place in editing.places(version.source) if place.path[: len(path)] == path]
    form = rule_form(places, len(path))(seen_version=version.version, **{one.key: one.value for one in places})
    if form.validate_on_submit():
        try:
            text = editing.rewritten(version.source, form.changes(places))
        except ValueError as error:
            form.report([Finding("unfit", "{why}。", {"why": str(error)})])
        else:
            done = _keep(version, form, text)
            if done is not None:
                return done
    loaded = services.load(version.source, version.scheme.pack_id)
    page = render_template(
        "policy/drafting/edit_rule.html",
        form=form,
        version=version,
        rule=rule,
        keys=[one.key for one in places],
        lines=_lines(version.source, places),
        found=[one for one in loaded.findings if one.rule == rule],
    )
    return page, form.status


def _seen(public_id: str) -> SchemeVersion:
    version = queries.get_version(public_id)
    check_reach(version.scheme, current_actor(), on=today())
    return version


def _keep(version: SchemeVersion, form: SeenForm, text: str) -> ResponseReturnValue | None:
    """The text kept as a draft, and the way to it; None with the findings in the form."""
    public_id, seen = version.public_id, form.seen_version.data
    try:
        with transaction():
            draft = services.revise(public_id, text, actor=current_actor(), at=now(), seen_version=seen)
            address = url_for("policy_office.show_version", public_id=draft.public_id)
    except RuleViolation as violation:
        form.report(violation.findings)
        return None
    flash(_("已存为草稿。"), "success")
    return redirect(address, 303)


def _lines(text: str, places: list[editing.Place]) -> list[tuple[int, str]]:
    """The lines on which the values of a rule stand, with their numbers."""
    numbers: list[Any] = [place.line for place in places]
    first, last = min(numbers, default=1), max(numbers, default=1)
    return list(enumerate(text.splitlines()[first - 1 : last], start=first))
