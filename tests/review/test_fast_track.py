"""应急快速通道: what a condition lets a case leave out is named, recorded, and made good in time."""

from datetime import date, datetime, timedelta
from functools import lru_cache

import pytest
from flask import Flask

from tests.factories.applications import Ground, make_applicant, make_ground, make_submitted
from tests.factories.candidates import LOCAL, rewritten
from tests.factories.review import decide, pass_stage
from vouchers.applications import queries
from vouchers.applications.states import ApplicationState as S
from vouchers.audit import queries as audit
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import job
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.messages.queries import inbox_of
from vouchers.policy.loader import LoadedPack
from vouchers.review import queries as review
from vouchers.review import services
from vouchers.review.services import MakeGood

pytestmark = pytest.mark.database

EMERGENCY = {"name": "is_emergency", "type": "flag", "label": "是否用于突发事件应对", "supplied_by": "reviewer"}
FAST = {**LOCAL, "id": "fast", "say": "应对突发事件的，先办后补", "when": {"is_emergency": True}, "made_good_within": 5}


@lru_cache(maxsize=4)
def fast(*skips: str) -> LoadedPack:
    loaded = rewritten(
        lambda data: data.setdefault("facts", []).append(EMERGENCY),
        lambda data: data["process"].update(fast_tracks=[{**FAST, "skips": list(skips)}]),
    )
    assert not loaded.not_yet, loaded.not_yet
    return loaded


def accepted(ground: Ground, at: datetime, *, is_emergency: bool = True, number: int = 1) -> str:
    case = make_submitted(ground, make_applicant(number, at=at), at=at).public_id
    with transaction():
        seen = queries.get(case).version
        judged = {"is_emergency": is_emergency}
        services.accept(case, seen_version=seen, actor=ground.officer("acceptor"), at=at, judgements=judged)
    return case


def waiting(ground: Ground, at: datetime) -> list[tuple[str, date]]:
    return [(one.stage, one.due_on) for one in review.list_skipped(ground.officer("first"), on=at.date())]


def test_stages_that_are_left_out_are_named_and_to_be_made_good(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=fast("first-review", "second-review"))

    case = accepted(ground, noon)

    found = queries.get(case)
    assert (found.state, found.stage) == (S.TO_DECIDE, "meeting-decision")
    assert waiting(ground, noon) == [("初审", date(2026, 3, 25)), ("复审", date(2026, 3, 25))]
    [event] = [one for one in audit.history_of("application", case) if one.act == "application.skip_stages"]
    assert event.details["stages"] == ["first-review", "second-review"]
    assert event.reason == "应对突发事件的，先办后补（本地设定）"
    decide(ground, case, at=noon)
    assert queries.get(case).state is S.DECIDED


def test_a_stage_in_the_middle_is_left_out_on_the_way(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=fast("second-review"))

    case = accepted(ground, noon)

    assert (queries.get(case).state, queries.get(case).stage) == (S.IN_STAGE, "first-review")
    pass_stage(ground, case, "first", at=noon)
    assert (queries.get(case).state, queries.get(case).stage) == (S.TO_DECIDE, "meeting-decision")


def test_without_the_condition_nothing_is_left_out(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=fast("first-review", "second-review"))

    case = accepted(ground, noon, is_emergency=False)

    assert (queries.get(case).state, queries.get(case).stage) == (S.IN_STAGE, "first-review")
    assert waiting(ground, noon) == []


def test_nothing_is_left_out_while_a_rule_is_open(app: Flask, noon: datetime) -> None:
    judged = {"name": "is_worth_it", "type": "flag", "label": "是否有示范作用", "supplied_by": "reviewer"}
    rule = {"id": "worth", "say": "有示范作用", "provenance": "local", "at": ["application"]}
    pack = rewritten(
        lambda data: data.setdefault("facts", []).extend([EMERGENCY, judged]),
        lambda data: data["applicants"].append({**rule, "when": {"is_worth_it": True}}),
        lambda data: data["process"].update(fast_tracks=[{**FAST, "skips": ["first-review", "second-review"]}]),
    )
    ground = make_ground(at=noon, loaded=pack)

    case = accepted(ground, noon)

    assert (queries.get(case).state, queries.get(case).stage) == (S.IN_STAGE, "first-review")


def test_what_was_left_out_is_made_good_by_whom_the_stage_wants(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=fast("first-review", "second-review"))
    case = accepted(ground, noon)
    first, second = (one.public_id for one in review.skipped_of(queries.get(case).id))
    good = MakeGood(is_in_order=True, reason="事后核对，材料齐全")

    with pytest.raises(RuleViolation), transaction():
        services.make_good(first, good, actor=ground.officer("decider"), at=noon)
    with transaction():
        services.make_good(first, good, actor=ground.officer("first"), at=noon)
    with pytest.raises(Conflict), transaction():
        services.make_good(first, good, actor=ground.officer("first"), at=noon)
    with pytest.raises(RuleViolation), transaction():  # two stages that the pack keeps apart
        services.make_good(second, good, actor=ground.officer("first"), at=noon)

    assert waiting(ground, noon) == [("复审", date(2026, 3, 25))]
    assert [one.stage for one in review.opinions_of(queries.get(case).id)][-1] == "first-review"


def test_a_doubt_is_told_to_the_decider(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=fast("first-review"))
    case = accepted(ground, noon)
    [skipped] = review.skipped_of(queries.get(case).id)
    public_id = skipped.public_id

    with transaction():
        doubt = MakeGood(is_in_order=False, reason="费用与合同不一致")
        services.make_good(public_id, doubt, actor=ground.officer("first"), at=noon)

    assert "case_doubted" in [one.code for one in inbox_of(ground.officer("decider"), {}).rows]


def test_what_is_not_made_good_in_time_is_reminded_of_once(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=fast("first-review"))
    accepted(ground, noon)

    def swept(days: int) -> int:
        with transaction():
            return services.remind_skipped(actor=job("daily"), at=noon + timedelta(days=days))

    assert [swept(7), swept(8), swept(9)] == [0, 1, 0]
    assert [one.code for one in inbox_of(ground.officer("first"), {}).rows].count("case_skipped_overdue") == 1
