"""Cases under fire: a budget for seven is promised seven times, and a case in a stage goes one way."""

from collections.abc import Callable, Mapping
from itertools import count

import pytest

from tests.factories.accounts import Somebody, make_user
from tests.factories.applications import Ground, grant, make_applicant, resubmit
from tests.factories.crowd import Crowd, make_crowd
from tests.factories.parties import received_pdf
from tests.factories.review import make_accepted
from tests.races import together
from tests.races.conftest import NOON, Siege
from tests.races.harness import Reply, Visitor, counts
from vouchers.accounts.states import Role
from vouchers.applications import queries, services
from vouchers.applications.states import ApplicationState
from vouchers.audit import queries as audit
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor

AT_ONCE, ENOUGH_FOR = 50, 7
EACH = 3_000_000
DECISION = {"meeting": "会议纪要〔2026〕3 号", "supports": "yes", "if_short": "wait", "reason": "同意支持"}

_applicants = count(1_000)


@pytest.fixture
def reviewers(siege: Siege) -> list[Visitor]:
    people: list[Somebody] = [make_user(Role.REVIEWER, at=NOON, name=name) for name in ("王初审", "赵初审")]
    return [siege.visitor(one) for one in people]


def state_of(case: str) -> ApplicationState:
    db.session.rollback()
    return queries.get(case).state


def winner_of(replies: list[Reply]) -> int:
    """The place of the one that was let through; all others were refused."""
    won = [place for place, reply in enumerate(replies) if reply.status == 303]
    assert len(won) == 1, counts(replies)
    assert {reply.status for reply in replies} <= {303, 409, 422}
    return won[0]


def test_a_budget_for_seven_is_promised_seven_times(siege: Siege, ground: Ground, rounds: int) -> None:
    decider = siege.visitor(ground.officers["decider"])
    handler = make_user(Role.HANDLER, at=NOON)
    for _ in range(rounds):
        grant(ground, ENOUGH_FOR * EACH // 2, at=NOON)
        crowd = Crowd(ground.window, handler.user_id, stage="meeting-decision", amount=EACH)
        cases = make_crowd(crowd, AT_ONCE, at=NOON)
        decider.get(f"/office/cases/{cases[0]}/decide")

        replies = siege.fire(
            [decider.shot(f"/office/cases/{one}/decide", {"seen_version": 1, **DECISION}) for one in cases]
        )

        assert counts(replies) == {303: AT_ONCE}
        states = [state_of(one) for one in cases]
        assert states.count(ApplicationState.DECIDED) == ENOUGH_FOR
        assert states.count(ApplicationState.WAITING) == AT_ONCE - ENOUGH_FOR
        late = queries.get(cases[states.index(ApplicationState.WAITING)])
        assert "可发放规模不足" in late.outcome_reason


def test_a_case_passes_a_stage_once(siege: Siege, ground: Ground, reviewers: list[Visitor], rounds: int) -> None:
    for _ in range(rounds):
        case, _applicant = accepted(ground)
        path = f"/office/cases/{case}/pass"
        shots = [shot_from(one, path, {"reason": "材料齐全，符合条件"}) for one in reviewers]

        winner_of(siege.fire(shots))

        assert queries.get(case).stage == "second-review"
        assert [event.act for event in audit.history_of("application", case)].count("application.pass_stage") == 1


def test_passed_or_rejected_is_one_of_them(siege: Siege, ground: Ground, reviewers: list[Visitor], rounds: int) -> None:
    for _ in range(rounds):
        case, _applicant = accepted(ground)
        path = f"/office/cases/{case}"
        refusal = {"rule": "no-double-support", "reason": "同一合同已获其他补贴"}
        shots = [
            shot_from(reviewers[0], f"{path}/pass", {"reason": "材料齐全，符合条件"}),
            shot_from(reviewers[1], f"{path}/reject", refusal),
        ]

        won = winner_of(siege.fire(shots))

        assert state_of(case) is (ApplicationState.IN_STAGE, ApplicationState.REJECTED)[won]


def test_passed_or_sent_back_for_correction_is_one_of_them(
    siege: Siege, ground: Ground, reviewers: list[Visitor], rounds: int
) -> None:
    for _ in range(rounds):
        case, _applicant = accepted(ground)
        path = f"/office/cases/{case}"
        wanted = {"fields": "need-statement", "reason": "请补充算力需求测算"}
        shots = [
            shot_from(reviewers[0], f"{path}/pass", {"reason": "材料齐全，符合条件"}),
            shot_from(reviewers[1], f"{path}/correct", wanted),
        ]

        won = winner_of(siege.fire(shots))

        assert state_of(case) is (ApplicationState.IN_STAGE, ApplicationState.CORRECTION)[won]
        assert queries.get(case).stage == ("second-review", "first-review")[won]


def test_what_was_amended_is_not_passed_on_the_page_from_before(
    siege: Siege, ground: Ground, reviewers: list[Visitor], rounds: int
) -> None:
    for _ in range(rounds):
        case, applicant = accepted(ground)
        path = f"/office/cases/{case}"
        stale = shot_from(reviewers[0], f"{path}/pass", {"reason": "材料齐全，符合条件"})
        wanted = {"fields": "need-statement", "reason": "请补充算力需求测算"}
        winner_of(siege.fire([shot_from(reviewers[1], f"{path}/correct", wanted)]))
        amend(case, applicant)

        def hand_in(case: str = case, applicant: Actor = applicant) -> list[Reply]:
            resubmit(case, applicant, at=NOON)
            return []

        def pass_it(stale: bytes = stale) -> list[Reply]:
            return siege.fire([stale])

        works: list[Callable[[], list[Reply]]] = [hand_in, pass_it]
        handed_in, replies = together(siege.app, works)

        assert handed_in == []
        assert isinstance(replies, list)
        assert counts(replies) == {409: 1}
        assert (state_of(case), queries.get(case).stage) == (ApplicationState.IN_STAGE, "first-review")


def amend(case: str, applicant: Actor) -> None:
    """The paper that was asked for, handed in anew; opens its own transaction."""
    with transaction():
        seen = queries.get(case).version
        received = received_pdf("需求说明（补正）.pdf")
        services.add_document(case, "need-statement", received=received, seen_version=seen, actor=applicant, at=NOON)


def accepted(ground: Ground) -> tuple[str, Actor]:
    applicant = make_applicant(next(_applicants), at=NOON)
    return make_accepted(ground, applicant, at=NOON).public_id, applicant


def shot_from(visitor: Visitor, path: str, typed: Mapping[str, object]) -> bytes:
    """A press on a form as its page offers it, some fields typed."""
    form = visitor.form(path)
    return visitor.shot(path, {**{name: values[0] for name, values in form.values.items()}, **typed})
