"""Stage by stage to the meeting, by different people, within the money: on both databases."""

from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.applications import Ground, grant, make_applicant, make_ground, make_submitted
from tests.factories.review import decide, make_accepted, make_reviewed, pass_stage, version_of
from tests.policy.packs import PACK
from tests.races import together
from vouchers.accounts.services import NewAppointment, appoint
from vouchers.accounts.states import Role
from vouchers.applications import queries, services
from vouchers.applications.states import ApplicationState as S
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.policy.loader import load_text
from vouchers.review import queries as review
from vouchers.review.services import (
    MeetingDecision,
    Rejection,
    StageDecision,
    accept,
    decide_meeting,
    recuse,
    reject,
    run_out,
    take,
)
from vouchers.review.services import decide as decide_stage
from vouchers.review.states import Verdict

pytestmark = pytest.mark.database


@pytest.fixture
def ground(app: Flask, noon: datetime) -> Ground:
    return make_ground(at=noon)


@pytest.fixture
def applicant(ground: Ground, noon: datetime) -> Actor:
    return make_applicant(at=noon)


def codes(refused: pytest.ExceptionInfo[RuleViolation]) -> list[str]:
    return [finding.code for finding in refused.value.findings]


def verdict(public_id: str, kind: Verdict = Verdict.PASS, **given: Any) -> StageDecision:
    case = queries.get(public_id)
    return StageDecision(case.stage, kind, given.pop("reason", "材料齐全。"), case.version, **given)


def say(public_id: str, decision: StageDecision, actor: Actor, at: datetime) -> None:
    with transaction():
        decide_stage(public_id, decision, actor=actor, at=at)


