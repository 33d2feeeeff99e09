"""The term of a stage passes: who is reminded and who is told, once, and what time decides where the pack says so."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import make_user
from tests.factories.applications import Ground, make_applicant, make_ground
from tests.factories.candidates import rewritten
from tests.factories.review import make_accepted, pass_stage
from tests.policy.packs import edited
from vouchers.accounts.models import CaseDuty
from vouchers.accounts.states import Duty, Role
from vouchers.applications import queries
from vouchers.applications.states import ApplicationState as S
from vouchers.audit import queries as audit
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import job
from vouchers.messages.queries import inbox_of
from vouchers.review.queries import opinions_of
from vouchers.review.services import note_overdue

pytestmark = pytest.mark.database

SAY = "核对事实、材料和金额\n"
LAST, LATE = timedelta(days=7), timedelta(days=8)  # five working days from a Wednesday


def swept(at: datetime) -> int:
    with transaction():
        return note_overdue(actor=job("daily"), at=at)


def told(ground: Ground, code: str, officer: str) -> int:
    return [one.code for one in inbox_of(ground.officer(officer), {}).rows].count(code)


def ground_of(way: str, noon: datetime) -> Ground:
    loaded = edited(SAY, f"{SAY}      on_overdue: {way}\n") if way else None
    return make_ground(at=noon, loaded=loaded)


@pytest.mark.parametrize(("way", "reminded", "reported"), [("remind", 1, 0), ("escalate", 1, 1), ("", 0, 0)])
def test_a_late_stage_is_noted_once_and_told_as_the_pack_says(
    app: Flask, noon: datetime, way: str, reminded: int, reported: int
) -> None:
    ground = ground_of(way, noon)
    case = make_accepted(ground, make_applicant(at=noon), at=noon).public_id

    assert [swept(noon + LAST), swept(noon + LATE), swept(noon + LATE)] == [0, 1, 0]

    assert told(ground, "case_overdue", "first") == reminded
    assert told(ground, "case_escalated", "decider") == reported
    [event] = [one for one in audit.history_of("application", case) if one.act == "application.overdue"]
    assert event.details == {"stage": "first-review", "due": "2026-03-25", "on_overdue": way}
    assert queries.get(case).state is S.IN_STAGE


def test_the_next_stage_is_counted_for_itself(app: Flask, noon: datetime) -> None:
    ground = ground_of("remind", noon)
    case = make_accepted(ground, make_applicant(at=noon), at=noon).public_id
    swept(noon + LATE)
    pass_stage(ground, case, "first", at=noon + LATE)

    assert swept(noon + LATE) == 0
    assert swept(noon + 3 * LATE) == 1


def test_an_officer_of_another_role_is_not_told(app: Flask, noon: datetime) -> None:
    ground = ground_of("remind", noon)
    make_accepted(ground, make_applicant(at=noon), at=noon)
    officer = make_user(Role.POLICY_OFFICER, at=noon).actor(Role.POLICY_OFFICER)

    swept(noon + LATE)

    assert [one.code for one in inbox_of(officer, {}).rows].count("case_overdue") == 0


def by_time(case: str) -> list[tuple[str, str, str]]:
    """What time did to a case: the act, who did it, and why."""
    return [
        (one.act, one.actor_name, one.reason)
        for one in audit.history_of("application", case)
        if one.act.endswith("_by_time")
    ]


def test_time_passes_a_stage_where_the_pack_says_so(app: Flask, noon: datetime) -> None:
    ground = ground_of("pass", noon)
    case = make_accepted(ground, make_applicant(at=noon), at=noon).public_id
    before = queries.get(case).requested

    assert [swept(noon + LAST), swept(noon + LATE), swept(noon + LATE)] == [0, 1, 0]

    found = queries.get(case)
    assert (found.state, found.stage, found.approved) == (S.IN_STAGE, "second-review", before)
    [(act, actor, reason)] = by_time(case)
    assert (act, actor) == ("application.pass_stage_by_time", "daily")
    assert "应于 2026-03-25 前办理，逾期视为通过（" in reason


def test_no_person_is_said_to_have_decided_what_time_did(app: Flask, noon: datetime) -> None:
    ground = ground_of("pass", noon)
    case = make_accepted(ground, make_applicant(at=noon), at=noon)
    said = len(opinions_of(case.id))
    held = select(CaseDuty.person_id).where(CaseDuty.case_id == case.public_id, CaseDuty.duty != Duty.ENTER)
    before = sorted(db.session.scalars(held))

    swept(noon + LATE)

    assert len(opinions_of(case.id)) == said
    assert sorted(db.session.scalars(held)) == before


def test_time_judges_nothing_that_waits_for_a_person(app: Flask, noon: datetime) -> None:
    judged = {"name": "is_worth_it", "type": "flag", "label": "是否有示范作用", "supplied_by": "reviewer"}
    rule = {"id": "worth", "say": "有示范作用", "provenance": "local", "at": ["application"]}
    pack = rewritten(
        lambda data: data["process"]["stages"][0].update(on_overdue="pass"),
        lambda data: data.setdefault("facts", []).append(judged),
        lambda data: data["applicants"].append({**rule, "when": {"is_worth_it": True}}),
    )
    ground = make_ground(at=noon, loaded=pack)
    case = make_accepted(ground, make_applicant(at=noon), at=noon).public_id

    assert swept(noon + LATE) == 1

    assert (queries.get(case).state, queries.get(case).stage) == (S.IN_STAGE, "first-review")
    assert by_time(case) == []
    assert told(ground, "case_overdue", "first") == 1


def test_time_sends_a_first_stage_back_to_acceptance(app: Flask, noon: datetime) -> None:
    ground = ground_of("return", noon)
    case = make_accepted(ground, make_applicant(at=noon), at=noon).public_id

    swept(noon + LATE)

    assert (queries.get(case).state, queries.get(case).stage) == (S.SUBMITTED, "")
    assert [act for act, _, _ in by_time(case)] == ["application.return_to_acceptance_by_time"]


def test_time_sends_a_later_stage_back_to_the_one_before(app: Flask, noon: datetime) -> None:
    pack = rewritten(lambda data: data["process"]["stages"][1].update(on_overdue="return", working_days=5))
    ground = make_ground(at=noon, loaded=pack)
    case = make_accepted(ground, make_applicant(at=noon), at=noon).public_id
    pass_stage(ground, case, "first", at=noon)

    swept(noon + LATE)

    assert (queries.get(case).state, queries.get(case).stage) == (S.IN_STAGE, "first-review")
    assert queries.get(case).due_on is not None
