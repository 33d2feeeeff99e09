"""重算 in the office: a version on the cases that were submitted: who gains, who loses, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.applications.queries.past import past_cases
from vouchers.kernel.clock import today
from vouchers.policy import queries, services
from vouchers.policy.comparing.replaying import EFFECT_LABELS, Effect, Replayed, budgets, replayed, total
from vouchers.policy.explanation import of_plan
from vouchers.policy.models import SchemeVersion
from vouchers.policy.reach import check_reach
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.states import LABELS

bp = Blueprint("applications_replaying", __name__, url_prefix="/office/schemes/versions")

_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Group:
    """The cases of one effect: how many there are, and the first of them."""

    effect: Effect
    count: int
    rows: tuple[Replayed, ...]


@bp.get("/<public_id>/replay")
@requires(Permission.SCHEME_WRITE)
def show_replay(public_id: str) -> ResponseReturnValue:
    """重算: every submitted case under this version, beside what it was given or what another version gives."""
    version = queries.get_version(public_id)
    check_reach(version.scheme, current_actor(), on=today())
    others = [one for one in queries.versions_of(version.scheme_id) if one.id != version.id and one.state != "draft"]
    against = next((one for one in others if str(one.number) == request.args.get("against")), None)
    loaded = services.load(version.source, version.scheme.pack_id)
    compiled = loaded.compiled if not loaded.errors else None
    cases = [] if compiled is None else _replayed(version, compiled, against)
    found = budgets(cases)
    names = {kind.id: of_plan(compiled.pack, kind.name) for kind in compiled.pack.kinds} if compiled else {}
    return render_template(
        "applications/office/show_replay.html",
        version=version,
        others=others,
        against=against,
        is_sound=compiled is not None,
        count=len(cases),
        groups=_groups(cases),
        budgets=[*((names.get(kind, kind), one) for kind, one in found.items()), ("", total(found))],
        rules={rule.id: of_plan(compiled.pack, rule.say) for rule in compiled.pack.rules()} if compiled else {},
        effects=EFFECT_LABELS,
        labels=LABELS,
    )


def _replayed(version: SchemeVersion, compiled: CompiledPack, against: SchemeVersion | None) -> list[Replayed]:
    other = queries.compiled(against) if against else None
    return [replayed(case, compiled, other) for case in past_cases(version.scheme.pack_id)]


def _groups(cases: Sequence[Replayed]) -> list[Group]:
    """What changes first; what stays the same is only counted."""
    found = []
    for effect in Effect:
        mine = [one for one in cases if one.effect is effect]
        shown = () if effect is Effect.SAME else tuple(mine[:_MOST_SHOWN])
        found.append(Group(effect, len(mine), shown))
    return found
