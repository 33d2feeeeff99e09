"""The base that reviewers approve (核定金额): recorded in a stage with a reason, and the amount worked out from it."""

from datetime import datetime
from functools import lru_cache

import pytest
from flask import Flask

from tests.factories.applications import Ground, confirm, make_applicant, make_draft, make_ground
from tests.factories.review import accept, version_of
from tests.policy.packs import edited
from vouchers.applications import queries, services
from vouchers.applications.services import SavedFacts
from vouchers.audit import queries as audit
from vouchers.db.transaction import transaction
from vouchers.kernel.errors import RuleViolation
from vouchers.policy.loader import LoadedPack
from vouchers.policy.rules.results import Result
from vouchers.review import desk
from vouchers.review import queries as review
from vouchers.review.services import StageDecision, decide
from vouchers.review.states import Verdict

pytestmark = pytest.mark.database

BASE, GIVEN = "50000.00", 2_250_000  # 40 % for a small enterprise, and 5 % for its field


@lru_cache(maxsize=1)
def approved() -> LoadedPack:
    """The shipped pack, with the amount of an application worked out from what reviewers approve."""
    loaded = edited("of: planned", "of: approved")
    assert not loaded.not_yet, loaded.not_yet
    return loaded


@pytest.fixture
def ground(app: Flask, noon: datetime) -> Ground:
    return make_ground(at=noon, loaded=approved())


def accepted(ground: Ground, at: datetime, requested: int | None = None) -> str:
    """A case in its first stage, whose amount nobody can tell yet; its public id."""
    applicant = make_applicant(at=at)
    draft = make_draft(ground, applicant, at=at)
    with transaction():
        services.save_facts(draft.public_id, SavedFacts({}, draft.version, requested), actor=applicant, at=at)
        services.hand_over(draft.public_id, seen_version=version_of(draft.public_id), actor=applicant, at=at)
    confirm(draft.public_id, applicant, at=at)
    accept(ground, draft.public_id, at=at)
    return draft.public_id


def passed(ground: Ground, case: str, at: datetime, amount: int | None = None, **judged: str) -> None:
    found = queries.get(case)
    given = StageDecision(found.stage, Verdict.PASS, "按合同和报价单核定。", found.version, amount, judged)
    with transaction():
        decide(case, given, actor=ground.officer("first"), at=at)


def first_refusal(refused: pytest.ExceptionInfo[RuleViolation]) -> str:
    return refused.value.findings[0].code


def test_the_amount_waits_for_the_base_and_is_worked_out_from_it(ground: Ground, noon: datetime) -> None:
    case = accepted(ground, noon)
    waiting = queries.decision_of(queries.get(case))
    assert waiting is not None
    assert waiting.amount is not None
    assert (waiting.result, waiting.amount.maximum, queries.get(case).requested) == (Result.REVIEW, None, 0)
    compiled = queries.compiled_of(queries.get(case))
    assert [fact.name for fact in desk.to_judge(compiled, waiting)] == ["approved_net"]

    passed(ground, case, noon, approved_net=BASE)

    found = queries.get(case)
    assert (found.computed, found.requested, found.approved) == (GIVEN, GIVEN, GIVEN)
    (said,) = [one for one in review.opinions_of(found.id) if one.amount is not None]
    assert (said.judgements, said.reason) == ({"approved_net": BASE}, "按合同和报价单核定。")
    judged = [one for one in audit.history_of("application", case) if one.act == "application.judge"]
    assert judged[0].details["judgements"] == {"approved_net": BASE}
    assert queries.facts_for(found, on=noon.date())["approved_net"] == 5_000_000


def test_no_stage_is_passed_without_the_base(ground: Ground, noon: datetime) -> None:
    case = accepted(ground, noon)

    with pytest.raises(RuleViolation) as refused:
        passed(ground, case, noon)

    assert first_refusal(refused) == "amount-open"


def test_no_more_is_approved_than_the_base_gives_or_than_was_asked_for(ground: Ground, noon: datetime) -> None:
    case = accepted(ground, noon, requested=1_500_000)

    with pytest.raises(RuleViolation) as refused:
        passed(ground, case, noon, GIVEN, approved_net=BASE)
    assert first_refusal(refused) == "amount-outside"

    passed(ground, case, noon, approved_net=BASE)
    assert (queries.get(case).computed, queries.get(case).approved) == (GIVEN, 1_500_000)


def test_a_base_that_is_no_amount_is_refused_in_words(ground: Ground, noon: datetime) -> None:
    case = accepted(ground, noon)

    with pytest.raises(RuleViolation, match="“核定金额（不含税）”："):
        passed(ground, case, noon, approved_net="五万")
