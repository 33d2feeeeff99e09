"""What other schemes here pay counts at the application, whatever is declared of it."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories.applications import Ground, make_ground
from tests.factories.redemption import HOLD, Stage, approved_claim, checked_claim, make_stage
from tests.policy.packs import cap_text, edited
from vouchers.applications import queries, services
from vouchers.applications.queries import seen_facts
from vouchers.applications.services import NewDraft, SavedFacts
from vouchers.db.transaction import transaction
from vouchers.kernel.money import decimal_yuan
from vouchers.policy.loader import LoadedPack
from vouchers.policy.rules.eligibility import Outcome
from vouchers.policy.rules.results import ConditionResult
from vouchers.review import desk

ON_CONTRACT, TO_APPLICANT = "other_support_contract", "other_support_applicant"
CONTRACT = "LT-2026-017"  # of the stage


def naming() -> LoadedPack:
    """The shipped pack with a cap over the contract, so that an application names it."""
    return edited(*cap_text(over="contract", limit="30 万元"))


def over_applicant() -> LoadedPack:
    return edited(
        "      scope: contract\n      sources: all-levels", "      scope: applicant\n      sources: this-level"
    )


def draft(stage: Stage, ground: Ground, *, at: datetime, fact: str = ON_CONTRACT, **answers: object) -> str:
    """A draft of the stage's holder in another scheme, who declares no other support unless told so."""
    with transaction():
        made = services.start(NewDraft(ground.window), actor=stage.enterprise, at=at)
        values = {"planned_net": "80000.00", fact: "0.00", **answers}
        services.save_facts(made.public_id, SavedFacts(values, made.version), actor=stage.enterprise, at=at)
        return made.public_id


def ruled(public_id: str, at: datetime) -> ConditionResult:
    decision = services.preview(queries.get(public_id), at=at).decision
    return next(one for one in decision.conditions if one.id == "no-double-support")


@pytest.mark.database
def test_support_on_the_contract_named_refuses_whatever_is_declared(app: Flask, noon: datetime) -> None:
    stage, ground = make_stage(), make_ground(at=noon, loaded=naming())
    checked_claim(stage, at=noon)  # asked for is enough
    named = {"contract_number": "lt 2026 017", "contract_seller": stage.seller.uscc}

    case = draft(stage, ground, at=noon, **named)

    found = ruled(case, noon)
    assert found.outcome is Outcome.FAIL
    assert found.seen == {ON_CONTRACT: decimal_yuan(HOLD)}
    assert seen_facts(queries.get(case), on=noon.date())[ON_CONTRACT].source == "on_record"


def test_another_contract_bears_nothing_and_who_knows_of_more_says_so(app: Flask, noon: datetime) -> None:
    stage, ground = make_stage(), make_ground(at=noon, loaded=naming())
    approved_claim(stage, at=noon)
    seller = stage.seller.uscc

    other = draft(stage, ground, at=noon, contract_number="LT-2026-018", contract_seller=seller)
    assert ruled(other, noon).outcome is Outcome.PASS
    with transaction():
        version = queries.get(other).version
        more = {ON_CONTRACT: decimal_yuan(HOLD + 1), "contract_number": CONTRACT}
        services.save_facts(other, SavedFacts(more, version), actor=stage.enterprise, at=noon + timedelta(minutes=1))

    assert ruled(other, noon).seen == {ON_CONTRACT: decimal_yuan(HOLD + 1)}
    assert seen_facts(queries.get(other), on=noon.date())[ON_CONTRACT].source == "application"


def test_a_rule_on_the_applicant_counts_every_contract(app: Flask, noon: datetime) -> None:
    stage, ground = make_stage(), make_ground(at=noon, loaded=over_applicant())
    approved_claim(stage, at=noon)

    case = draft(stage, ground, at=noon, fact=TO_APPLICANT)

    assert ruled(case, noon).seen == {TO_APPLICANT: decimal_yuan(HOLD)}


def test_where_no_contract_is_named_the_reviewer_sees_what_is_paid_elsewhere(app: Flask, noon: datetime) -> None:
    stage, ground = make_stage(), make_ground(at=noon)
    approved_claim(stage, at=noon)
    case = draft(stage, ground, at=noon)

    assert ruled(case, noon).outcome is Outcome.PASS
    (told,) = [value for name, value in desk.ties_of(queries.get(case)) if name == "其他方案的支持"]
    assert CONTRACT in told
    assert "¥50,000.00" in told
