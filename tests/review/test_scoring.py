"""专家评分: several experts independently, none with an interest, every mark kept, the average against the mark."""

from datetime import datetime
from fractions import Fraction

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from tests.factories.accounts import make_user, sign_in
from tests.factories.applications import Ground, make_applicant, resubmit
from tests.factories.review import make_accepted, pass_stage
from tests.pages import PageClient
from tests.review.chosen import SCORING, experts, ground_of, score, scored_case
from vouchers.accounts.states import Role
from vouchers.applications import queries
from vouchers.applications.services import SavedFacts, save_facts
from vouchers.applications.states import ApplicationState
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation
from vouchers.policy.pack.intake import Scoring
from vouchers.policy.rules import scoring
from vouchers.review import queries as review
from vouchers.review import services
from vouchers.review.models import Score
from vouchers.review.services import StageDecision
from vouchers.review.states import Verdict

SLOTS = {"way": "slots", "slots": 2, "per": "window", "ranked_by": ["score", "submitted"]}
RULE = Scoring.model_validate(SCORING, strict=False)


@pytest.fixture
def ground(app: Flask, noon: datetime) -> Ground:
    return ground_of(SLOTS, at=noon, scored=True)


@pytest.fixture
def panel(ground: Ground, noon: datetime) -> list[Actor]:
    return experts(3, at=noon)


@pytest.fixture
def case(ground: Ground, noon: datetime) -> str:
    return make_accepted(ground, make_applicant(1, at=noon), at=noon).public_id


def codes(refused: pytest.ExceptionInfo[RuleViolation]) -> list[str]:
    return [finding.code for finding in refused.value.findings]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=2, max_size=2))
def test_the_average_lies_between_the_lowest_and_the_highest_and_the_mark_itself_passes(
    marks: list[tuple[int, int]],
) -> None:
    found = scoring.average(RULE, marks)

    assert found == sum(Fraction(6, 10) * a + Fraction(4, 10) * b for a, b in marks) / 2
    assert min(map(min, marks)) <= found <= max(map(max, marks))
    assert scoring.passes(RULE, marks) == (found >= 60)
    assert scoring.average(RULE, marks[:1]) is None
    assert not scoring.passes(RULE, marks[:1])
    assert scoring.passes(RULE, [(60, 60), (60, 60)])


@pytest.mark.database
def test_a_case_passes_when_all_experts_scored_and_the_average_reaches_the_mark(
    ground: Ground, panel: list[Actor], case: str, noon: datetime
) -> None:
    score(case, panel[0], 50, 60, at=noon)
    with pytest.raises(RuleViolation) as refused:
        pass_stage(ground, case, "first", at=noon)
    assert codes(refused) == ["scores-missing"]

    score(case, panel[1], 70, 60, at=noon)
    assert review.score_of(queries.get(case)) == 60
    pass_stage(ground, case, "first", at=noon)

    assert queries.get(case).stage == "second-review"
    kept = db.session.scalars(select(Score).order_by(Score.id)).all()
    assert [(one.expert, one.marks) for one in kept] == [(panel[0].name, [50, 60]), (panel[1].name, [70, 60])]
    acts = db.session.scalars(select(AuditEvent.act).where(AuditEvent.act == "review.score")).all()
    assert len(acts) == 2


@pytest.mark.database
def test_below_the_mark_a_case_does_not_pass_and_is_refused_by_the_rule_of_the_stage(
    ground: Ground, panel: list[Actor], case: str, noon: datetime
) -> None:
    score(case, panel[0], 60, 59, at=noon)
    score(case, panel[1], 60, 60, at=noon)

    with pytest.raises(RuleViolation, match=r"平均 59\.80 分，低于合格线 60 分"):
        pass_stage(ground, case, "first", at=noon)


@pytest.mark.database
def test_an_expert_scores_once_says_why_and_has_no_interest(
    ground: Ground, panel: list[Actor], case: str, noon: datetime
) -> None:
    with pytest.raises(RuleViolation) as refused:
        score(case, panel[0], 101, 50, at=noon, remark=" ", is_impartial=False)
    assert codes(refused) == ["mark-outside", "remark-missing", "not-impartial"]

    score(case, panel[0], 80, 80, at=noon)
    with pytest.raises(RuleViolation) as again:
        score(case, panel[0], 90, 90, at=noon)
    assert codes(again) == ["scored-before"]
    score(case, panel[1], 80, 80, at=noon)
    with pytest.raises(RuleViolation) as third:
        score(case, panel[2], 80, 80, at=noon)
    assert codes(third) == ["scores-full"]
    with pytest.raises(RuleViolation) as stranger:
        score(case, make_user(Role.REVIEWER, at=noon).actor(Role.REVIEWER), 80, 80, at=noon)
    assert "wrong-role" in codes(stranger) or "scores-full" in codes(stranger)


