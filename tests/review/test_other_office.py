"""A stage that the pack wants of another office than an earlier one: held in the act, said on the page."""

from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from tests.factories.accounts import make_stranger, sign_in
from tests.factories.applications import Ground, make_applicant, make_ground
from tests.factories.review import make_accepted, pass_stage
from tests.pages import PageClient
from tests.policy.packs import edited
from vouchers.accounts.states import Role
from vouchers.applications import queries
from vouchers.applications.states import ApplicationState as S
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation
from vouchers.review import queries as review
from vouchers.review.services import StageDecision
from vouchers.review.services import decide as decide_stage
from vouchers.review.states import Verdict

APART = edited("apart_from: [first-review]\n", "apart_from: [first-review]\n      other_office_than: [first-review]\n")


@pytest.fixture
def ground(app: Flask, noon: datetime) -> Ground:
    return make_ground(at=noon, loaded=APART)


def passed(public_id: str, officer: Actor, at: datetime) -> None:
    with transaction():
        case = queries.get(public_id)
        decision = StageDecision(case.stage, Verdict.PASS, "复核一致。", case.version)
        decide_stage(public_id, decision, actor=officer, at=at)


@pytest.mark.database
def test_the_same_office_does_not_do_both_and_another_one_does(ground: Ground, noon: datetime) -> None:
    case = make_accepted(ground, make_applicant(at=noon), at=noon).public_id
    pass_stage(ground, case, "first", at=noon)

    with pytest.raises(RuleViolation) as refused:
        passed(case, ground.officer("second"), noon)

    [finding] = refused.value.findings
    assert finding.code == "same-office"
    assert finding.text == "本案的初审由您所在的机构办理；按本方案，这一环节由另一机构办理。请交由其他机构的同事办理。"
    assert finding.clause
    assert [one.stage for one in review.opinions_of(queries.get(case).id)][-1] == "first-review"
    passed(case, make_stranger(Role.REVIEWER, at=noon, schemes=("yuzhong-2025",)), noon)
    assert queries.get(case).state is S.TO_DECIDE


def test_the_page_says_why_the_act_is_not_open(client: PageClient, clock: Any, ground: Ground, noon: datetime) -> None:
    case = make_accepted(ground, make_applicant(at=noon), at=noon).public_id
    pass_stage(ground, case, "first", at=noon)
    sign_in(client, ground.officers["second"])

    client.get(f"/office/cases/{case}")

    assert client.page is not None
    assert "本案的初审由您所在的机构办理" in client.page.text
