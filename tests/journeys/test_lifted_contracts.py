"""原则上每年一份合同: from asking above the cap through the lift and the issue to the end of the last use."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.applications import Ground, confirm, make_applicant, make_draft, make_ground
from tests.factories.redemption import Stage, make_stage
from tests.factories.review import accept, version_of
from tests.policy.packs import cap_text, with_cap
from tests.redemption.test_quotas import second_order, withdraw
from tests.review.test_lift_pages import page_of, page_of_enterprise, read
from tests.review.test_lifts import ASKED, WHY, another_window, answer, approved, claim_of, lift_by_hand, propose
from vouchers.accounts.states import Role
from vouchers.applications import queries, services
from vouchers.applications.services import SavedFacts
from vouchers.audit import queries as audit
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.issuance import services as issuance
from vouchers.issuance import verify as vouchers_verify
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.ledger import verify
from vouchers.ledger.rules import Cap
from vouchers.ledger.states import AccountKind
from vouchers.policy.rules.results import StepResult
from vouchers.redemption import queries as claims
from vouchers.redemption.models import Claim

SELLER = "91350100M000100Y43"
SAY = "原则上每年不超过一份合同"
ONE_MORE = "合同多计一份，同一合同的其他申请不必再放宽。"
STANDS = "此前已放宽计入同一合同或年度，不再多计"
CONTRACTS = {"say": SAY, "count": 1, "counting": "contracts", "per": "calendar-year", "hard": False}
YEARS = {"say": "支持年限原则上不超过一年", "count": 1, "counting": "years", "per": "life", "hard": False}


class Story:
    """One applicant who asks again and again under a pack with a soft cap."""

    def __init__(self, at: datetime, **cap: object) -> None:
        self.at = at
        self.ground: Ground = make_ground(at=at, loaded=with_cap(id="soft", **cap))
        self.applicant: Actor = make_applicant(at=at)

    def asked(self, contract: str, *, reason: str = "") -> str:
        """A case in its first stage, in a window of its own."""
        ground = another_window(self.ground, self.at)
        draft = make_draft(ground, self.applicant, at=self.at)
        named = {"contract_number": contract, "contract_seller": SELLER} if contract else {}
        with transaction():
            saved = SavedFacts(named, draft.version, ASKED, reason)
            services.save_facts(draft.public_id, saved, actor=self.applicant, at=self.at)
            seen = version_of(draft.public_id)
            services.hand_over(draft.public_id, seen_version=seen, actor=self.applicant, at=self.at)
        confirm(draft.public_id, self.applicant, at=self.at)
        accept(ground, draft.public_id, at=self.at)
        return draft.public_id

    def lifted(self, contract: str) -> str:
        """A case for which two persons lifted the cap."""
        case = self.asked(contract, reason=WHY)
        assert queries.get(case).computed == 0
        propose(self.ground, case, self.at)
        answer(self.ground, case, self.at)
        return case

    def issued(self, case: str) -> Voucher:
        return approved(self.ground, case, self.at)

    def void(self, voucher: Voucher) -> None:
        with transaction():
            decider, seen = self.ground.officer("second_decider"), voucher.version
            issuance.void(voucher.public_id, "企业放弃", actor=decider, at=self.at, seen_version=seen)


def cap_of(voucher: Voucher) -> Cap:
    (cap,) = [cap for cap in vouchers.caps_drawn(voucher) if cap.key == "soft"]
    return cap


def stands(voucher: Voucher) -> tuple[int, int]:
    """How many contracts or years stand within the cap, and whether that of this voucher stands over it."""
    cap = cap_of(voucher)
    return ledger.balance(cap.account(AccountKind.DRAWN)), ledger.balance(cap.beyond)


def step_of(case: str) -> StepResult:
    """How the count came out in the decision of a case."""
    decision = queries.decision_of(queries.get(case))
    assert decision is not None
    assert decision.amount is not None
    (step,) = [one for one in decision.amount.steps if one.rule == "soft"]
    return step


def broken() -> list[tuple[str, str, str]]:
    return [*verify.findings(), *vouchers_verify.findings()]


@pytest.mark.database
def test_one_more_contract_is_lifted_serves_another_case_and_ends_with_the_last_of_them(
    app: Flask, noon: datetime
) -> None:
    story = Story(noon, **CONTRACTS)
    first = story.issued(story.asked("A1"))
    with pytest.raises(RuleViolation) as unasked:
        story.asked("B2")
    assert "lift-reason-missing" in {one.code for one in unasked.value.findings}

    second = story.issued(story.lifted("B2"))
    assert (stands(first), stands(second)) == ((1, 0), (1, 1))
    case = story.asked("b 2")  # the same contract, however its number is typed: no reason, no lift
    assert (queries.get(case).computed > 0, step_of(case).detail) == (
        True,
        {"most": 1, "used": 1, "met": True, "over": True},
    )
    third = story.issued(case)
    assert queries.lifts_of(queries.get(case)) == []
    with pytest.raises(RuleViolation):
        story.asked("C3")
    assert broken() == []

    story.void(second)  # the case that was lifted ends first
    assert stands(third) == (1, 1)
    story.void(third)
    assert (stands(first), stands(third), broken()) == ((1, 0), (1, 0), [])
    with pytest.raises(RuleViolation):
        story.asked("B2")
    story.void(first)
    story.issued(story.asked("C3"))
    assert broken() == []
    (event,) = [one for one in audit.history_of("quota", cap_of(first).party) if one.act == "quota.lift"]
    assert (event.details["of"], event.details["over"]) == (cap_of(second).of, 1)


@pytest.mark.database
def test_a_further_year_is_lifted_once_for_all_cases_of_that_year(app: Flask, noon: datetime) -> None:
    story = Story(noon, **YEARS)
    story.issued(story.asked(""))
    story.at = noon + timedelta(days=292)  # in the window still, in the year after
    with pytest.raises(RuleViolation):
        story.asked("")

    lifted = story.issued(story.lifted(""))
    again = story.issued(story.asked(""))

    assert (stands(lifted), cap_of(again).of) == ((1, 1), "2027")
    for voucher in (lifted, again):
        story.void(voucher)
    assert (stands(again), broken()) == ((1, 0), [])


@pytest.mark.database("sqlite")
def test_applicant_reviewer_and_auditor_read_the_same(app: Flask, clock: Path, noon: datetime) -> None:
    story = Story(noon, **CONTRACTS)
    story.issued(story.asked("A1"))
    lifted = story.lifted("B2")
    story.issued(lifted)
    again = story.asked("B2")
    db.session.rollback()
    said, readers = (
        f"“{SAY}”：2026-03-18 由{story.ground.officer('first').name}提出放宽",
        {
            "/enterprise/applications": page_of_enterprise(app),
            "/office/cases": page_of(app, story.ground.officers["first"]),
            "/office/oversight": page_of(app, make_user(Role.OVERSEER, at=noon, name="郑监督")),
        },
    )

    overseer = readers["/office/oversight"]
    for case in (lifted, again):  # an overseer first says why
        overseer.get(f"/office/oversight/{case}")
        overseer.submit({"basis": "complaint", "why": "核对放宽的经过"}, form=f"/office/oversight/{case}")

    for of, client in readers.items():
        text = read(client, f"{of}/{lifted}")
        assert said in text, of
        assert ONE_MORE in text, of
        assert STANDS in read(client, f"{of}/{again}"), of


@pytest.mark.database("sqlite")
def test_nobody_says_of_a_contract_that_it_stands_over_the_cap(app: Flask, noon: datetime) -> None:
    story = Story(noon, **CONTRACTS)
    story.issued(story.asked("A1"))
    case = queries.get(story.asked("B2", reason=WHY))

    case.answers = {**case.answers, "over:soft": True}
    seen = queries.seen_facts(case, on=noon.date())

    assert "over:soft" not in seen
    assert seen["counted:soft"].value == 1
    db.session.rollback()


@pytest.mark.database
def test_a_lift_lets_claims_on_one_more_contract_in_where_the_cap_is_asked_again(app: Flask, noon: datetime) -> None:
    stage = make_stage(hold=4_000_000, changes=(cap_text(**CONTRACTS, id="soft", at=["application", "redemption"]),))
    others = [second_order(stage) for _ in range(2)]
    first = claim_of(stage, noon, 500_000)
    with pytest.raises(RuleViolation, match="原则上"):
        claim_of(others[0], noon, 500_000)
    lift_by_hand(stage, noon, 3_000_000)

    lifted = [claim_of(others[0], noon, 400_000) for _ in range(2)]
    with pytest.raises(RuleViolation, match="次数已满"):  # one more contract, not two
        claim_of(others[1], noon, 500_000)

    caps = [cap for one in (first, lifted[1]) for cap in claims.caps_drawn(one) if cap.key == "redemption:soft"]
    assert [ledger.stands_over(cap) for cap in caps] == [False, True]
    decision = lifted[1].decision
    assert decision is not None
    assert [step["detail"]["over"] for step in decision["amount"]["steps"] if step["rule"] == "soft"] == [True]
    for one in lifted:
        withdraw(one, stage, noon)
    assert (ledger.balance(caps[1].beyond), broken()) == (0, [])
    claim_of(others[1], noon, 500_000)
    assert broken() == []


@pytest.mark.database("sqlite")
def test_a_claim_taken_back_does_not_stand_by_a_day_that_a_moving_period_has_left(app: Flask, noon: datetime) -> None:
    loaded = cap_text(count=2, counting="contracts", per="rolling", span="20 days", at=["redemption"])
    stage = make_stage(hold=4_000_000, changes=(loaded,))
    other, third = second_order(stage), second_order(stage)

    def on(of: Stage, days: int) -> Claim:
        return claim_of(of, noon + timedelta(days=days), 400_000)

    on(stage, 0)
    on(other, 0)
    again = on(stage, 15)
    on(third, 25)

    withdraw(again, stage, noon + timedelta(days=26))

    assert broken() == []