@pytest.mark.database
def test_only_experts_score_and_none_who_stepped_back(
    ground: Ground, panel: list[Actor], case: str, noon: datetime
) -> None:
    with pytest.raises(RuleViolation) as stranger:
        score(case, make_user(Role.REVIEWER, at=noon).actor(Role.REVIEWER), 80, 80, at=noon)
    with transaction():
        services.recuse(case, reason="曾在该单位任职", actor=panel[0], at=noon)
    with pytest.raises(RuleViolation) as recused:
        score(case, panel[0], 80, 80, at=noon)

    assert codes(stranger) == ["wrong-role"]
    assert codes(recused) == ["recused"]


@pytest.mark.database
def test_a_score_is_never_changed_and_never_deleted(panel: list[Actor], case: str, noon: datetime) -> None:
    score(case, panel[0], 80, 80, at=noon)

    for statement in (update(Score).values(remark="改"), text("DELETE FROM scores")):
        with pytest.raises(DatabaseError):
            db.session.execute(statement)
        db.session.rollback()


@pytest.mark.usefixtures("clock")
def test_an_expert_sees_what_is_needed_and_nobodys_marks(
    app: Flask, client: PageClient, ground: Ground, panel: list[Actor], case: str, noon: datetime
) -> None:
    score(case, panel[0], 91, 17, at=noon, remark="别的专家不该看见这一句")
    sign_in(client, make_user(Role.EXPERT, at=noon, name="韩公评"))
    address = f"/office/scoring/{case}"

    client.get("/office/scoring/")
    assert client.page is not None
    assert queries.get(case).number in client.page.text
    client.get(address)
    text = client.page.text
    paper = next(link for link in client.page.links() if "/documents/" in link)
    assert client.get(paper).status_code == 200
    assert client.get(f"/office/cases/{case}").status_code == 403
    client.get(address)
    refused = client.submit({"mark_0": "120", "mark_1": "80", "remark": "指标可核，团队稳定。"}, form=address)
    client.get(address)
    typed = {"mark_0": "70", "mark_1": "80", "remark": "指标可核，团队稳定。", "is_impartial": "y"}
    done = client.submit(typed, form=address)

    assert "创新性" in text
    assert "别的专家不该看见" not in text
    assert "统一社会信用代码" not in text
    assert (refused.status_code, done.status_code) == (422, 303)
    assert [one.marks for one in review.scores_of(queries.get(case), "first-review")] == [[91, 17], [70, 80]]


@pytest.mark.usefixtures("clock")
def test_the_case_page_shows_the_marks_once_all_are_in(
    app: Flask, client: PageClient, ground: Ground, panel: list[Actor], noon: datetime
) -> None:
    case = make_accepted(ground, make_applicant(1, at=noon), at=noon).public_id
    sign_in(client, make_user(Role.REVIEWER, at=noon, name="看客"))
    score(case, panel[0], 80, 90, at=noon)
    client.get(f"/office/cases/{case}")
    assert client.page is not None
    before = client.page.text
    score(case, panel[1], 70, 60, at=noon)
    client.get(f"/office/cases/{case}")

    assert "2 位专家中 1 位已评" in before
    assert "84.00" not in before
    assert "84.00" in client.page.text
    assert "平均 75.00 分，合格线 60 分：合格" in client.page.text


@pytest.mark.database
def test_a_refusal_may_rest_on_the_marks(ground: Ground, panel: list[Actor], noon: datetime) -> None:
    case = scored_case(ground, 1, panel[:2], (10, 20), (30, 40), at=noon)
    with transaction():
        found = queries.get(case)

        verdict = StageDecision(found.stage, Verdict.REJECT, "平均分低于合格线。", found.version, rule=found.stage)
        services.decide(case, verdict, actor=ground.officer("first"), at=noon)

    assert queries.get(case).state is ApplicationState.REJECTED


@pytest.mark.database
def test_what_is_mended_in_the_stage_is_scored_anew_and_what_is_mended_later_keeps_its_score(
    ground: Ground, panel: list[Actor], noon: datetime
) -> None:
    applicant = make_applicant(1, at=noon)
    case = make_accepted(ground, applicant, at=noon).public_id
    score(case, panel[0], 90, 90, at=noon)
    _mend(ground, case, applicant, "first", at=noon)
    assert review.score_of(queries.get(case)) is None
    score(case, panel[0], 80, 80, at=noon)
    score(case, panel[1], 70, 70, at=noon)
    pass_stage(ground, case, "first", at=noon)
    _mend(ground, case, applicant, "second", at=noon)

    assert review.score_of(queries.get(case)) == 75


def _mend(ground: Ground, case: str, applicant: Actor, officer: str, *, at: datetime) -> None:
    """A correction is asked for, made and handed in again."""
    with transaction():
        found = queries.get(case)
        asked = StageDecision(found.stage, Verdict.CORRECTION, "请核对费用。", found.version, fields=("planned_net",))
        services.decide(case, asked, actor=ground.officer(officer), at=at)
    with transaction():
        saved = SavedFacts({"planned_net": "70000.00"}, queries.get(case).version)
        save_facts(case, saved, actor=applicant, at=at)
    resubmit(case, applicant, at=at)
