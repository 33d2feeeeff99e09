"""Grounds whose money is given out in other ways than as cases come, and experts who score."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from tests.factories.accounts import make_user
from tests.factories.applications import Ground, make_applicant, make_ground
from tests.factories.review import make_accepted, make_reviewed
from tests.policy.packs import PACK, shipped
from vouchers.accounts.states import Role
from vouchers.applications import queries
from vouchers.applications.models import Application
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.policy import queries as policy
from vouchers.policy.loader import LoadedPack, load_text
from vouchers.review import services
from vouchers.review.models import Ranking
from vouchers.review.services import Marks, Settlement

CRITERIA = [{"name": "创新性", "weight": "60%"}, {"name": "可行性", "weight": "40%"}]
SCORING = {"criteria": CRITERIA, "experts": 2, "pass_mark": 60}
AFTER = timedelta(days=61)
"""When the window of a ground has closed."""


@cache
def _loaded(way: str, *, scored: bool) -> LoadedPack:
    data: dict[str, Any] = json.loads(json.dumps(shipped().data))
    rule = {"id": "way", "say": "资金怎样分配", "provenance": "local", "kinds": ["compute"]}
    data["allocation"] = [rule | json.loads(way)]
    if scored:
        data["process"]["stages"][0] |= {"scoring": SCORING}
    found = load_text(json.dumps(data, ensure_ascii=False), "pack.yaml", beside=PACK.parent)
    assert (found.errors, found.not_yet) == ((), ())
    return found


def ground_of(way: Mapping[str, Any], *, at: datetime, scored: bool = False, granted: int = 100_000_000) -> Ground:
    """A ground whose compute vouchers are given out this way."""
    return make_ground(at=at, granted=granted, loaded=_loaded(json.dumps(way), scored=scored))


def reviewed(ground: Ground, *planned: str, at: datetime) -> list[Application]:
    """A case for each planned amount, a minute apart, all waiting for the choice."""
    return [
        make_reviewed(ground, make_applicant(i, at=at), at=at + timedelta(minutes=i), planned=one)
        for i, one in enumerate(planned, start=1)
    ]


def experts(count: int, *, at: datetime) -> list[Actor]:
    """So many experts."""
    return [make_user(Role.EXPERT, at=at, name=f"专家{i}").actor(Role.EXPERT) for i in range(count)]


def score(case: str, expert: Actor, *marks: int, at: datetime, **given: Any) -> None:
    """An expert's marks on a case; opens its own transaction."""
    with transaction():
        now = queries.get(case)
        plain: dict[str, Any] = {"remark": "材料扎实，指标可核。", "is_impartial": True}
        plain |= {"seen_version": now.version, "stage": now.stage}
        services.score(case, Marks(marks=marks, **{**plain, **given}), actor=expert, at=at)


def scored_case(ground: Ground, number: int, panel: list[Actor], *marks: tuple[int, int], at: datetime) -> str:
    """A case in its first stage that these experts marked; its public id."""
    case = make_accepted(ground, make_applicant(number, at=at), at=at).public_id
    for expert, given in zip(panel, marks, strict=True):
        score(case, expert, *given, at=at)
    return case


def settle(ground: Ground, *, at: datetime, seen: Callable[[str], str] = str, officer: str = "decider") -> Ranking:
    """Settle the list of the ground's window as it stands; opens its own transaction."""
    with transaction():
        window = policy.window(ground.window)
        given = Settlement("会议纪要 2026-6", "按方案排序，同意。", seen(services.proposal(window).digest))
        return services.settle(ground.window, given, actor=ground.officer(officer), at=at)
