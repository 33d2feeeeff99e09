"""测算 in the office: a register is handed in, worked out as a job, and the figures are shown with their pictures."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.db.transaction import transaction
from vouchers.files.intake import claim_room
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.policy import plotting, queries, services, simulating
from vouchers.policy.models import SchemeVersion, Simulation
from vouchers.policy.reach import check_reach
from vouchers.policy.rules.facts import read_facts
from vouchers.policy.simulating import KEPT_FOR
from vouchers.policy.states import LABELS, SimulationState
from vouchers.policy.weighing_forms import SimulationForm
from vouchers.web.wording import said

bp = Blueprint("policy_simulating", __name__, url_prefix="/office/schemes")

_TONES = {SimulationState.WAITING: "wait", SimulationState.DONE: "ok", SimulationState.REFUSED: "bad"}


@bp.route("/versions/<public_id>/simulations", methods=["GET", "POST"])
@requires(Permission.SCHEME_WRITE)
def list_simulations(public_id: str) -> ResponseReturnValue:
    """测算: what was tried on this version, and a register to try next."""
    version = _version(public_id)
    loaded = services.load(version.source, version.scheme.pack_id)
    form, is_sound = SimulationForm(on=today()), loaded.compiled is not None and not loaded.errors
    others = simulating.comparable(version)
    form.kind.choices = [SelectChoice(one.id, said(one.name)) for one in loaded.pack.kinds] if loaded.pack else []
    form.against.choices = [SelectChoice("", _("不比较"))] + [_choice(one) for one in others]
    if is_sound and form.validate_on_submit():
        asked = _ask(version, form)
        if asked:
            return redirect(url_for(".show_simulation", simulation=asked), 303)
    page = "policy/simulating/list_simulations.html"
    shown = {"rows": simulating.simulations_of(version.id), "labels": LABELS, "tones": _TONES, "days": KEPT_FOR.days}
    return render_template(page, form=form, version=version, is_sound=is_sound, **shown), form.status


@bp.get("/simulations/<simulation>")
@requires(Permission.SCHEME_WRITE)
def show_simulation(simulation: str) -> ResponseReturnValue:
    """The figures of one simulation: who qualifies, who drops out where, the money, the day it runs out."""
    asked = _simulation(simulation)
    version = asked.scheme_version
    kinds = {kind.id: said(kind.name) for kind in queries.pack(version).kinds} if asked.result else {}
    page = "policy/simulating/show_simulation.html"
    shown: dict[str, Any] = {"labels": LABELS, "tones": _TONES, "results": plotting.results(asked.result)}
    shown["written"] = plotting.written
    return render_template(page, asked=asked, version=version, kinds=kinds, plots=plotting.plots(asked.result), **shown)


@bp.get("/simulations/<simulation>/<plot>.svg")
@requires(Permission.SCHEME_WRITE)
def draw_plot(simulation: str, plot: str) -> ResponseReturnValue:
    """One picture, as a file of its own: pages allow no style or script inside themselves."""
    asked = _simulation(simulation)
    drawn = plotting.drawn(asked.result, plot)
    if drawn is None:
        raise NotFound(f"plot {plot}")
    return Response(drawn, mimetype="image/svg+xml", headers={"Content-Security-Policy": plotting.POLICY})


def _ask(version: SchemeVersion, form: SimulationForm) -> str:
    """The public id of what was asked; empty with what is wrong in the form."""
    new, compiled = form.to_simulation(), queries.compiled(version)
    _facts, unfit = read_facts(new.assumed, compiled.vocabulary)
    if unfit:
        form.report(replace(one, field="assumed") for one in unfit)
        return ""
    try:
        claim_room(current_actor(), len(new.content), field="register", at=now())
        with transaction():
            return simulating.ask(version.public_id, new, actor=current_actor(), at=now()).public_id
    except RuleViolation as violation:
        form.report(violation.findings)
        return ""


def _choice(version: SchemeVersion) -> SelectChoice:
    state = _(LABELS[version.state])
    return SelectChoice(version.public_id, _("第 %(n)s 版（%(state)s）", n=version.number, state=state))


def _version(public_id: str) -> SchemeVersion:
    version = queries.get_version(public_id)
    check_reach(version.scheme, current_actor(), on=today())
    return version


def _simulation(public_id: str) -> Simulation:
    asked = simulating.get(public_id)
    check_reach(asked.scheme_version.scheme, current_actor(), on=today())
    return asked
