"""Decisions of the shipped pack: all reasons, four results, storable and replayed."""

import json
from datetime import date

import pytest

from tests.policy.packs import DAY, compiled, decided, facts
from vouchers.kernel.money import parse_yuan
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.decision import assess, decide, replay
from vouchers.policy.rules.eligibility import Outcome
from vouchers.policy.rules.results import Decision, Result


def test_a_qualifying_enterprise_is_eligible_and_every_condition_is_told() -> None:
    decision = decided()

    assert decision.result is Result.ELIGIBLE
    assert {condition.outcome for condition in decision.conditions} == {Outcome.PASS}
    assert [condition.id for condition in decision.conditions] == [
        "small-and-medium",
        "in-the-district",
        "in-operation",
        "clean-record",
        "not-a-provider",
        "no-double-support",
    ]
    assert all(condition.clause for condition in decision.conditions)


def test_a_large_enterprise_is_refused_with_clause_value_and_what_would_change_it() -> None:
    decision = decided(size_class="large")

    refused = decision.conditions[0]
    assert decision.result is Result.INELIGIBLE
    assert decision.refused_by == ("small-and-medium",)
    assert refused.clause == "《渝中区算力经济发展三年行动计划（2025—2027年）》文字解读 六、5"
    assert refused.seen == {"size_class": "large"}
    assert refused.change[0][0]["value"] == ["medium", "micro", "small"]
    assert decision.amount is not None
    assert decision.amount.maximum == 0


def test_every_reason_is_told_at_once() -> None:
    decision = decided(size_class="large", operating_status="cancelled", dishonesty=["2025-01-01"])

    assert decision.refused_by == ("small-and-medium", "in-operation", "clean-record")


def test_a_missing_fact_is_unknown_and_says_what_to_supply() -> None:
    decision = decided(operating_status=None)

    condition = decision.conditions[2]
    assert decision.result is Result.UNKNOWN
    assert condition.outcome is Outcome.UNKNOWN
    assert condition.change == (
        ({"fact": "operating_status", "action": "supply", "value": None, "document": "企业信用信息公示报告"},),
    )


def test_a_missing_amount_is_unknown_and_the_amount_names_it() -> None:
    decision = decided(planned_net=None)

    assert decision.result is Result.UNKNOWN
    assert decision.amount is not None
    assert decision.amount.maximum is None
    assert decision.amount.missing == ("planned_net",)


def test_what_was_granted_before_is_never_assumed() -> None:
    decision = decided(**{"granted__cap-applicant-year": None})

    assert decision.result is Result.UNKNOWN
    assert decision.amount is not None
    assert decision.amount.missing == ("granted:cap-applicant-year",)


def test_a_no_outweighs_an_unknown() -> None:
    assert decided(size_class="large", operating_status=None).result is Result.INELIGIBLE


def test_a_record_stops_counting_on_the_day_the_term_ends() -> None:
    before = decide(compiled(), "compute", facts(dishonesty=["2024-03-01"]), on=date(2027, 2, 28))
    after = decide(compiled(), "compute", facts(dishonesty=["2024-03-01"]), on=date(2027, 3, 1))

    assert before.refused_by == ("clean-record",)
    assert before.conditions[3].change[0][0]["value"] == "2027-03-01"
    assert after.result is Result.ELIGIBLE


def test_the_binding_cap_is_named_and_every_cap_is_shown() -> None:
    decision = decided(planned_net="90000.00")

    assert decision.amount is not None
    assert decision.amount.maximum == parse_yuan("30000")
    assert decision.amount.binding_cap == "cap-by-tier"
    caps = {step.rule: step.detail for step in decision.amount.steps if step.code == "cap"}
    assert set(caps) == {"cap-by-tier", "cap-applicant-year", "cap-controller-year"}
    assert caps["cap-by-tier"]["binding"] is True
    assert caps["cap-applicant-year"]["binding"] is False


def test_an_amount_below_the_floor_says_from_which_base_it_would_pass() -> None:
    decision = decided(planned_net="1900.00")

    assert decision.refused_by == ("floor",)
    refusal = decision.conditions[-1]
    assert refusal.seen == {"amount": "950.00"}
    assert refusal.wanted == {"amount": {"at_least": "1000.00"}}
    assert refusal.change[0][0]["value"] == "2000.00"
    assert decided(planned_net="2000.00").result is Result.ELIGIBLE


def test_a_bonus_without_its_fact_is_left_out_and_said() -> None:
    decision = decided(field="health")

    assert decision.amount is not None
    bonuses = {step.rule: step.detail["outcome"] for step in decision.amount.steps if step.code == "bonus"}
    assert bonuses == {"priority-field": "pass", "green-compute": "unknown"}
    assert decision.amount.maximum == parse_yuan("27500")


def test_a_decision_is_the_same_after_it_was_stored_as_json() -> None:
    decision = decided(size_class="large", dishonesty=["2025-01-01"], planned_net=None)

    stored = json.loads(json.dumps(decision.as_dict(), allow_nan=False))

    assert Decision.from_dict(stored) == decision
    assert Decision.from_dict(stored).as_dict() == stored


def test_a_stored_decision_replays_to_the_same_answer() -> None:
    decision = decided(field="health", green_share="60%", planned_net="312345.67")

    assert replay(compiled(), Decision.from_dict(decision.as_dict())) == decision


def test_a_decision_is_not_replayed_by_another_version() -> None:
    stored = {**decided().as_dict(), "digest": "0" * 64}

    with pytest.raises(ValueError, match="version that made it"):
        replay(compiled(), Decision.from_dict(stored))


def test_a_decision_keeps_only_the_facts_that_it_read() -> None:
    decision = decided(headcount=12)

    assert "headcount" not in decision.facts
    assert decision.facts["planned_net"] == "50000.00"


def test_the_bare_assessment_agrees_with_the_decision() -> None:
    given = facts(planned_net="90000.00")

    found = assess(compiled().plan("compute", Phase.APPLICATION), given, DAY)

    assert found.result is Result.ELIGIBLE
    assert found.worked is not None
    assert (found.worked.maximum, found.worked.binding) == (parse_yuan("30000"), "cap-by-tier")
