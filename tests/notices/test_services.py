"""From decided to approved: on notice, objected to, ended, approved; on both databases."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.factories.applications import Ground, make_applicant, make_ground
from tests.factories.notices import AFTER_NOTICE, approve, end_notices, make_approved, make_notice, make_noticed
from tests.factories.review import make_decided, version_of
from tests.races import together
from vouchers.applications import queries, services
from vouchers.applications.states import ApplicationState as S
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor, ActorKind
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.workdays import WorkCalendar
from vouchers.notices import queries as notices
from vouchers.notices import services as services_of_notices
from vouchers.notices.services import (
    NewNotice,
    NewObjection,
    Resolution,
    lodge_objection,
    open_notice,
    resolve,
    settle_notice_days,
)
from vouchers.notices.states import NoticeState, ObjectionState

pytestmark = pytest.mark.database

WHY = "名单金额有误，更正后重新公示"
VISITOR = Actor(ActorKind.USER, "访客", role="visitor")


@pytest.fixture
def ground(app: Flask, noon: datetime) -> Ground:
    return make_ground(at=noon)


@pytest.fixture
def applicant(ground: Ground, noon: datetime) -> Actor:
    return make_applicant(at=noon)


def codes(refused: pytest.ExceptionInfo[RuleViolation]) -> list[str]:
    return [finding.code for finding in refused.value.findings]


def object_to(public_id: str, at: datetime) -> str:
    notice = notices.published({}).rows[0]
    entries = notices.entries_of(notices.get(notice.public_id).id)
    entry = next(one for one in entries if one.application == public_id)
    db.session.rollback()
    with transaction():
        new = NewObjection(entry.public_id, "该单位没有实际经营场所", "李四", "13800000000")
        return lodge_objection(new, actor=VISITOR, at=at).public_id


def settle(ground: Ground, objection: str, at: datetime, *, upholds: bool) -> None:
    with transaction():
        version = notices.get_objection(objection).version
        resolution = Resolution(upholds, "经实地核实", version)
        resolve(objection, resolution, actor=ground.officer("acceptor"), at=at)


def test_a_case_goes_from_draft_to_approved(ground: Ground, applicant: Actor, noon: datetime) -> None:
    approved = make_approved(ground, applicant, at=noon)

    assert approved.state is S.APPROVED
    assert approved.approval_number == "渝中数〔2026〕12号"
    assert [one.public_id for one in queries.ready_to_issue(ground.scheme_id)] == [approved.public_id]


def test_a_notice_runs_as_many_working_days_as_the_pack_says(ground: Ground, applicant: Actor, noon: datetime) -> None:
    make_noticed(ground, applicant, at=noon)

    row = notices.published({}).rows[0]
    assert (row.opens_on.isoformat(), row.closes_on.isoformat()) == ("2026-03-18", "2026-03-25")
    assert (row.state, row.count, row.fen) == (NoticeState.OPEN, 1, 3_000_000)


def test_a_notice_ends_the_day_after_its_last(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_noticed(ground, applicant, at=noon).public_id

    on_the_day, after_it = end_notices(noon + timedelta(days=7)), end_notices(noon + timedelta(days=8))

    assert (on_the_day, after_it) == (0, 1)
    assert queries.get(case).state is S.NOTICE_ENDED


def test_a_case_with_an_open_objection_is_not_approved(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_noticed(ground, applicant, at=noon).public_id
    object_to(case, noon)
    end_notices(noon + AFTER_NOTICE)

    with pytest.raises(RuleViolation) as refused:
        approve(ground, case, at=noon + AFTER_NOTICE)

    assert codes(refused) == ["objection-open"]
    assert queries.get(case).state is S.OBJECTED


def test_a_dismissed_objection_lets_the_case_go_on(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_noticed(ground, applicant, at=noon).public_id
    objection = object_to(case, noon)

    settle(ground, objection, noon, upholds=False)

    assert queries.get(case).state is S.ON_NOTICE
    assert notices.get_objection(objection).state is ObjectionState.DISMISSED


def test_an_objection_dismissed_after_the_last_day_ends_the_notice_of_the_case(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = make_noticed(ground, applicant, at=noon).public_id
    first, second = object_to(case, noon), object_to(case, noon)
    late = noon + AFTER_NOTICE
    end_notices(late)

    settle(ground, first, late, upholds=False)
    between = queries.get(case).state
    settle(ground, second, late, upholds=False)

    assert between is S.OBJECTED
    assert queries.get(case).state is S.NOTICE_ENDED


def test_a_withdrawn_notice_gives_its_cases_back_to_be_shown_again(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = make_decided(ground, applicant, at=noon).public_id
    notice = make_notice(ground, [case], at=noon).public_id

    withdraw_notice(ground, notice, noon)

    shown = notices.get(notice)
    assert (shown.state, shown.withdrawn_at, shown.withdrawn_reason) == (NoticeState.WITHDRAWN, noon, WHY)
    assert queries.get(case).state is S.DECIDED
    assert make_notice(ground, [case], at=noon).public_id != notice
    assert end_notices(noon + AFTER_NOTICE) == 1
    assert queries.get(case).state is S.NOTICE_ENDED


def test_an_objection_outlives_the_notice_that_was_withdrawn(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_noticed(ground, applicant, at=noon).public_id
    objection = object_to(case, noon)
    withdraw_notice(ground, notices.published({}).rows[0].public_id, noon)

    between = queries.get(case).state
    settle(ground, objection, noon, upholds=False)

    assert between is S.OBJECTED
    assert queries.get(case).state is S.DECIDED


def test_a_notice_is_withdrawn_with_a_reason_once_and_only_while_it_runs(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    make_noticed(ground, applicant, at=noon)
    notice = notices.published({}).rows[0].public_id

    with pytest.raises(RuleViolation) as refused:
        withdraw_notice(ground, notice, noon, reason=" ")
    assert codes(refused) == ["withdrawal-unexplained"]

    end_notices(noon + AFTER_NOTICE)
    with pytest.raises(Conflict):
        withdraw_notice(ground, notice, noon + AFTER_NOTICE)


def withdraw_notice(ground: Ground, notice: str, at: datetime, *, reason: str = WHY) -> None:
    with transaction():
        seen = notices.get(notice).version
        services_of_notices.withdraw_notice(notice, reason, seen_version=seen, actor=ground.officer("first"), at=at)


def test_an_upheld_objection_ends_the_case(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_noticed(ground, applicant, at=noon).public_id

    settle(ground, object_to(case, noon), noon, upholds=True)

    ended = queries.get(case)
    assert ended.state is S.REJECTED
    assert "异议成立" in ended.outcome_reason


def test_no_objection_is_taken_after_the_last_day(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_noticed(ground, applicant, at=noon).public_id

    with pytest.raises(RuleViolation) as refused:
        object_to(case, noon + timedelta(days=8))

    assert codes(refused) == ["notice-over"]


def test_the_name_of_who_objects_lies_encrypted(ground: Ground, applicant: Actor, noon: datetime) -> None:
    object_to(make_noticed(ground, applicant, at=noon).public_id, noon)

    stored = db.session.execute(text("SELECT contact_name, contact FROM objections")).one()

    assert "李四" not in stored.contact_name
    assert "13800000000" not in stored.contact


def test_what_was_on_notice_cannot_be_changed(ground: Ground, applicant: Actor, noon: datetime) -> None:
    make_noticed(ground, applicant, at=noon)

    with pytest.raises(DBAPIError), transaction():
        db.session.execute(text("UPDATE notice_entries SET amount = 1"))


def test_a_decided_case_is_not_approved_before_its_notice(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_decided(ground, applicant, at=noon).public_id

    with pytest.raises(RuleViolation) as refused:
        approve(ground, case, at=noon)

    assert codes(refused) == ["notice-first"]


def test_only_decided_cases_are_put_on_notice(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_noticed(ground, applicant, at=noon).public_id

    with pytest.raises(Conflict), transaction():
        open_notice(NewNotice("再次公示", (case,)), actor=ground.officer("acceptor"), at=noon)

    assert len(notices.published({}).rows) == 1


def test_approving_and_withdrawing_at_once_one_wins(
    app: Flask, ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = make_decided(ground, applicant, at=noon).public_id
    make_notice(ground, [case], at=noon)
    seen = version_of(case)

    def withdraw() -> str:
        with transaction():
            services.withdraw(case, seen_version=seen, reason="", actor=applicant, at=noon)
        return "withdrawn"

    def end() -> str:
        return "ended" if end_notices(noon + AFTER_NOTICE) else "nothing"

    together(app, [withdraw, end])

    db.session.rollback()
    assert queries.get(case).state in {S.WITHDRAWN, S.NOTICE_ENDED}


def test_approving_twice_at_once_approves_once(app: Flask, ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_noticed(ground, applicant, at=noon).public_id
    end_notices(noon + AFTER_NOTICE)

    results = together(app, [lambda: approve(ground, case, at=noon + AFTER_NOTICE)] * 3)

    assert sorted(type(one).__name__ for one in results) == ["Conflict", "Conflict", "NoneType"]


def test_a_last_day_that_is_a_guess_ends_nothing_until_its_year_is_published(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    make_noticed(ground, applicant, at=noon)
    public_id, late = notices.published({}).rows[0].public_id, noon + timedelta(days=30)
    with transaction():
        notices.lock(public_id).is_provisional = True
        record("test.guess", Subject("notice", public_id), actor=VISITOR, at=noon)

    before = end_notices(late)
    settled = []
    for years in ((), (2026,)):
        calendar = WorkCalendar(frozenset(years))
        with transaction():
            settled.append(settle_notice_days(actor=VISITOR, at=late, calendar=calendar))
    after = end_notices(late)

    assert (before, settled, after) == (0, [0, 1], 1)
