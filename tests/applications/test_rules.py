"""What is asked, what is missing, which quota, which stage: pure."""

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.packs import DAY, MICRO, compiled
from vouchers.applications import rules
from vouchers.applications.rules import Section
from vouchers.kernel.workdays import WorkCalendar
from vouchers.policy.pack.funding import Funding
from vouchers.policy.pack.measure import Measure
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import read_facts
from vouchers.policy.rules.funding import parted
from vouchers.policy.rules.results import Decision

AT = datetime(2026, 3, 18, 4, tzinfo=UTC)
WEEK = WorkCalendar(frozenset({2026}))


def decision(**changes: object) -> Decision:
    facts, _ = read_facts({**MICRO, **changes}, compiled().vocabulary)
    return decide(compiled(), "compute", facts, on=DAY)


@pytest.mark.parametrize(
    ("opens", "has_closed", "code"),
    [(-1, False, ""), (0, False, ""), (-1, True, "window-closed"), (1, False, "window-not-yet")],
)
def test_a_window_takes_applications_from_its_opening_up_to_its_closing(
    opens: int, *, has_closed: bool, code: str
) -> None:
    found = rules.window_findings(AT + timedelta(hours=opens), AT, has_closed=has_closed)

    assert [one.code for one in found] == ([code] if code else [])


def test_facts_of_ledger_and_reviewer_are_never_asked() -> None:
    asked = {one.fact.name: one for one in rules.asked_facts(compiled(), "compute")}

    assert {"planned_net", "size_class", "other_support_contract"} <= set(asked)
    assert not [name for name in asked if name.startswith("granted:")]
    assert asked["planned_net"].section is Section.NEED
    assert asked["other_support_contract"].section is Section.SUPPORT


def test_the_words_of_a_named_list_are_offered() -> None:
    asked = {one.fact.name: one for one in rules.asked_facts(compiled(), "compute")}

    assert asked["field"].options["health"] == "大健康"


def test_only_facts_without_which_there_is_no_answer_are_missing() -> None:
    whole = rules.asked_facts(compiled(), "compute")

    found = rules.missing_facts(decision(planned_net=None, green_share=None), whole)

    assert [one.fact.name for one in found] == ["planned_net"]


def test_all_gaps_are_told_at_once() -> None:
    facts, _ = read_facts({**MICRO, "planned_net": None}, compiled().vocabulary)
    papers = rules.asked_documents(compiled(), "compute", facts, DAY)

    found = rules.completeness_findings(
        decision(planned_net=None), rules.asked_facts(compiled(), "compute"), papers, {"licence"}
    )

    assert [one.field for one in found] == ["planned_net", "size-proof", "need-statement"]


def test_a_paper_asked_under_a_condition_is_asked_only_then() -> None:
    outside, _ = read_facts({**MICRO, "registered_in": "重庆市江北区"}, compiled().vocabulary)
    inside, _ = read_facts(MICRO, compiled().vocabulary)

    assert "premises" in {one.id for one in rules.asked_documents(compiled(), "compute", outside, DAY)}
    assert "premises" not in {one.id for one in rules.asked_documents(compiled(), "compute", inside, DAY)}


def test_a_no_of_the_rules_keeps_the_application_back() -> None:
    assert [one.code for one in rules.decision_findings(decision(size_class="large"))] == ["not-eligible"]
    assert rules.decision_findings(decision()) == []


def test_more_than_the_rules_give_cannot_be_asked_for() -> None:
    assert [one.code for one in rules.requested_findings(101, 100, 100)] == ["requested-too-high"]
    assert rules.requested_findings(100, 100, 100) == []


def test_hours_are_asked_for_whole_and_their_limit_is_told_in_hours() -> None:
    hours = Measure("card-hours", 1_000)

    assert rules.whole_findings(1_500_000, hours, field="requested") == []
    assert rules.whole_findings(1_500_001, Measure(), field="requested") == []
    (broken,) = rules.whole_findings(1_500_001, hours, field="requested")
    assert broken.text == "实物券按整卡时计，数量不能有小数。请改成整数。"
    (over,) = rules.requested_findings(2_001_000, 2_000_000, 2_000_000, measure=hours)
    assert "2,001 卡时（¥20,010.00） 高于可申领上限 2,000 卡时（¥20,000.00）" in over.text


