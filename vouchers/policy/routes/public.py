"""Pages for everybody: schemes in plain words, and the calculator."""

from typing import Any, Protocol

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.urls import uri_to_iri

from vouchers.accounts.guards import public
from vouchers.config import Settings
from vouchers.kernel.clock import beijing_date, now, today
from vouchers.kernel.errors import NotFound
from vouchers.policy import calculator, explanation, force, lots, outline, queries, releases
from vouchers.policy.forms import calculator_form
from vouchers.policy.models import SchemeVersion, Window
from vouchers.policy.questions import FIRST, TOPIC_LABELS, Question, Topic
from vouchers.policy.states import LABELS

bp = Blueprint("policy_public", __name__)


bp.add_app_template_global(explanation.units_said)
bp.add_app_template_global(explanation.of_plan)


class OfAKind(Protocol):
    """A case or a voucher: it has a kind, of a version of a scheme."""

    @property
    def scheme_version(self) -> SchemeVersion:
        """The version it was begun or issued under."""

    @property
    def voucher_kind(self) -> str:
        """The kind's id in its pack."""


@bp.app_template_global("units_of")
def units_of(case: OfAKind, fen: int | None) -> str:
    """How many units an amount of a case or voucher in kind stands for; nothing where it is money."""
    return explanation.in_units(queries.pack(case.scheme_version).measure(case.voucher_kind), fen)


@bp.app_template_global("in_kind")
def in_kind(case: OfAKind, fen: int | None) -> str:
    """The same in brackets, to stand beside the amount."""
    units = units_of(case, fen)
    return _("（%(units)s）", units=units) if units else ""


@bp.get("/schemes/")
@public
def list_schemes() -> ResponseReturnValue:
    """政策方案: of every scheme the version in force, else the one that waits for its day, with its windows."""
    at = now()
    versions = [(version, queries.pack(version)) for version in force.versions_shown(on=beijing_date(at))]
    windows = queries.open_windows(at)
    return render_template("policy/public/list_schemes.html", versions=versions, windows=windows)


@bp.get("/schemes/<public_id>")
@public
def show_scheme(public_id: str) -> ResponseReturnValue:
    """One scheme: its rules in plain words, each with its clause."""
    scheme = queries.scheme(public_id)
    on = today()
    version = force.version_shown(scheme.id, on=on)
    if version is None or scheme.is_rehearsal:
        raise NotFound(f"scheme {public_id}")
    compiled = queries.compiled(version)
    pack = compiled.pack
    return render_template(
        "policy/public/show_scheme.html",
        scheme=scheme,
        version=version,
        pack=pack,
        sections=outline.sections(pack, compiled=compiled),
        examples=outline.examples(compiled),
        stages=outline.stages(pack),
        windows=[window for window in queries.open_windows(now()) if window.scheme_public_id == public_id],
        coming=[window for window in releases.coming(now()) if window.scheme.public_id == public_id],
        chosen=[one for one in queries.windows_of(scheme.id) if _is_chosen_at_once(one)],
        waiting=force.waiting_versions(scheme.id, on=on),
        labels=LABELS,
    )


@bp.get("/calculator")
@public
def calculate() -> ResponseReturnValue:
    """政策测算: a few facts in, every open scheme's answer out; nothing is kept."""
    schemes = calculator.open_schemes(today())
    asked = schemes.questions()
    form = calculator_form(asked)(request.args or None)
    is_sound = bool(request.args) and form.validate()
    given = form.given(asked, schemes.on) if is_sound else {}
    if is_sound and not given and asked:
        form.complain(_("还没有回答任何一项。请至少回答一项，再算一算。"))
    link = _link(form.query(asked)) if given else ""
    page = render_template(
        "policy/public/calculate.html",
        form=form,
        groups=_grouped(asked),
        answers=schemes.answers(given) if given else None,
        shown=form.shown(asked) if given else [],
        link=link,
        shown_link=uri_to_iri(link),
        schemes=schemes,
    )
    return page, form.status


def _is_chosen_at_once(window: Window) -> bool:
    rule = lots.allocation_of(queries.pack(window.scheme_version), window.voucher_kind)
    return rule is not None and rule.at_once


def _grouped(asked: list[Question]) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """The keys of the questions to begin with, and of the rest, each by topic; few are not divided."""
    few = len(asked) <= FIRST + FIRST // 2
    parts = [
        (_("先答这几项"), asked if few else asked[:FIRST]),
        (_("再答这些，结果更准"), [] if few else asked[FIRST:]),
    ]
    return [(title, _by_topic(part)) for title, part in parts if part]


def _by_topic(asked: list[Question]) -> list[tuple[str, list[str]]]:
    keys = {topic: [one.key for one in asked if one.topic is topic] for topic in Topic}
    return [(_(TOPIC_LABELS[topic]), found) for topic, found in keys.items() if found]


def _link(arguments: dict[str, Any]) -> str:
    """The whole address that gives this answer again."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.public_url + url_for("policy_public.calculate", **arguments)
