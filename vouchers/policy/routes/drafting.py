"""起草: a pack changed in a form, rule by rule, or as a text; rules added and removed; findings beside their lines."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.policy import editing, queries, services, splicing
from vouchers.policy.adding import RuleList, count_at, rule_lists
from vouchers.policy.adding_forms import AddForm, add_form
from vouchers.policy.drafting_forms import TextForm, rule_form
from vouchers.policy.models import SchemeVersion
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.reach import check_reach
from vouchers.policy.wording import for_reader
from vouchers.web.forms import ConfirmForm, SeenForm

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
        lines=_lines(version.source, *splicing.lines_at(version.source, path)),
        found=[one for one in loaded.findings if one.rule == rule],
    )
    return page, form.status


@bp.get("/<public_id>/lists")
@requires(Permission.SCHEME_WRITE)
def choose_list(public_id: str) -> ResponseReturnValue:
    """加一条规则: first the list that it belongs to."""
    version = _seen(public_id)
    counts = {one.key: count_at(version.content, one.path) for one in rule_lists().values()}
    page = "policy/drafting/choose_list.html"
    return render_template(page, told=for_reader, version=version, lists=list(rule_lists().values()), counts=counts)


@bp.route("/<public_id>/lists/<section>", methods=["GET", "POST"])
@requires(Permission.SCHEME_WRITE)
def add_rule(public_id: str, section: str) -> ResponseReturnValue:
    """加一条规则: its keys as a form; it is written at the end of its list, and nothing else changes."""
    version, rules = _seen(public_id), rule_lists().get(section)
    if rules is None:
        raise NotFound(f"list {section}")
    pack = services.load(version.source, version.scheme.pack_id).pack
    if pack is None:
        return redirect(url_for(".edit_text", public_id=public_id), 303)
    form = add_form(rules, pack)(seen_version=version.version)
    if form.validate_on_submit():
        done = _add(version, form, rules)
        if done is not None:
            return done
    beside = _lines(version.source, *splicing.lines_at(version.source, rules.path))
    page = "policy/drafting/add_rule.html"
    return render_template(page, form=form, version=version, rules=rules, lines=beside, told=for_reader), form.status


@bp.route("/<public_id>/rules/<rule>/remove", methods=["GET", "POST"])
@requires(Permission.SCHEME_WRITE)
def remove_rule(public_id: str, rule: str) -> ResponseReturnValue:
    """删去一条规则: what would then be found is told first."""
    version = _seen(public_id)
    path = editing.rule_path(version.source, rule)
    if path is None:
        raise NotFound(f"rule {rule}")
    form = ConfirmForm(seen_version=version.version)
    text, unfit = version.source, ""
    try:
        text = splicing.removed(version.source, path)
    except ValueError as error:
        unfit = str(error)
    if form.validate_on_submit() and not unfit:
        done = _keep(version, form, text)
        if done is not None:
            return done
    if unfit:
        form.report([Finding("unfit", "{why}。", {"why": unfit})])
    beside = _lines(version.source, *splicing.lines_at(version.source, path))
    found = _new_findings(version, text)
    page = "policy/drafting/remove_rule.html"
    return render_template(page, form=form, version=version, rule=rule, lines=beside, found=found), form.status


def _add(version: SchemeVersion, form: AddForm, rules: RuleList) -> ResponseReturnValue | None:
    """The rule written and kept, and the way to its line; None with the findings in the form."""
    rule = form.rule()
    if rule is None:
        return None
    try:
        text = splicing.added(version.source, rules.path, rule, rules.order)
    except ValueError as error:
        form.report([Finding("unfit", "{why}。", {"why": str(error)})])
        return None
    loaded, rule_id = services.load(text, version.scheme.pack_id), str(rule["id"])
    if form.report_own(loaded.findings, rule_id):
        return None
    return _keep(version, form, text, line=loaded.lines.get(rule_id, 0))


def _new_findings(version: SchemeVersion, text: str) -> list[PackFinding]:
    """What would be found in a changed text and is not found now."""
    pack_id = version.scheme.pack_id
    known = {(one.code, one.rule, one.message) for one in services.load(version.source, pack_id).findings}
    found = services.load(text, pack_id).findings
    return [one for one in found if (one.code, one.rule, one.message) not in known]


def _seen(public_id: str) -> SchemeVersion:
    version = queries.get_version(public_id)
    check_reach(version.scheme, current_actor(), on=today())
    return version


def _keep(version: SchemeVersion, form: SeenForm, text: str, *, line: int = 0) -> ResponseReturnValue | None:
    """The text kept as a draft, and the way to it; None with the findings in the form."""
    public_id, seen = version.public_id, form.seen_version.data
    try:
        with transaction():
            draft = services.revise(public_id, text, actor=current_actor(), at=now(), seen_version=seen)
            anchor = f"line-{line}" if line else None
            address = url_for("policy_office.show_version", public_id=draft.public_id, _anchor=anchor)
    except RuleViolation as violation:
        form.report(violation.findings)
        return None
    flash(_("已存为草稿。"), "success")
    return redirect(address, 303)


def _lines(text: str, first: int, last: int) -> list[tuple[int, str]]:
    """Lines of a text with their numbers."""
    return list(enumerate(text.splitlines()[first - 1 : last], start=first))
