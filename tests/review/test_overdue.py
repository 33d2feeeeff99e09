"""The term of a stage passes: who is reminded and who is told, once, and that nothing is decided by it."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.applications import Ground, make_applicant, make_ground
from tests.factories.review import make_accepted, pass_stage
from tests.policy.packs import edited
from vouchers.accounts.states import Role
from vouchers.applications import queries
from vouchers.applications.states import ApplicationState as S
from vouchers.audit import queries as audit
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import job
from vouchers.messages.queries import inbox_of
from vouchers.review.services import note_overdue

pytestmark = pytest.mark.database

SAY = "核对事实、材料和金额\n"
LAST, LATE = timedelta(days=7), timedelta(days=8)  # five working days from a Wednesday


def swept(at: datetime) -> int:
    with transaction():
        return note_overdue(actor=job("daily"), at=at)


def told(ground: Ground, code: str, officer: str) -> int:
    return [one.code for one in inbox_of(ground.officer(officer))].count(code)


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

    assert [one.code for one in inbox_of(officer)].count("case_overdue") == 0
