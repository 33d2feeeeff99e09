"""Words of packs and facts: what is read, how it is written back and shown, and what is refused."""

from contextlib import suppress
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.packs import DAY, changed, compiled, decided, facts, shipped
from vouchers.policy.explanation import calculation, findings, told
from vouchers.policy.outline import stages
from vouchers.policy.pack.conditions import read_condition
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.values import Term, percent, read_rate, read_term, read_yuan
from vouchers.policy.rules.changes import ways_to_pass
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.eligibility import facts_of, typed
from vouchers.policy.rules.facts import FactKind, read_facts
from vouchers.policy.rules.vocabulary import VOCABULARY

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(name=st.sampled_from(sorted(VOCABULARY)), raw=JSON)
def test_any_json_is_read_to_the_same_value_or_refused_with_a_sentence(name: str, raw: object) -> None:
    read, refused = read_facts({name: raw}, VOCABULARY)

    assert (name in read) + len(refused) == (raw is not None)
    if name in read:
        again, _ = read_facts({name: VOCABULARY[name].written(read[name])}, VOCABULARY)
        assert again == read


@settings(deadline=None)
@given(raw=st.dictionaries(st.sampled_from(["headcount", "field", "all", "any", "not", "honours"]), JSON, max_size=2))
def test_any_json_is_a_condition_or_refused_without_a_fault(raw: dict[str, Any]) -> None:
    with suppress(ValueError):
        made = typed(read_condition(raw), VOCABULARY, {"fields": {"health": "大健康"}})
        assert facts_of(made)


@pytest.mark.parametrize(
    ("name", "raw", "shown"),
    [
        ("is_incubated", True, "是"),
        ("is_incubated", "否", "否"),
        ("headcount", 12, "12 人"),
        ("revenue", "12000.5", "¥12,000.50"),
        ("revenue", 12000, "¥12,000.00"),
        ("revenue", "3 万元", "¥30,000.00"),
        ("green_share", "37.5%", "37.5%"),
        ("green_share", "1/3", "1/3"),
        ("founded_on", "2020-02-29", "2020-02-29"),
        ("dishonesty", ["2024-03-01", "2023-01-02"], "2023-01-02、2024-03-01"),
        ("honours", [], "无"),
        ("size_class", "micro", "微型"),
        ("registered_in", " 重庆市渝中区 ", "重庆市渝中区"),
    ],
)
def test_a_fact_is_read_and_shown(name: str, raw: object, shown: str) -> None:
    fact = VOCABULARY[name]

    assert fact.shown(fact.read(raw)) == shown


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("is_incubated", 1),
        ("headcount", -1),
        ("headcount", True),
        ("revenue", 1.5),
        ("revenue", ""),
        ("green_share", "0.5"),
        ("green_share", 50),
        ("founded_on", "2020-02-30"),
        ("founded_on", 20200101),
        ("dishonesty", "2024-01-01"),
        ("honours", ["", "甲"]),
        ("honours", ["x"] * 201),
        ("size_class", "tiny"),
        ("registered_in", " "),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, raw: object) -> None:
    with pytest.raises(ValueError, match=r"应|写成|以内"):
        VOCABULARY[name].read(raw)


@pytest.mark.parametrize("raw", ["0.001 元", "1000000 亿元", "12", "十元", 5, "1 美元"])
def test_an_amount_without_unit_or_beyond_measure_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="金额"):
        read_yuan(raw)


@pytest.mark.parametrize("raw", ["1/0", "50", 0.5, "-5%", "12.345%"])
def test_a_rate_is_a_percentage_or_a_ratio(raw: object) -> None:
    with pytest.raises(ValueError, match="比例"):
        read_rate(raw)


def test_terms_move_by_the_calendar() -> None:
    assert read_term("1 month").after(date(2026, 1, 31)) == date(2026, 2, 28)
    assert read_term("10 days").before(date(2026, 1, 5)) == date(2025, 12, 26)
    assert read_term("5 working days") == Term(5, "working day")
    with pytest.raises(ValueError, match="期限"):
        read_term("3 fortnights")


@given(st.fractions(min_value=0, max_value=2, max_denominator=10_000))
def test_a_percentage_reads_back_to_the_same_share(rate: Fraction) -> None:
    assert read_rate(percent(rate)) == rate


def test_every_word_of_the_vocabulary_has_a_label_and_choices_have_options() -> None:
    assert all(fact.label for fact in VOCABULARY.values())
    assert all(fact.options for fact in VOCABULARY.values() if fact.kind is FactKind.CHOICE)


