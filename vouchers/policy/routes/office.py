"""方案 in the office: bring a pack in, check, sign and publish it, open windows."""

from enum import StrEnum
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from vouchers.accounts.guards import current_actor, repeatable, requires
from vouchers.accounts.permissions import Permission
from vouchers.accounts.pressing import Done, press_once
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotPermitted, RuleViolation
from vouchers.policy import beside, fairness, force, outline, queries, services
from vouchers.policy.beside import Turn
from vouchers.policy.comparing.showing import shown
from vouchers.policy.comparing.telling import Side
from vouchers.policy.forms import ImportForm, SignForm, StopForm, WindowForm
from vouchers.policy.loader import LoadedPack
from vouchers.policy.models import SchemeVersion
from vouchers.policy.queries import SchemeRow
from vouchers.policy.reach import check_reach
from vouchers.policy.services import PACKS
from vouchers.policy.states import LABELS, VERSIONS, Standing, VersionState
from vouchers.web.forms import ConfirmForm
from vouchers.web.wording import said

bp = Blueprint("policy_office", __name__, url_prefix="/office/schemes")

TONES: dict[StrEnum, str] = {
    VersionState.DRAFT: "wait",
    VersionState.CHECKED: "info",
    VersionState.SIGNED: "info",
    VersionState.PUBLISHED: "ok",
    Standing.WAITING: "info",
    VersionState.SUPERSEDED: "wait",
    VersionState.STOPPED: "bad",
}


@bp.get("/")
@requires(Permission.SCHEME_WRITE)
def list_schemes() -> ResponseReturnValue:
    """方案: every scheme with its newest version."""
    return render_template("policy/office/list_schemes.html", rows=_rows(), labels=LABELS, tones=TONES)


@bp.route("/import", methods=["GET", "POST"])
@requires(Permission.SCHEME_WRITE)
def import_pack() -> ResponseReturnValue:
    """导入政策包: the text becomes a draft; findings say line and mend."""
    form = ImportForm()
    names = sorted(file.stem for file in PACKS.glob("*.yaml"))
    form.shipped.choices = [SelectChoice("", _("不选，粘贴全文"))] + [SelectChoice(name, name) for name in names]
    if form.validate_on_submit():
        actor, at = current_actor(), now()
        if actor.office_id is None:
            raise NotPermitted("a scheme belongs to an office")
        text, name = _given_text(form)
        try:
            with transaction():
                version = services.import_pack(text, name, office_id=actor.office_id, actor=actor, at=at)
                public_id = version.public_id
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return _done(public_id, _("已存为草稿。"))
    return render_template("policy/office/import_pack.html", form=form), form.status


@bp.get("/versions/<public_id>")
@requires(Permission.SCHEME_WRITE)
def show_version(public_id: str) -> ResponseReturnValue:
    """One version: its text beside its rules in words, the findings, and what may be done now."""
    return _version_page(public_id, ConfirmForm())


@bp.post("/versions/<public_id>/check")
@requires(Permission.SCHEME_WRITE)
def check(public_id: str) -> ResponseReturnValue:
    """检查: every finding at once."""
    form = ConfirmForm(seen_version=_seen(public_id).version)
    if form.validate_on_submit():
        seen = form.seen_version.data
        try:
            with transaction():
                services.check_version(public_id, actor=current_actor(), at=now(), seen_version=seen)
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return _done(public_id, _("检查通过，请另一位政策人员签署。"))
    return _version_page(public_id, form)


