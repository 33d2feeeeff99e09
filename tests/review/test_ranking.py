"""All cases of a window chosen among at once: by rank and slots, in proportion, by lot; within the money, once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from tests.factories.accounts import make_user, sign_in
from tests.factories.applications import Ground, make_applicant, make_ground, make_window
from tests.factories.review import decide, make_accepted, make_reviewed, pass_stage, version_of
from tests.pages import PageClient
from tests.races import together
from tests.review.chosen import AFTER, experts, ground_of, reviewed, scored_case, settle
from vouchers.accounts.states import Role
from vouchers.applications import queries
from vouchers.applications.services import advance
from vouchers.applications.states import ApplicationState as S
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.notices.services import NewNotice, open_notice
from vouchers.parties.services import declare_conflict
from vouchers.policy import lots
from vouchers.policy import queries as policy
from vouchers.policy import services as schemes
from vouchers.policy.models import LotDraw
from vouchers.policy.services import NewWindow
from vouchers.review import queries as review
from vouchers.review import services
from vouchers.review.models import Ranking
from vouchers.review.services import MeetingDecision

SLOTS = {
    "way": "slots",
    "slots": 1,
    "per": "calendar-year",
    "ranked_by": ["amount-smaller", "submitted"],
    "reserves": 1,
}
RANKED = {"way": "ranked-window", "ranked_by": ["amount-larger", "submitted"], "partly": True}
LOTTERY = {"way": "lottery", "seed": "published-before", "partly": False}
SCORED = {"way": "slots", "slots": 1, "per": "window", "ranked_by": ["score", "submitted"]}


def codes(refused: pytest.ExceptionInfo[RuleViolation]) -> list[str]:
    return [finding.code for finding in refused.value.findings]


def states(*cases: str) -> list[S]:
    return [queries.get(one).state for one in cases]


@pytest.mark.database
def test_slots_go_by_rank_a_reserve_waits_and_the_rest_ends(app: Flask, noon: datetime) -> None:
    ground = ground_of(SLOTS, at=noon)
    large, small, middle = (one.public_id for one in reviewed(ground, "50000.00", "20000.00", "30000.00", at=noon))

    ranking = settle(ground, at=noon + AFTER)

    assert states(small, middle, large) == [S.DECIDED, S.WAITING, S.OUT_OF_FUNDS]
    numbers = [queries.get(one).number for one in (small, middle, large)]
    assert [(one.place, one.number, one.reason) for one in ranking.entries] == [
        (1, numbers[0], "granted"),
        (2, numbers[1], "reserve"),
        (3, numbers[2], "no-slot"),
    ]
    assert queries.get(small).approved == queries.get(small).requested
    acts = db.session.scalars(select(AuditEvent.act).where(AuditEvent.act == "ranking.settle")).all()
    assert len(acts) == 1


@pytest.mark.database
def test_a_reserve_moves_up_when_who_was_chosen_drops_out_and_not_before(app: Flask, noon: datetime) -> None:
    ground = ground_of(SLOTS, at=noon)
    _, small, middle = (one.public_id for one in reviewed(ground, "50000.00", "20000.00", "30000.00", at=noon))
    settle(ground, at=noon + AFTER)

    with pytest.raises(RuleViolation) as full:
        decide(ground, middle, at=noon + AFTER)
    with transaction():
        case = queries.lock(small)
        advance(case, "reject", actor=ground.officer("decider"), at=noon + AFTER, reason="公示异议成立")
    decide(ground, middle, at=noon + AFTER)

    assert codes(full) == ["no-slot"]
    assert states(middle) == [S.DECIDED]


@pytest.mark.database
def test_slots_of_a_year_are_counted_over_its_windows(app: Flask, noon: datetime) -> None:
    ground = ground_of(SLOTS, at=noon)
    (first,) = (one.public_id for one in reviewed(ground, "50000.00", at=noon))
    settle(ground, at=noon + AFTER)
    second = make_window(ground, at=noon)
    other = Ground(second.public_id, ground.scheme_id, ground.officers)
    late = make_reviewed(other, make_applicant(9, at=noon), at=noon).public_id

    ranking = settle(other, at=noon + AFTER)

    assert states(first, late) == [S.DECIDED, S.WAITING]
    assert ranking.taken == 1


@pytest.mark.database
def test_rank_by_score_takes_the_average_of_the_experts(app: Flask, noon: datetime) -> None:
    ground = ground_of(SCORED, at=noon, scored=True)
    panel = experts(2, at=noon)
    low, high = (
        scored_case(ground, i, panel, *marks, at=noon)
        for i, marks in ((1, ((60, 60), (70, 70))), (2, ((90, 90), (90, 91))))
    )
    for case in (low, high):
        pass_stage(ground, case, "first", at=noon)
        pass_stage(ground, case, "second", at=noon)

    ranking = settle(ground, at=noon + AFTER)

    assert [(one.number, one.score) for one in ranking.entries] == [
        (queries.get(high).number, "90.20"),
        (queries.get(low).number, "65.00"),
    ]
    assert states(high, low) == [S.DECIDED, S.OUT_OF_FUNDS]


@pytest.mark.database
def test_never_more_than_the_money_and_who_comes_last_gets_the_rest(app: Flask, noon: datetime) -> None:
    ground = ground_of(RANKED, at=noon, granted=2_500_001)
    cases = reviewed(ground, "90000.00", "50000.00", "30000.00", at=noon)
    asked = [one.requested for one in cases]

    ranking = settle(ground, at=noon + AFTER)

    given = [one.given for one in ranking.entries]
    assert sum(asked) > ranking.budget
    assert sum(given) == ranking.budget
    assert given[0] == max(asked)
    assert [one.reason for one in ranking.entries][1:] == ["partly", "no-money"]
    assert sum(given) <= 2 * 2_500_001


@pytest.mark.database
def test_all_are_cut_in_one_proportion(app: Flask, noon: datetime) -> None:
    ground = ground_of({"way": "pro-rata"}, at=noon, granted=2_000_003)
    cases = reviewed(ground, "90000.00", "70000.00", "50000.00", at=noon)

    ranking = settle(ground, at=noon + AFTER)

    assert sum(one.given for one in ranking.entries) <= ranking.budget
    whole = sum(one.requested for one in cases)
    for one in ranking.entries:
        assert abs(one.given - one.asked * ranking.budget / whole) <= 1
    assert states(*(one.public_id for one in cases)) == [S.DECIDED] * 3


@pytest.mark.database
def test_lots_are_bound_before_shown_once_and_drawn_again_by_anybody(app: Flask, noon: datetime) -> None:
    ground = ground_of(LOTTERY, at=noon, granted=2_500_000)
    cases = reviewed(ground, "90000.00", "80000.00", "70000.00", at=noon)
    window, actor = policy.window(ground.window), ground.officer("decider")
    draw = lots.draw_of(window.id)
    assert draw is not None
    commitment = draw.commitment
    raw = db.session.execute(text("SELECT secret, revealed FROM lot_draws")).one()

    with pytest.raises(RuleViolation, match="窗口还在受理"), transaction():
        services.draw_lots(ground.window, "3456.78", actor=actor, at=noon)
    with pytest.raises(RuleViolation) as undrawn:
        settle(ground, at=noon + AFTER)
    with transaction():
        services.draw_lots(ground.window, "3456.78", actor=actor, at=noon + AFTER)
    with pytest.raises(Conflict), transaction():
        services.draw_lots(ground.window, "3456.79", actor=actor, at=noon + AFTER)
    ranking = settle(ground, at=noon + AFTER)

    drawn = db.session.scalars(select(LotDraw)).one()
    assert codes(undrawn) == ["not-drawn"]
    assert raw.revealed == ""
    assert drawn.revealed not in str(raw.secret)
    assert sha256(drawn.revealed.encode()).hexdigest() == commitment
    by_hand = {one.number: sha256(f"{drawn.revealed}\n3456.78\n{one.number}".encode()).hexdigest() for one in cases}
    assert [one.number for one in ranking.entries] == sorted(by_hand, key=by_hand.__getitem__)
    assert {one.number: one.lot for one in ranking.entries} == by_hand
    assert sum(one.given for one in ranking.entries) <= ranking.budget


@pytest.mark.database
def test_the_list_waits_for_the_window_and_for_every_case_and_is_settled_once(app: Flask, noon: datetime) -> None:
    ground = ground_of(RANKED, at=noon)
    reviewed(ground, "50000.00", at=noon)
    make_accepted(ground, make_applicant(7, at=noon), at=noon)

    with pytest.raises(RuleViolation) as early:
        settle(ground, at=noon)
    assert codes(early) == ["window-open", "cases-on-the-way"]


@pytest.mark.database
def test_a_list_that_changed_meanwhile_is_not_settled_and_one_settled_stays(app: Flask, noon: datetime) -> None:
    ground = ground_of(RANKED, at=noon)
    case, _ = (one.public_id for one in reviewed(ground, "50000.00", "60000.00", at=noon))
    seen = services.proposal(policy.window(ground.window)).digest
    with transaction():
        no = MeetingDecision("会议纪要 2026-5", supports=False, reason="材料不实", seen_version=version_of(case))
        services.decide_meeting(case, no, actor=ground.officer("decider"), at=noon)

    with pytest.raises(Conflict):
        settle(ground, at=noon + AFTER, seen=lambda _: seen)
    settle(ground, at=noon + AFTER)
    with pytest.raises(Conflict):
        settle(ground, at=noon + AFTER)
    for statement in ("UPDATE rankings SET budget = 0", "DELETE FROM ranking_entries"):
        with pytest.raises(DatabaseError):
            db.session.execute(text(statement))
        db.session.rollback()


@pytest.mark.database
def test_a_case_is_not_supported_alone_where_all_are_ranked(app: Flask, noon: datetime) -> None:
    ground = ground_of(RANKED, at=noon)
    (case,) = (one.public_id for one in reviewed(ground, "50000.00", at=noon))

    with pytest.raises(RuleViolation) as alone:
        decide(ground, case, at=noon)

    assert codes(alone) == ["ranked-at-once"]


@pytest.mark.database
def test_who_examined_a_case_does_not_settle_the_list(app: Flask, noon: datetime) -> None:
    ground = ground_of(RANKED, at=noon)
    reviewed(ground, "50000.00", at=noon)

    with pytest.raises(RuleViolation):
        settle(ground, at=noon + AFTER, officer="first")

    assert db.session.scalars(select(Ranking)).all() == []


@pytest.mark.database
def test_first_come_gives_the_rest_where_the_pack_says_so(app: Flask, noon: datetime) -> None:
    ground = ground_of({"way": "first-come", "partly": True}, at=noon, granted=2_500_000)
    first, second, third = (one.public_id for one in reviewed(ground, "90000.00", "80000.00", "70000.00", at=noon))

    for case in (first, second, third):
        decide(ground, case, at=noon)

    whole = queries.get(first).requested
    assert states(first, second, third) == [S.DECIDED, S.DECIDED, S.WAITING]
    assert queries.get(second).approved == 5_000_000 - whole
    assert sum(review.promised_amounts(ground.scheme_id, "compute")) == 5_000_000


@pytest.mark.database
def test_a_window_drawn_by_lot_does_not_open_without_the_source_of_the_number(app: Flask, noon: datetime) -> None:
    ground = ground_of(LOTTERY, at=noon)
    version = policy.window(ground.window).scheme_version.public_id
    new = NewWindow(version, "compute", "第二批", noon, noon + timedelta(days=9))

    with pytest.raises(RuleViolation) as refused, transaction():
        schemes.open_window(new, actor=ground.officer("decider"), at=noon)

    assert codes(refused) == ["no-lot-source"]


@pytest.mark.usefixtures("clock")
def test_the_pages_show_the_list_with_its_cut_line_the_draw_and_how_to_draw_again(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    ground = ground_of({**LOTTERY, "reserves": 1}, at=noon - AFTER, granted=2_500_000)
    cases = reviewed(ground, "90000.00", "80000.00", "70000.00", at=noon - AFTER)
    visitor = PageClient(app)
    visitor.get(f"/rankings/{ground.window}")
    assert visitor.page is not None
    before = visitor.page.text
    sign_in(client, make_user(Role.DECIDER, at=noon, name="赵定衡"))

    client.get("/office/rankings/")
    address = f"/office/rankings/{ground.window}"
    client.get(f"{address}/draw")
    client.submit({"value": "3456.78"}, form=f"{address}/draw")
    client.get(address)
    assert client.page is not None
    listed = client.page.text
    done = client.submit({"meeting": "会议纪要 2026-6", "reason": "按抽签次序，同意。"}, form=address)
    client.get(done.location)
    visitor.get(f"/rankings/{ground.window}")

    draw = db.session.scalars(select(LotDraw)).one()
    assert draw.commitment in before
    assert draw.revealed not in before
    assert "上证综合指数" in before
    assert "入选线以下" in listed
    assert done.status_code == 303
    assert "候补" in client.page.text
    assert draw.revealed in visitor.page.text
    assert "sha256sum" in visitor.page.text
    assert all(one.number in visitor.page.text for one in cases)
    assert cases[0].enterprise.organisation.name not in visitor.page.text


@pytest.mark.usefixtures("clock")
def test_the_public_notice_lists_who_was_chosen_and_who_stands_by(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    ground = ground_of(SLOTS, at=noon - AFTER)
    large, small, middle = reviewed(ground, "50000.00", "20000.00", "30000.00", at=noon - AFTER)
    settle(ground, at=noon)
    with transaction():
        notice = open_notice(NewNotice("拟支持名单", (small.public_id,)), actor=ground.officer("first"), at=noon)
        address = f"/notices/{notice.public_id}"

    client.get(address)

    assert client.page is not None
    assert small.enterprise.organisation.name in client.page.text
    assert "候补名单" in client.page.text
    assert middle.number in client.page.text
    assert large.number not in client.page.text
    assert f"/rankings/{ground.window}" in client.page.links()


@pytest.mark.usefixtures("clock")
def test_a_window_taken_as_cases_come_has_no_page_of_ranking(app: Flask, client: PageClient, noon: datetime) -> None:
    ground = make_ground(at=noon)

    assert client.get(f"/rankings/{ground.window}").status_code == 404


def test_two_who_settle_at_the_same_time_settle_once(app: Flask, noon: datetime) -> None:
    ground = ground_of(RANKED, at=noon)
    reviewed(ground, "50000.00", at=noon)

    works: list[Callable[[], Ranking]] = [
        partial(settle, ground, at=noon + AFTER, officer=officer) for officer in ("decider", "second_decider")
    ]

    outcomes = together(app, works)
    db.session.rollback()

    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
    assert len(db.session.scalars(select(Ranking)).all()) == 1


def test_every_window_has_a_secret_of_its_own(app: Flask, noon: datetime) -> None:
    ground = ground_of(LOTTERY, at=noon)
    make_window(ground, at=noon)

    secrets = db.session.scalars(select(LotDraw.secret)).all()

    assert len(secrets) == len(set(secrets)) == 2
    assert all(one is not None and len(one) == 64 for one in secrets)


def test_whoever_is_tied_to_one_on_the_list_settles_none_of_it(app: Flask, noon: datetime) -> None:
    """B06: the list is one decision on everybody on it."""
    ground = ground_of(SLOTS, at=noon)
    case = reviewed(ground, "20000.00", at=noon)[0]
    with transaction():
        declare_conflict(case.enterprise.organisation_id, reason="亲属任职", actor=ground.officer("decider"), at=noon)

    with pytest.raises(RuleViolation) as refused:
        settle(ground, at=noon + AFTER)

    assert [one.code for one in refused.value.findings] == ["own-organisation"]
