"""Conditions: each operator and its opposite, four-valued logic, and changes that work."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.packs import DAY
from vouchers.policy.pack.conditions import OPPOSITE, Leaf, read_condition
from vouchers.policy.rules.changes import Change, ways_to_pass
from vouchers.policy.rules.eligibility import Outcome, TypedCondition, compiled, typed
from vouchers.policy.rules.facts import FactValue, read_facts
from vouchers.policy.rules.vocabulary import VOCABULARY

LISTS = {"fields": {"health": "大健康", "finance": "现代金融"}}
TABLE: list[tuple[str, str, object, list[object], list[object]]] = [
    ("size_class", "is", "small", ["small"], ["micro", "large"]),
    ("size_class", "in", ["small", "micro"], ["small", "micro"], ["large"]),
    ("field", "in_list", "fields", ["health"], ["retail"]),
    ("headcount", "at_least", 20, [20, 21], [0, 19]),
    ("headcount", "at_most", 20, [0, 20], [21]),
    ("headcount", "between", [10, 20], [10, 20], [9, 21]),
    ("planned_net", "at_least", "1000 元", ["1000.00"], ["999.99"]),
    ("planned_net", "more_than", "1000 元", ["1000.01"], ["1000.00"]),
    ("green_share", "more_than", "55%", ["55.01%", "60%"], ["55%", "0%"]),
    ("founded_on", "at_most", "2025-05-06", ["2025-05-06"], ["2025-05-07"]),
    ("honours", "includes", "专精特新", [["专精特新", "甲"]], [[], ["甲"]]),
    ("honours", "includes_any", ["甲", "乙"], [["乙"]], [[], ["丙"]]),
    ("dishonesty", "within", "3 years", [["2023-05-07"], ["2026-05-06"]], [[], ["2023-05-06"], ["2026-05-07"]]),
    ("registered_in", "in_area", "重庆市", ["重庆市渝中区", "重庆市"], ["四川省重庆市场"]),
    ("is_incubated", "is", True, [True], [False]),
]


def condition(raw: object) -> TypedCondition:
    return typed(read_condition(raw), VOCABULARY, LISTS)


def read(**raw: object) -> dict[str, FactValue]:
    facts, findings = read_facts(raw, VOCABULARY)
    assert not findings, findings
    return facts


@pytest.mark.parametrize(("fact", "operator", "value", "passing", "failing"), TABLE)
def test_each_operator_and_its_opposite_at_the_boundary(
    *, fact: str, operator: str, value: object, passing: list[object], failing: list[object]
) -> None:
    plain = compiled(condition({fact: {operator: value}}))
    negated = compiled(condition({"not": {fact: {operator: value}}}))

    assert [plain(read(**{fact: seen}), DAY) for seen in passing] == [Outcome.PASS] * len(passing)
    assert [plain(read(**{fact: seen}), DAY) for seen in failing] == [Outcome.FAIL] * len(failing)
    assert [negated(read(**{fact: seen}), DAY) for seen in passing] == [Outcome.FAIL] * len(passing)
    assert [negated(read(**{fact: seen}), DAY) for seen in failing] == [Outcome.PASS] * len(failing)


def test_every_operator_has_an_opposite_that_leads_back() -> None:
    assert all(OPPOSITE[OPPOSITE[operator]] is operator for operator in OPPOSITE)


@pytest.mark.parametrize(
    ("raw", "facts", "outcome"),
    [
        ({"headcount": {"at_least": 1}}, {}, Outcome.UNKNOWN),
        ({"effect_is_shown": True}, {}, Outcome.REVIEW),
        ({"all": [{"headcount": 5}, {"is_incubated": True}]}, {"headcount": 4}, Outcome.FAIL),
        ({"all": [{"headcount": 5}, {"is_incubated": True}]}, {"headcount": 5}, Outcome.UNKNOWN),
        ({"any": [{"headcount": 5}, {"is_incubated": True}]}, {"headcount": 5}, Outcome.PASS),
        ({"any": [{"headcount": 5}, {"is_incubated": True}]}, {"headcount": 4}, Outcome.UNKNOWN),
        ({"any": [{"headcount": 5}, {"effect_is_shown": True}]}, {"headcount": 4}, Outcome.REVIEW),
        ({"headcount": {"at_least": 5, "at_most": 9}}, {"headcount": 10}, Outcome.FAIL),
        ({"not": {"any": [{"headcount": 5}, {"is_incubated": True}]}}, {"headcount": 5}, Outcome.FAIL),
        ({"not": {"all": [{"headcount": 5}, {"is_incubated": True}]}}, {"headcount": 4}, Outcome.PASS),
    ],
)
def test_missing_facts_are_unknown_only_where_they_decide(
    raw: object, facts: dict[str, object], outcome: Outcome
) -> None:
    assert compiled(condition(raw))(read(**facts), DAY) is outcome


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"headcont": 3}, "是不是“headcount”"),
        ({"headcount": {"at_leest": 3}}, "不认识的比较"),
        ({"headcount": {"at_least": "many"}}, "整数"),
        ({"size_class": "tiny"}, "应为其中之一"),
        ({"size_class": {"at_least": "small"}}, "不能用 at_least"),
        ({"field": {"in_list": "feelds"}}, "是不是“fields”"),
        ({"headcount": {"between": [9, 3]}}, "下限大于上限"),
        ({"dishonesty": {"within": "3 working days"}}, "信用记录"),
        ({"all": []}, "列出"),
        ([], "条件要写成"),
    ],
)
def test_a_word_that_does_not_fit_is_refused_with_the_way_to_mend_it(raw: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        condition(raw)


def test_conditions_nested_too_deep_are_refused() -> None:
    raw: Any = {"headcount": 1}
    for _ in range(20):
        raw = {"all": [raw]}

    with pytest.raises(ValueError, match="嵌套超过"):
        read_condition(raw)


LEAVES = st.sampled_from(
    [{fact: {operator: value}} for fact, operator, value, _, _ in TABLE if operator != "within"]
    + [{"not": {fact: {operator: value}}} for fact, operator, value, _, _ in TABLE]
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda parts: st.builds(
        lambda word, items: {word: items}, st.sampled_from(["all", "any"]), st.lists(parts, min_size=1, max_size=3)
    ),
    max_leaves=5,
)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        fact: st.sampled_from([*passing, *failing])
        for fact, _, _, passing, failing in {row[0]: row for row in TABLE}.values()
    },
)


@settings(deadline=None)
@given(raw=CONDITIONS, given_facts=FACTS)
def test_following_a_suggested_way_makes_the_condition_pass(raw: object, given_facts: dict[str, object]) -> None:
    wanted, facts = condition(raw), read(**given_facts)

    for way in ways_to_pass(wanted, facts, DAY):
        if len({change.fact for change in way}) == len(way) and all(_can_follow(change) for change in way):
            after, day = follow(way, facts)
            assert compiled(wanted)(after, day) is Outcome.PASS


@settings(deadline=None)
@given(raw=LEAVES, given_facts=FACTS)
def test_the_opposite_of_a_known_outcome_is_the_other(raw: dict[str, Any], given_facts: dict[str, object]) -> None:
    facts = read(**given_facts)
    swapped = {Outcome.PASS: Outcome.FAIL, Outcome.FAIL: Outcome.PASS}

    plain, negated = compiled(condition(raw))(facts, DAY), compiled(condition({"not": raw}))(facts, DAY)

    assert negated is swapped.get(plain, plain)


def test_a_condition_that_passes_asks_for_no_change() -> None:
    assert ways_to_pass(condition({"headcount": {"at_least": 3}}), read(headcount=3), DAY) == ((),)


def test_the_nearest_value_that_passes_is_suggested() -> None:
    above = ways_to_pass(condition({"green_share": {"more_than": "55%"}}), read(green_share="20%"), DAY)
    below = ways_to_pass(condition({"planned_net": {"less_than": "1000 元"}}), read(planned_net="5000.00"), DAY)
    none = ways_to_pass(condition({"headcount": {"less_than": 0}}), read(headcount=5), DAY)

    assert above[0][0].value == "55.01%"
    assert below[0][0].value == "999.99"
    assert none == ()


def test_negation_is_pushed_down_to_the_comparison() -> None:
    found = read_condition({"not": {"not": {"headcount": {"at_least": 3}}}})

    assert isinstance(found, Leaf)
    assert found.operator == "at_least"


def _can_follow(change: Change) -> bool:
    return change.action in {"set", "one-of", "add", "remove", "wait"}


def follow(way: tuple[Change, ...], facts: Mapping[str, FactValue]) -> tuple[dict[str, FactValue], date]:
    after, day = dict(facts), DAY
    for change in way:
        fact = VOCABULARY[change.fact]
        if change.action == "wait":
            day = max(day, date.fromisoformat(change.value))
        elif change.action in {"add", "remove"}:
            words = after[change.fact]
            assert isinstance(words, frozenset)
            after[change.fact] = words | {change.value} if change.action == "add" else words - set(change.value)
        else:
            after[change.fact] = fact.read(change.value[0] if change.action == "one-of" else change.value)
    return after, day