def test_a_case_passes_every_stage_of_the_pack(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_reviewed(ground, applicant, at=noon)

    said = [(one.stage, one.verdict, one.amount) for one in review.opinions_of(case.id)]
    assert (case.state, case.stage, case.approved) == (S.TO_DECIDE, "meeting-decision", 3_000_000)
    assert said == [
        ("acceptance", Verdict.PASS, None),
        ("first-review", Verdict.PASS, 3_000_000),
        ("second-review", Verdict.PASS, 3_000_000),
    ]


def test_the_second_review_is_another_persons(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_accepted(ground, applicant, at=noon)
    pass_stage(ground, case.public_id, "first", at=noon)

    with pytest.raises(RuleViolation) as refused:
        say(case.public_id, verdict(case.public_id), ground.officer("first"), noon)

    assert codes(refused) == ["duty-part-held"]


def test_who_accepted_a_case_takes_part_in_one_review_of_it_only(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = make_submitted(ground, applicant, at=noon)
    with transaction():
        accept(case.public_id, seen_version=case.version, actor=ground.officer("first"), at=noon)
    say(case.public_id, verdict(case.public_id), ground.officer("first"), noon)

    with pytest.raises(RuleViolation) as refused:
        say(case.public_id, verdict(case.public_id), ground.officer("first"), noon)

    assert codes(refused) == ["duty-part-held"]


def test_the_same_person_may_look_again_after_a_correction(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_accepted(ground, applicant, at=noon)
    asked = verdict(case.public_id, Verdict.CORRECTION, fields=("licence",), reason="请更换执照")
    say(case.public_id, asked, ground.officer("first"), noon)
    with transaction():
        shown = services.preview(queries.get(case.public_id), at=noon).hash
        seen = version_of(case.public_id)
        services.resubmit(case.public_id, seen_version=seen, seen_hash=shown, actor=applicant, at=noon)

    say(case.public_id, verdict(case.public_id), ground.officer("first"), noon)

    assert queries.get(case.public_id).stage == "second-review"


def test_who_entered_a_case_does_not_examine_it(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_submitted(ground, applicant, at=noon)
    with transaction():
        appointment = NewAppointment(
            applicant.user_id or 0, Role.REVIEWER, beijing_date(noon), office_id=ground.officers["first"].office_id
        )
        appoint(appointment, actor=ground.officer("decider"), at=noon)
    both = Actor(
        applicant.kind,
        applicant.name,
        role="reviewer",
        user_id=applicant.user_id,
        person_id=applicant.person_id,
        office_id=ground.officers["first"].office_id,
    )

    with pytest.raises(RuleViolation) as refused, transaction():
        reject(case.public_id, Rejection("clean-record", "自己的案件", case.version), actor=both, at=noon)

    assert codes(refused) == ["own-organisation"]


def test_a_stale_page_decides_nothing(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_accepted(ground, applicant, at=noon)
    stale = verdict(case.public_id)
    with transaction():
        services.withdraw(case.public_id, seen_version=case.version, reason="", actor=applicant, at=noon)

    with pytest.raises(Conflict):
        say(case.public_id, stale, ground.officer("first"), noon)


def test_a_lower_amount_needs_its_reason_and_stays_in_bounds(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_accepted(ground, applicant, at=noon)
    with pytest.raises(RuleViolation) as refused:
        say(case.public_id, verdict(case.public_id, amount=3_000_001), ground.officer("first"), noon)

    pass_stage(ground, case.public_id, "first", at=noon, amount=2_000_000)
    pass_stage(ground, case.public_id, "second", at=noon)

    assert codes(refused) == ["amount-outside"]
    assert queries.get(case.public_id).approved == 2_000_000


def test_a_refusal_rests_on_a_rule_and_says_why(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_submitted(ground, applicant, at=noon)
    bare = Rejection("", "", case.version)
    with pytest.raises(RuleViolation) as refused, transaction():
        reject(case.public_id, bare, actor=ground.officer("acceptor"), at=noon)

    with transaction():
        given = Rejection("in-the-district", "登记地和经营地都不在本区", case.version)
        reject(case.public_id, given, actor=ground.officer("acceptor"), at=noon)

    assert codes(refused) == ["reason-missing", "rule-missing"]
    ended = queries.get(case.public_id)
    assert ended.state is S.REJECTED
    assert "在渝中区登记或者实际经营" in ended.outcome_reason


def test_an_appointment_for_other_schemes_or_stages_does_not_reach(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = make_accepted(ground, applicant, at=noon)
    elsewhere = make_user(None, at=noon, name="外人")
    office_id = ground.officers["first"].office_id
    with transaction():
        narrow = NewAppointment(
            elsewhere.user_id, Role.REVIEWER, beijing_date(noon), office_id=office_id, stages=("second-review",)
        )
        appoint(narrow, actor=ground.officer("decider"), at=noon)
    actor = Actor(
        applicant.kind,
        "外人",
        role="reviewer",
        user_id=elsewhere.user_id,
        person_id=elsewhere.person_id,
        office_id=office_id,
    )

    with pytest.raises(RuleViolation) as refused:
        say(case.public_id, verdict(case.public_id), actor, noon)

    assert codes(refused) == ["out-of-scope"]


def test_who_recused_does_not_come_back(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_accepted(ground, applicant, at=noon)
    with transaction():
        recuse(case.public_id, reason="与申报单位有亲属关系", actor=ground.officer("first"), at=noon)

    with pytest.raises(RuleViolation) as refused:
        say(case.public_id, verdict(case.public_id), ground.officer("first"), noon)

    assert codes(refused) == ["recused"]


def test_a_case_that_somebody_took_is_theirs_until_another_takes_it(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = make_accepted(ground, applicant, at=noon)
    with transaction():
        take(case.public_id, actor=ground.officer("second"), at=noon)
    with pytest.raises(RuleViolation) as refused:
        say(case.public_id, verdict(case.public_id), ground.officer("first"), noon)

    with transaction():
        take(case.public_id, actor=ground.officer("first"), at=noon)
    pass_stage(ground, case.public_id, "first", at=noon)

    assert codes(refused) == ["taken"]
    assert review.open_task(case.id) is None


def test_what_only_a_reviewer_can_judge_must_be_judged(app: Flask, noon: datetime) -> None:
    rule = "  - id: real-need\n    say: 需求真实合理\n    at: [application]\n    when: {need_is_real: true}\n"
    rule += "    provenance: local\n  - id: in-operation\n"
    text = PACK.read_text(encoding="utf-8").replace("  - id: in-operation\n", rule, 1)
    ground = make_ground(at=noon, loaded=load_text(text, "pack.yaml", beside=PACK.parent))
    case = make_accepted(ground, make_applicant(at=noon), at=noon)
    with pytest.raises(RuleViolation) as refused:
        say(case.public_id, verdict(case.public_id), ground.officer("first"), noon)

    judged = verdict(case.public_id, judgements={"need_is_real": True})
    say(case.public_id, judged, ground.officer("first"), noon)

    passed = queries.get(case.public_id)
    assert codes(refused) == ["rules-open"]
    assert passed.stage == "second-review"
    assert queries.decision_of(passed) == queries.replayed(passed)


def test_the_meeting_promises_no_more_than_there_is(app: Flask, noon: datetime) -> None:
    tight = make_ground(at=noon, granted=1_500_000)
    first = make_reviewed(tight, make_applicant(1, at=noon), at=noon).public_id
    second = make_reviewed(tight, make_applicant(2, at=noon), at=noon).public_id

    decide(tight, first, at=noon)
    decide(tight, second, at=noon)

    waiting = queries.get(second)
    assert queries.get(first).state is S.DECIDED
    assert waiting.state is S.WAITING
    assert "¥30,000.00" in waiting.outcome_reason


def test_a_waiting_case_is_decided_when_money_comes(app: Flask, noon: datetime) -> None:
    empty = make_ground(at=noon, granted=0)
    case = make_reviewed(empty, make_applicant(at=noon), at=noon).public_id
    decide(empty, case, at=noon)
    with pytest.raises(RuleViolation) as refused:
        decide(empty, case, at=noon)

    grant(empty, 1_500_000, at=noon)
    decide(empty, case, at=noon)

    assert codes(refused) == ["out-of-funds"]
    assert queries.get(case).state is S.DECIDED


def test_a_case_can_end_for_want_of_money(app: Flask, noon: datetime) -> None:
    empty = make_ground(at=noon, granted=0)
    case = make_reviewed(empty, make_applicant(at=noon), at=noon).public_id
    decide(empty, case, at=noon)

    with transaction():
        seen = version_of(case)
        run_out(case, seen_version=seen, reason="本批规模用完", actor=empty.officer("decider"), at=noon)

    assert queries.get(case).state is S.OUT_OF_FUNDS


def test_a_meeting_may_say_no(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_reviewed(ground, applicant, at=noon).public_id

    with transaction():
        given = MeetingDecision("会议纪要 4", supports=False, reason="不属于本批重点", seen_version=version_of(case))
        decide_meeting(case, given, actor=ground.officer("decider"), at=noon)

    assert queries.get(case).state is S.REJECTED


def test_who_examined_does_not_decide(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_reviewed(ground, applicant, at=noon).public_id
    given = MeetingDecision("会议纪要 4", supports=True, reason="同意", seen_version=version_of(case))

    with pytest.raises(RuleViolation) as refused, transaction():
        decide_meeting(case, given, actor=ground.officer("second"), at=noon)

    assert codes(refused) == ["wrong-role"]


def test_two_meetings_at_once_promise_the_same_money_once(app: Flask, noon: datetime) -> None:
    tight = make_ground(at=noon, granted=1_500_000)
    cases = [make_reviewed(tight, make_applicant(number, at=noon), at=noon).public_id for number in (1, 2, 3)]

    together(app, [lambda case=case: decide(tight, case, at=noon) for case in cases])  # type: ignore[misc]

    db.session.rollback()
    assert sorted(queries.get(case).state for case in cases) == sorted([S.DECIDED, S.WAITING, S.WAITING])


def test_passing_and_refusing_at_once_one_wins(app: Flask, ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_accepted(ground, applicant, at=noon).public_id
    yes, no = verdict(case), verdict(case, Verdict.REJECT, rule="clean-record", reason="有失信记录")

    results = together(
        app,
        [
            lambda: say(case, yes, ground.officer("first"), noon),
            lambda: say(case, no, ground.officer("second"), noon),
        ],
    )

    assert sorted(type(one).__name__ for one in results) == ["Conflict", "NoneType"]
