"""One fact beside another: shares of amounts, dates with a term, and the age of an enterprise."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.packs import DAY
from vouchers.policy.pack.conditions import read_condition
from vouchers.policy.rules.changes import followed, ways_to_pass
from vouchers.policy.rules.eligibility import Outcome, TypedCondition, compiled, facts_of, typed
from vouchers.policy.rules.facts import FactValue, read_facts
from vouchers.policy.rules.vocabulary import VOCABULARY

OPERATORS = ["at_least_of", "less_than_of", "at_most_of", "more_than_of"]


def condition(raw: object) -> TypedCondition:
    return typed(read_condition(raw), VOCABULARY, {})


def outcome(raw: object, day: date = DAY, **facts: object) -> Outcome:
    return compiled(condition(raw))(read(**facts), day)


def read(**raw: object) -> dict[str, FactValue]:
    facts, findings = read_facts(raw, VOCABULARY)
    assert not findings, findings
    return facts


def test_research_must_be_a_share_of_the_compute_it_asks_for() -> None:
    raw = {"rd_spending": {"at_least_of": {"fact": "contract_gross", "share": "50%"}}}

    assert outcome(raw, rd_spending="50.00", contract_gross="100.00") is Outcome.PASS
    assert outcome(raw, rd_spending="49.99", contract_gross="100.00") is Outcome.FAIL
    assert outcome({"not": raw}, rd_spending="49.99", contract_gross="100.00") is Outcome.PASS


def test_a_contract_runs_one_year_at_most() -> None:
    raw = {"contract_until": {"at_most_of": {"fact": "contract_from", "plus": "1 year"}}}

    assert outcome(raw, contract_from="2026-01-01", contract_until="2027-01-01") is Outcome.PASS
    assert outcome(raw, contract_from="2026-01-01", contract_until="2027-01-02") is Outcome.FAIL


def test_either_missing_fact_is_unknown_and_asked_for() -> None:
    raw = {"service_from": {"at_least_of": {"fact": "period_from"}}}

    assert outcome(raw, service_from="2026-01-01") is Outcome.UNKNOWN
    ways = ways_to_pass(condition(raw), read(service_from="2026-01-01"), DAY)
    assert [(one.fact, one.action) for one in ways[0]] == [("period_from", "supply")]
    assert [fact.name for fact in facts_of(condition(raw))] == ["service_from", "period_from"]


def test_an_enterprise_is_young_until_the_very_day_its_year_is_full() -> None:
    raw = {"founded_on": {"within": "1 year"}}

    assert outcome(raw, founded_on="2025-05-07") is Outcome.PASS
    assert outcome(raw, founded_on="2025-05-06") is Outcome.FAIL
    assert outcome({"not": raw}, founded_on="2025-05-06") is Outcome.PASS
    assert ways_to_pass(condition({"not": raw}), read(founded_on="2025-05-07"), DAY)[0][0].value == "2026-05-07"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"rd_spending": {"at_least_of": {"fact": "contract_gros"}}}, "是不是“contract_gross”"),
        ({"rd_spending": {"at_least_of": {"fact": "headcount"}}}, "不能与"),
        ({"rd_spending": {"at_least_of": {"fact": "rd_spending"}}}, "不能与"),
        ({"rd_spending": {"at_least_of": "50%"}}, "另一事实"),
        ({"rd_spending": {"at_least_of": {"fact": "contract_gross", "plus": "1 year"}}}, "另一事实"),
        ({"service_from": {"at_least_of": {"fact": "period_from", "plus": "3 working days"}}}, "years"),
        ({"size_class": {"at_least_of": {"fact": "legal_form"}}}, "不能用"),
    ],
)
def test_a_relation_that_does_not_fit_is_refused(raw: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        condition(raw)


@settings(deadline=None)
@given(
    operator=st.sampled_from(OPERATORS),
    share=st.sampled_from(["100%", "33.33%", "1/3", "250%"]),
    seen=st.integers(min_value=0, max_value=10**6),
    other=st.integers(min_value=0, max_value=10**6),
)
def test_the_nearest_number_that_is_suggested_passes_and_the_one_before_does_not(
    operator: str, share: str, seen: int, other: int
) -> None:
    wanted = condition({"headcount": {operator: {"fact": "rd_staff", "share": share}}})
    facts: dict[str, Any] = {"headcount": seen, "rd_staff": other}

    for way in ways_to_pass(wanted, facts, DAY):
        after = followed(way, facts, DAY, VOCABULARY)
        assert after is not None
        assert compiled(wanted)(*after) is Outcome.PASS
        if way:
            step = 1 if operator in {"less_than_of", "at_most_of"} else -1
            assert compiled(wanted)({**facts, "headcount": way[0].value + step}, DAY) is Outcome.FAIL


@settings(deadline=None)
@given(
    operator=st.sampled_from(OPERATORS),
    seen=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    other=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_the_day_that_is_suggested_passes(operator: str, seen: date, other: date) -> None:
    wanted = condition({"service_until": {operator: {"fact": "contract_from", "plus": "3 months"}}})
    facts: dict[str, Any] = {"service_until": seen, "contract_from": other}

    ways = ways_to_pass(wanted, facts, DAY)

    assert ways
    for way in ways:
        after = followed(way, facts, DAY, VOCABULARY)
        assert after is not None
        assert compiled(wanted)(*after) is Outcome.PASS
