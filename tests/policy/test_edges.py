"""Corners of the pure core: what is missing, what cannot be reached, what a pack leaves out."""

from typing import Any

import pytest

from tests.policy.packs import DAY, changed, compiled, decided, facts, shipped
from vouchers.policy.pack.conditions import read_condition
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.amount import work_out
from vouchers.policy.rules.changes import ways_to_pass
from vouchers.policy.rules.compiled import clause_of
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.eligibility import typed
from vouchers.policy.rules.facts import read_facts
from vouchers.policy.rules.vocabulary import VOCABULARY


def test_a_deduction_that_was_not_stated_is_missing_not_nothing() -> None:
    plan = compiled().plan("compute", Phase.REDEMPTION).amount
    assert plan is not None

    found = work_out(plan, facts(tier="starter", invoiced_net="50000.00", coupons="0.00"), DAY)

    assert found.maximum is None
    assert found.missing == ["gifts", "refunds"]


def test_a_phase_without_an_amount_decides_conditions_alone() -> None:
    def only_at_application(data: dict[str, Any]) -> None:
        data["amount"]["rates"][0]["at"] = ["application"]

    pack = changed(only_at_application)
    given = facts(provider_is_admitted=True, provider_is_related=False, service_kind="compute", is_delivered=True)

    decision = decide(pack, "compute", given, on=DAY, phase=Phase.REDEMPTION)

    assert (decision.result, decision.amount) == ("eligible", None)


def test_a_flat_rate_asks_for_no_fact() -> None:
    def flat(data: dict[str, Any]) -> None:
        rate = data["amount"]["rates"][0]
        del rate["choose"]
        rate["flat"] = "20%"

    decision = decided(changed(flat))

    assert decision.amount is not None
    assert decision.amount.maximum == 1_000_000


def test_a_rate_chosen_by_tier_waits_for_what_decides_the_tier() -> None:
    def by_tier(data: dict[str, Any]) -> None:
        rows = {"starter": "10%", "growth": "20%", "flagship": "30%"}
        data["amount"]["rates"][0]["choose"] = {"by": "tier", "rows": rows}

    pack = changed(by_tier)

    told, missing = decided(pack, planned_net="100000.00").amount, decided(pack, planned_net=None).amount

    assert told is not None
    assert told.maximum == 2_000_000
    assert missing is not None
    assert set(missing.missing) == {"planned_net"}


def test_where_no_base_reaches_the_floor_no_change_is_promised() -> None:
    decision = decided(None, **{"granted__cap-applicant-year": "499500.00"})

    assert decision.refused_by == ("floor",)
    assert decision.conditions[-1].change == ()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"size_class": {"in": "small"}}, "列表"),
        ({"headcount": {"between": [1, 2, 3]}}, "两端都含"),
        ({"honours": {"includes": 3}}, "一个词"),
        ({"honours": {"includes_any": []}}, "至少一个词"),
        ({"field": {"in_list": ["fields"]}}, "没有名单"),
    ],
)
def test_a_value_of_the_wrong_shape_is_refused(raw: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        typed(read_condition(raw), VOCABULARY, {"fields": {"health": "大健康"}})


def test_nothing_is_below_nothing_and_fractions_step_by_a_hundredth_of_a_percent() -> None:
    share, _ = read_facts({"green_share": "60%"}, VOCABULARY)
    founded, _ = read_facts({"founded_on": "2020-01-01"}, VOCABULARY)

    below = ways_to_pass(typed(read_condition({"green_share": {"less_than": "1/3"}}), VOCABULARY, {}), share, DAY)
    later = ways_to_pass(
        typed(read_condition({"founded_on": {"more_than": "2024-02-29"}}), VOCABULARY, {}), founded, DAY
    )

    assert below[0][0].value == "33.33%"
    assert later[0][0].value == "2024-03-01"


def test_a_text_without_options_is_avoided_and_a_flag_turned() -> None:
    given, _ = read_facts({"field": "health", "is_incubated": True}, VOCABULARY)

    avoided = ways_to_pass(typed(read_condition({"field": {"is_not": "health"}}), VOCABULARY, {}), given, DAY)
    turned = ways_to_pass(typed(read_condition({"is_incubated": {"is_not": True}}), VOCABULARY, {}), given, DAY)

    assert (avoided[0][0].action, avoided[0][0].value) == ("avoid", ["health"])
    assert (turned[0][0].action, turned[0][0].value) == ("set", False)


def test_a_clause_of_an_unknown_source_names_its_key() -> None:
    pack = shipped().pack
    assert pack is not None
    without = pack.model_copy(update={"sources": {}})

    assert clause_of(without, without.kinds[0]) == "plan 四（二）"


def test_the_wanted_range_is_told_with_both_ends() -> None:
    def ranged(data: dict[str, Any]) -> None:
        data["applicants"][0]["when"] = {"headcount": {"between": [10, 20]}}

    assert decided(changed(ranged), headcount=5).conditions[0].wanted == {"headcount": {"between": [10, 20]}}
