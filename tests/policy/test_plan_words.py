"""What a plan says, told in English where no plan is at hand: findings, messages and lists ask all plans here."""

from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.factories.applications import make_ground
from tests.policy.packs import compiled
from vouchers.kernel.findings import Finding
from vouchers.messages.texts import text_of
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.again import stopping
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import read_facts
from vouchers.web.forms import sentence
from vouchers.web.wording import said

RULE = "属于中小企业（中型、小型、微型）"


@pytest.fixture
def asked_again(app: Flask, noon: datetime) -> Finding:
    """A finding as it is kept: a condition of a published plan that does not hold before the issue."""
    make_ground(at=noon)
    pack = compiled()
    facts, _ = read_facts({"operating_status": "cancelled"}, pack.vocabulary)
    decision = replace(decide(pack, "compute", facts, on=noon.date()), phase=Phase.ISSUE)
    return next(one for one in stopping(pack, decision) if one.code == "again.in-operation")


def test_a_condition_asked_again_is_told_in_english_and_kept_in_chinese(app: Flask, asked_again: Finding) -> None:
    with app.test_request_context(), force_locale("en"):
        told = sentence(asked_again)

    assert told == (
        "Asked again before the issue, “Registered as active (in business)” is not met (Registration status: "
        "Deregistered). It can be issued once the fact is put right; case and amount are kept."
    )
    assert asked_again.params["say"] == "登记状态为存续（在营）"
    assert sentence(asked_again) == asked_again.text


@pytest.mark.usefixtures("asked_again")
def test_messages_and_lists_name_kinds_rules_and_clauses_in_english(app: Flask) -> None:
    plan = "《渝中区算力经济发展三年行动计划（2025—2027年）》文字解读"
    with app.test_request_context(), force_locale("en"):
        assert (
            "for Compute voucher" in text_of("application_arrived", {"number": "SQ01", "kind": "算力券", "due": ""})[1]
        )
        assert said("“同一企业一个自然年度内两种券合计最高 50 万元”已用额度").endswith("in a calendar year”")
        assert said("（所用算力绿色电力占比超过 55% 的，比例提高 5 个百分点）").startswith(" (5 percentage points more")
        assert said(f"{plan} 六、5").endswith("(2025–2027) Part 6, 5")


@pytest.mark.usefixtures("asked_again")
def test_what_no_plan_gives_in_english_stays(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        assert said(RULE).startswith("Is a small or medium-sized")
        assert said(f"{RULE}。") == f"{RULE}。"


def test_a_pack_that_is_no_scheme_here_gives_no_english(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        assert said(RULE) == RULE