def test_above_a_soft_cap_is_asked_for_with_a_reason_and_only_as_far_as_the_other_rules_go() -> None:
    soft = "原则上不超过 100 元"

    (told,) = rules.requested_findings(15_000, 10_000, 20_000, soft=soft)

    assert (told.code, told.field) == ("lift-reason-missing", "lift_reason")
    assert "申请金额 ¥150.00 超过“原则上不超过 100 元”，没有写明申请放宽的理由" in told.text
    assert rules.requested_findings(15_000, 10_000, 20_000, soft=soft, has_reason=True) == []
    over = rules.requested_findings(20_001, 10_000, 20_000, soft=soft, has_reason=True)
    assert [one.code for one in over] == ["requested-too-high"]


def test_a_stage_leads_to_the_next_and_the_last_one_to_the_meeting() -> None:
    process = compiled().pack.process

    assert rules.entry_stage(process) == ("accept", "first-review")
    assert rules.next_stage(process, "first-review") == ("pass_stage", "second-review")
    assert rules.next_stage(process, "second-review") == ("pass_last_stage", "meeting-decision")
    assert rules.entry_stage(process, {"first-review"}) == ("accept", "second-review")
    assert rules.entry_stage(process, {"first-review", "second-review"}) == ("accept_to_decide", "meeting-decision")
    assert rules.next_stage(process, "first-review", {"second-review"}) == ("pass_last_stage", "meeting-decision")
    assert all(rules.is_apart(process, stage) for stage in process.stages)


def test_a_stopped_clock_keeps_the_days_it_counted() -> None:
    assert rules.running_days(WEEK, date(2026, 3, 18), date(2026, 3, 23), used_before=2) == 5
    assert rules.running_days(WEEK, date(2026, 3, 23), date(2026, 3, 18), used_before=2) == 2
    assert rules.days_left(WEEK, None, date(2026, 3, 18)) is None
    assert rules.days_left(WEEK, date(2026, 3, 17), date(2026, 3, 18)) == -1


def thirds(remainder: str | None = None) -> Funding:
    layers = [("c", "街道", "1/6"), ("a", "市级", "1/2"), ("b", "区级", "1/3")]
    return Funding.model_validate_json(
        json.dumps(
            {
                "id": "funding",
                "say": "三级分担",
                "provenance": "local",
                "layers": [{"id": key, "name": name, "share": share} for key, name, share in layers],
                **({"remainder": remainder} if remainder else {}),
            }
        )
    )


@given(amount=st.integers(min_value=0, max_value=10**12), remainder=st.sampled_from([None, "largest", "first", "last"]))
def test_layers_pay_the_whole_amount_and_nobody_more_than_a_fen_beside_its_share(
    amount: int, remainder: str | None
) -> None:
    parts = parted(amount, thirds(remainder))
    exact = {"a": Fraction(amount, 2), "b": Fraction(amount, 3), "c": Fraction(amount, 6)}

    assert sum(parts.values()) == amount
    assert all(abs(parts.get(layer, 0) - share) < len(exact) for layer, share in exact.items())
    bears = {"first": "c", "last": "b"}.get(remainder or "")
    others = {layer: int(share) for layer, share in exact.items() if bears and layer != bears}
    assert all(parts.get(layer, 0) == share for layer, share in others.items())


def test_the_fen_that_does_not_divide_goes_where_the_pack_says() -> None:
    assert parted(5, thirds("first")) == {"c": 2, "a": 2, "b": 1}
    assert parted(5, thirds("last")) == {"a": 2, "b": 3}
    assert rules.requires_whole_layers([5, 5], thirds("last")) == {"c": 0, "a": 4, "b": 6}
