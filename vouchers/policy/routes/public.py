"""Pages for everybody: schemes in plain words, and the calculator."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from vouchers.accounts.guards import public
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound
from vouchers.policy import calculator, outline, queries
from vouchers.policy.forms import CalculatorForm
from vouchers.policy.states import LABELS

bp = Blueprint("policy_public", __name__)


@bp.get("/schemes/")
@public
def list_schemes() -> ResponseReturnValue:
    """政策方案: every version in force, with its windows."""
    at = now()
    versions = [(version, queries.pack(version)) for version in queries.published_versions()]
    windows = queries.open_windows(at)
    return render_template("policy/public/list_schemes.html", versions=versions, windows=windows)


@bp.get("/schemes/<public_id>")
@public
def show_scheme(public_id: str) -> ResponseReturnValue:
    """One scheme: its rules in plain words, each with its clause."""
    scheme = queries.scheme(public_id)
    version = queries.published_version(scheme.id)
    if version is None or scheme.is_rehearsal:
        raise NotFound(f"scheme {public_id}")
    pack = queries.pack(version)
    return render_template(
        "policy/public/show_scheme.html",
        scheme=scheme,
        version=version,
        pack=pack,
        sections=outline.sections(pack),
        stages=outline.stages(pack),
        windows=[window for window in queries.open_windows(now()) if window.scheme_public_id == public_id],
        labels=LABELS,
    )


@bp.get("/calculator")
@public
def calculate() -> ResponseReturnValue:
    """政策测算: a few facts in, every scheme's answer out; nothing is kept."""
    form = CalculatorForm(request.args or None, granted=0, usual=True)
    named = [SelectChoice(code, name) for code, name in calculator.fields().items()]
    form.field.choices = [*named, SelectChoice("other", _l("其他领域"))]
    answers = None
    if request.args and form.validate():
        given = form.to_facts(calculator.region(), today().isoformat())
        answers = calculator.answers(given, granted=form.granted_fen(), on=today())
    page = render_template("policy/public/calculate.html", form=form, answers=answers, on=today())
    return page, form.status