@bp.route("/versions/<public_id>/sign", methods=["GET", "POST"])
@requires(Permission.SCHEME_PUBLISH)
def sign(public_id: str) -> ResponseReturnValue:
    """签署: the first person answers the 公平竞争审查, another, who did not draft either, signs it and the version."""
    version = _seen(public_id)
    form, review = SignForm(seen_version=version.version), fairness.review_of(version)
    loaded, is_trial = services.load(version.source, version.scheme.pack_id), current_app.config["SETTINGS"].is_trial
    if review is None and (fairness.pointed_in(loaded) or not is_trial):
        return redirect(url_for("policy_weighing.review_fairness", public_id=public_id), 303)
    points = fairness.others_in(loaded)
    form.ask(has_points=bool(points), is_trial=is_trial)
    if form.validate_on_submit():
        signing, seen = form.to_signing(is_trial=is_trial), form.seen_version.data
        try:
            with transaction():
                services.sign_version(public_id, signing, actor=current_actor(), at=now(), seen_version=seen)
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return _done(public_id, _("已签署，可以发布。"))
    shown: dict[str, Any] = {"may_review": version.state is VersionState.CHECKED, "points": points}
    page = "policy/office/sign.html"
    return render_template(page, form=form, version=version, review=review, labels=LABELS, **shown), form.status


@bp.route("/versions/<public_id>/publish", methods=["GET", "POST"])
@requires(Permission.SCHEME_PUBLISH)
def publish(public_id: str) -> ResponseReturnValue:
    """发布: the version is in force from its first day; the one before it holds till then."""
    version = _seen(public_id)
    form = ConfirmForm(seen_version=version.version)
    if form.validate_on_submit():
        seen = form.seen_version.data
        try:
            with transaction():
                services.publish_version(public_id, actor=current_actor(), at=now(), seen_version=seen)
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return _done(public_id, _("已发布，可以打开申报窗口。"))
    on = today()
    return render_template(
        "policy/office/publish.html",
        form=form,
        version=version,
        former=force.version_in_force(version.scheme_id, on=on),
        begins=force.has_begun(version, on),
        dropped=[one for one in force.replaced_by(version, on=on) if not force.has_begun(one, on)],
    ), form.status


@bp.route("/versions/<public_id>/stop", methods=["GET", "POST"])
@requires(Permission.SCHEME_PUBLISH)
@repeatable
def stop(public_id: str) -> ResponseReturnValue:
    """停止执行: with a reason; its windows take nothing more, cases handed in keep their version."""
    version = _seen(public_id)
    form = StopForm(seen_version=version.version)

    def end() -> Done:
        reason, seen = form.reason.data or "", form.seen_version.data
        stopped = services.stop_version(public_id, reason, actor=current_actor(), at=now(), seen_version=seen)
        return Done(url_for(".show_version", public_id=public_id), [stopped], [])

    answer = press_once(form, "version.stop", end, words=_("已停止执行。"))
    if answer is not None:
        return answer
    on = today()
    return render_template(
        "policy/office/stop.html",
        form=form,
        version=version,
        windows=beside.ending_with(version, on=on),
        begins=force.has_begun(version, on),
        waiting=[one for one in force.waiting_versions(version.scheme_id, on=on) if one.id != version.id],
    ), form.status


@bp.route("/versions/<public_id>/windows/new", methods=["GET", "POST"])
@requires(Permission.SCHEME_WRITE)
@repeatable
def open_window(public_id: str) -> ResponseReturnValue:
    """打开申报窗口: applications are taken from the first day to the last."""
    version = _seen(public_id)
    pack = queries.pack(version)
    form = WindowForm()
    form.voucher_kind.choices = [SelectChoice(kind.id, said(kind.name)) for kind in pack.kinds]
    turns = beside.turns_of(version, on=today())
    chosen = next((one for one in turns if one.kind == request.args.get("kind")), turns[0])
    if request.method == "GET":
        _propose(form, chosen)

    def begin() -> Done:
        opened = services.open_window(form.to_window(public_id), actor=current_actor(), at=now())
        return Done(url_for(".show_version", public_id=public_id), [opened], [])

    answer = press_once(form, "window.open", begin, words=_("申报窗口已打开。"))
    if answer is not None:
        return answer
    asked = {
        "has_timed": any(rule.opens == "timed-release" for rule in pack.process.intakes),
        "turns": turns,
        "chosen": chosen,
        "is_drawn": any(rule.seed for rule in pack.allocation),
    }
    page = "policy/office/open_window.html"
    return render_template(page, form=form, version=version, pack=pack, **asked), form.status