def test_what_a_reviewer_must_judge_is_told_as_such() -> None:
    def judged(data: dict[str, Any]) -> None:
        rule = {"id": "shown", "say": "成效得到认可", "at": ["application"], "when": {"effect_is_shown": True}}
        data["applicants"].append(rule | {"provenance": "local"})

    pack = changed(judged)
    decision = decided(pack)

    assert decision.result == "review"
    item = next(one for one in findings(pack, decision) if one["rule"] == "shown")
    assert (item["level"], item["fix"]) == ("warn", "由审核人员认定“应用成效是否得到认可”。")


def test_findings_stand_in_the_order_of_their_weight() -> None:
    items = findings(compiled(), decided(size_class="large", operating_status=None, planned_net=None))

    levels = [item["level"] for item in items]
    assert levels == sorted(levels, key=["bad", "warn", "wait", "ok"].index)
    assert [item["rule"] for item in items if item["level"] == "wait"] == ["in-operation", "planned_net"]


def test_the_calculation_shows_deductions_and_the_rest_of_a_year() -> None:
    given = facts(tier="starter", invoiced_net="50000.00", coupons="0.00", gifts="4000.00", refunds="0.00")
    given |= facts(**{"granted__cap-applicant-year": "495000.00"})
    decision = decide(compiled(), "compute", given, on=DAY, phase=Phase.REDEMPTION)

    rows = calculation(compiled(), decision)

    assert {"name": "减：赠送时长折价", "fen": 400_000, "minus": True} in rows
    binding = next(row for row in rows if row.get("kind") == "binding")
    assert (binding["fen"], binding["how"]) == (500_000, "¥500,000.00 − ¥495,000.00")
    assert any("−¥4,000.00" in line for line in told(compiled(), decision))


def test_a_compound_condition_is_told_with_its_labels() -> None:
    item = findings(compiled(), decided(registered_in="四川省", operates_in="四川省"))[0]

    assert item["seen"] == "登记地 四川省，实际经营地 四川省"
    assert item["wanted"] == "登记地 在重庆市渝中区，或者实际经营地 在重庆市渝中区"


def test_a_no_that_nobody_can_change_says_so() -> None:
    def impossible(data: dict[str, Any]) -> None:
        data["applicants"][0]["when"] = {"dishonesty": {"within": "3 years"}}

    pack = changed(impossible)

    assert findings(pack, decided(pack))[0]["fix"] == "这一项不能由本单位改变，可向主管部门咨询。"


def test_the_nearest_end_of_a_range_is_suggested() -> None:
    lists: dict[str, dict[str, str]] = {}
    inside = typed(read_condition({"headcount": {"between": [10, 20]}}), VOCABULARY, lists)
    outside = typed(read_condition({"headcount": {"outside": [10, 20]}}), VOCABULARY, lists)
    read, _ = read_facts({"headcount": 25}, VOCABULARY)
    within, _ = read_facts({"headcount": 15}, VOCABULARY)

    assert ways_to_pass(inside, read, DAY)[0][0].value == 20
    assert ways_to_pass(outside, within, DAY)[0][0].value == 21


def test_words_are_added_or_taken_away() -> None:
    wanted = typed(read_condition({"honours": {"includes_any": ["乙", "甲"]}}), VOCABULARY, {})
    unwanted = typed(read_condition({"line_items": {"includes_none": ["storage", "network"]}}), VOCABULARY, {})
    plain, _ = read_facts({"honours": ["丙"], "line_items": ["storage", "rent"]}, VOCABULARY)

    assert [change.action for change in ways_to_pass(wanted, plain, DAY)[0]] == ["add"]
    assert ways_to_pass(unwanted, plain, DAY)[0][0].value == ["storage"]


def test_the_outline_says_the_way_of_a_case() -> None:
    pack = shipped().pack
    assert pack is not None

    assert [stage.name for stage in stages(pack)] == ["受理", "初审", "复审", "会议审定", "公示"]


def test_a_process_leads_from_stage_to_stage() -> None:
    pack = shipped().pack
    assert pack is not None
    process = pack.process

    first = process.after(None)

    assert first is process.stage("first-review")
    assert process.after("second-review") is process.stage("meeting-decision")
    assert process.after("meeting-decision") is None
    assert pack.payee_of("compute") == "provider"
    assert pack.redemption_rule("model").invoice_use == "one-claim-only"
    assert pack.voucher_rule("model").valid_for == Term(6, "month")