@bp.route("/windows/<public_id>/close", methods=["GET", "POST"])
@requires(Permission.SCHEME_WRITE)
@repeatable
def close_window(public_id: str) -> ResponseReturnValue:
    """关闭窗口: no further applications."""
    window = queries.window(public_id)
    check_reach(window.scheme, current_actor(), on=today())
    form, version_id = StopForm(seen_version=window.version), window.scheme_version.public_id

    def close() -> Done:
        seen, reason = form.seen_version.data, form.reason.data or ""
        closed = services.close_window(public_id, actor=current_actor(), at=now(), reason=reason, seen_version=seen)
        return Done(url_for(".show_version", public_id=version_id), [closed], [])

    answer = press_once(form, "window.close", close, words=_("申报窗口已关闭。"))
    if answer is not None:
        return answer
    return render_template("policy/office/close_window.html", form=form, window=window), form.status


def _propose(form: WindowForm, turn: Turn) -> None:
    """Fill in the next window of a kind, as its pack has it; what the pack leaves open stays empty."""
    form.voucher_kind.data = turn.kind
    if turn.days is not None:
        form.first.data, form.last.data = turn.days.first, turn.days.last
        form.title.data = f"{turn.period}{turn.name}"


def _seen(public_id: str) -> SchemeVersion:
    """A version of a scheme within reach; others look like none."""
    version = queries.get_version(public_id)
    check_reach(version.scheme, current_actor(), on=today())
    return version


def _rows() -> list[SchemeRow]:
    return queries.schemes_of(current_actor(), on=today())


def _version_page(public_id: str, form: ConfirmForm) -> ResponseReturnValue:
    version = _seen(public_id)
    loaded = services.load(version.source, version.scheme.pack_id)
    everything = queries.versions_of(version.scheme_id)
    standings = {one.id: force.standing_of(one, on=today()) for one in everything}
    is_past = standings[version.id] is VersionState.SUPERSEDED
    actions = VERSIONS.actions_in(VersionState.SUPERSEDED if is_past else version.state)
    page = render_template(
        "policy/office/show_version.html",
        version=version,
        loaded=loaded,
        sections=outline.sections(loaded.pack, loaded.lines, loaded.compiled) if loaded.pack else [],
        lines=version.source.splitlines(),
        kind_names={kind.id: said(kind.name) for kind in loaded.pack.kinds} if loaded.pack else {},
        windows=queries.windows_of(version.scheme_id),
        others=[one for one in everything if one.id != version.id],
        is_newest=everything[0].id == version.id,
        standings=standings,
        actions=actions,
        review=fairness.review_of(version),
        pointed=fairness.pointed_in(loaded),
        **_against_force(version, loaded),
        may_publish=current_actor().may(Permission.SCHEME_PUBLISH),
        is_own=version.drafted_by_id == current_actor().person_id,
        form=form,
        labels=LABELS,
        tones=TONES,
    )
    return page, form.status


def _against_force(version: SchemeVersion, loaded: LoadedPack) -> dict[str, Any]:
    """The version in force, and what this one says differently, rule by rule."""
    former = force.version_in_force(version.scheme_id, on=today())
    if former is None or former.id == version.id or not isinstance(loaded.data, dict):
        return {"former": None, "differences": []}
    sides = (Side(str(one.number), data) for one, data in ((former, former.content), (version, loaded.data)))
    return {"former": former, "differences": shown(*sides)}


def _given_text(form: ImportForm) -> tuple[str, str]:
    name = form.shipped.data
    if name:
        return (PACKS / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml"
    return form.text.data or "", "pack.yaml"


def _done(public_id: str, text: str) -> ResponseReturnValue:
    flash(text, "success")
    return redirect(url_for(".show_version", public_id=public_id), 303)
