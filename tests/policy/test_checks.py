"""What a pack is asked besides its words: each finding comes where it should, and not where it should not."""

from typing import Any

import pytest

from tests.policy.packs import PACK, edited, shipped
from vouchers.policy import fairness
from vouchers.policy.loader import LoadedPack, load_text
from vouchers.policy.pack.reading import PackFinding

AGES = "  - id: clean-record\n"
OUT_OF_RANGE = """  - id: not-too-small
    say: 从业人员 50 人以上
    at: [application]
    when: {headcount: {at_least: 50}}
    provenance: local
  - id: not-too-large
    say: 从业人员 20 人以下
    at: [application]
    when: {headcount: {at_most: 20}}
    provenance: local
"""
BONUS = "  ceilings:\n    - id: rate-ceiling\n"
CAPS = "  floors:\n    - id: floor\n"
STAGE = "      apart_from: [first-review]\n"


def found(loaded: LoadedPack, code: str) -> PackFinding:
    matching = [finding for finding in loaded.findings if finding.code == code]
    assert matching, [finding.code for finding in loaded.findings]
    return matching[0]


def codes(loaded: LoadedPack) -> set[str]:
    return {finding.code for finding in loaded.findings}


def cap(limit: str, over: str, per: str, kinds: str = "compute, model") -> str:
    at = "application, redemption"
    return (
        f"    - {{id: cap-extra, say: 另一条上限, kinds: [{kinds}], limit: {limit}, over: {over}, per: {per},"
        f" at: [{at}], provenance: local}}\n"
    )


def bonus(condition: str) -> str:
    return (
        f"    - {{id: extra, say: 另加一个百分点, kinds: [compute], at: [application], when: {condition}, add: 1%,"
        " provenance: local}\n"
    )


def test_the_shipped_pack_has_none_of_these_findings() -> None:
    assert codes(shipped()) == {"local-only", "deadline-without-owner"}
    assert all(finding.mend and finding.line > 1 for finding in shipped().findings)


def test_two_rules_that_exclude_each_other_are_named_together() -> None:
    finding = found(edited(AGES, OUT_OF_RANGE + AGES), "contradiction")

    assert (finding.rule, finding.level) == ("not-too-large", "error")
    assert "从业人员 50 人以上" in finding.message
    assert "从业人员 20 人以下" in finding.message


@pytest.mark.parametrize(
    "condition",
    [
        "{headcount: {at_most: 20, at_least: 50}}",
        "{all: [{size_class: micro}, {not: {size_class: {in: [micro, small]}}}]}",
        "{all: [{dishonesty: {within: 1 year}}, {dishonesty: {not_within: 3 years}}]}",
        "{all: [{registered_in: {in_area: 重庆市渝中区}}, {registered_in: {outside_area: 重庆市}}]}",
        "{all: [{honours: {includes: 甲}}, {honours: {includes_none: [甲, 乙]}}]}",
        "{all: [{any: [{headcount: {less_than: 5}}, {is_incubated: true}]}, {headcount: 7}, {is_incubated: false}]}",
        "{green_share: {more_than: 55%, at_most: 55%}}",
        "{founded_on: {at_least: 2025-02-01, less_than: 2025-02-01}}",
    ],
)
def test_a_condition_that_nobody_can_meet_is_found(condition: str) -> None:
    rule = f"  - {{id: never, say: 谁也不行, at: [application], when: {condition}, provenance: local}}\n"
    finding = found(edited(AGES, rule + AGES), "contradiction")

    assert finding.rule == "never"
    assert "谁也不行" in finding.message or "永远不成立" in finding.message


@pytest.mark.parametrize(
    "condition",
    [
        "{headcount: {at_least: 20, at_most: 20}}",
        "{all: [{dishonesty: {within: 5 years}}, {dishonesty: {not_within: 3 years}}]}",
        "{all: [{registered_in: {in_area: 重庆市}}, {registered_in: {outside_area: 重庆市江北区}}]}",
        "{all: [{honours: {includes_any: [甲, 乙]}}, {honours: {excludes: 甲}}]}",
        "{any: [{headcount: {at_least: 50}}, {headcount: {at_most: 20}}]}",
        "{headcount: {at_least_of: {fact: rd_staff, share: 50%}}}",
        "{all: [{green_share: {more_than: 55%}}, {green_share: {less_than: 55.02%}}]}",
    ],
)
def test_a_condition_that_somebody_can_meet_is_left_alone(condition: str) -> None:
    rule = f"  - {{id: sometimes, say: 有人可以, at: [issue], when: {condition}, provenance: local}}\n"

    assert "contradiction" not in codes(edited(AGES, rule + AGES))


def test_a_bonus_or_row_that_no_applicant_reaches_is_pointed_out() -> None:
    never = found(edited(BONUS, bonus("{size_class: large}") + BONUS), "unreachable-row")

    assert (never.rule, never.level) == ("extra", "warning")
    assert "unreachable-row" not in codes(edited(BONUS, bonus("{size_class: medium}") + BONUS))


@pytest.mark.parametrize(
    ("limit", "over", "per", "rule"),
    [
        ("50 万元", "applicant", "life", "cap-applicant-year"),
        ("40 万元", "controller", "calendar-year", "cap-applicant-year"),
        ("60 万元", "claim", "once", "cap-extra"),
        ("60 万元", "contract", "calendar-year", "cap-extra"),
    ],
)
def test_a_cap_that_another_always_anticipates_is_pointed_out(limit: str, over: str, per: str, rule: str) -> None:
    finding = found(edited(CAPS, cap(limit, over, per) + CAPS), "never-binds")

    assert (finding.rule, finding.level) == (rule, "warning")


@pytest.mark.parametrize(
    ("limit", "over", "per"),
    [("35 万元", "contract", "life"), ("60 万元", "applicant", "life"), ("120 万元", "controller", "life")],
)
def test_a_cap_that_may_bind_is_left_alone(limit: str, over: str, per: str) -> None:
    assert "never-binds" not in codes(edited(CAPS, cap(limit, over, per) + CAPS))


def test_a_ceiling_above_everything_it_caps_is_pointed_out() -> None:
    assert found(edited("      most: 55%", "      most: 60%"), "never-binds").rule == "rate-ceiling"
    assert "never-binds" not in codes(edited("      most: 55%", "      most: 59%"))


def test_a_tier_too_narrow_for_its_limit_is_pointed_out() -> None:
    only_applying = "    - id: cap-by-tier\n"
    text = PACK.read_text(encoding="utf-8")
    start = text.index(only_applying)
    part = text[start : text.index("    - id: cap-model")].replace("at: [application, redemption]", "at: [application]")
    wide = text[:start] + part.replace("starter: 3 万元", "starter: 6 万元") + text[text.index("    - id: cap-model") :]

    assert (
        found(load_text(wide, "pack.yaml"), "never-binds").line == wide[: wide.index("starter: 6 万元")].count("\n") + 1
    )
    assert "never-binds" not in codes(load_text(wide.replace("starter: 6 万元", "starter: 5 万元"), "pack.yaml"))


def test_an_envelope_that_one_applicant_could_exhaust_is_pointed_out() -> None:
    small = edited(CAPS, cap("50 万元", "scheme", "life") + CAPS)
    large = edited(CAPS, cap("5000 万元", "scheme", "life") + CAPS)

    assert found(small, "one-could-exhaust").rule == "cap-extra"
    assert "one-could-exhaust" not in codes(large)


def test_a_kind_without_a_limit_for_one_enterprise_is_pointed_out() -> None:
    text = PACK.read_text(encoding="utf-8")
    start, end = text.index("    - id: cap-applicant-year"), text.index("  floors:\n")

    assert found(load_text(text[:start] + text[end:], "pack.yaml"), "one-could-exhaust").rule == "compute"


def test_a_deadline_without_an_owner_is_pointed_out_once() -> None:
    finding = [one for one in shipped().findings if one.code == "deadline-without-owner"]
    everything = PACK.read_text(encoding="utf-8").replace("      may_reduce: true\n", "      on_overdue: remind\n")

    assert [one.rule for one in finding] == ["first-review"]
    assert all(name in finding[0].message for name in ("初审", "复审", "会议审定"))
    assert "deadline-without-owner" not in codes(load_text(everything, "pack.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "stage"),
    [
        ("      role: decider", "      role: reviewer", "meeting-decision"),
        (STAGE, STAGE + "      other_office_than: [first-review]\n", "second-review"),
    ],
)
def test_a_stage_that_nobody_can_staff_is_refused(old: str, new: str, stage: str) -> None:
    finding = found(edited(old, new), "nobody-can-staff")

    assert (finding.rule, finding.level) == (stage, "error")
    assert "nobody-can-staff" not in codes(shipped())


def test_a_stage_of_another_office_can_be_staffed() -> None:
    other = edited(STAGE, STAGE + "      other_office_than: [first-review]\n").data
    assert isinstance(other, dict)
    text = PACK.read_text(encoding="utf-8")
    start = text.index("    - id: second-review")
    part = text[start:].replace("office: lead", "office: district", 1)
    part = part.replace(STAGE, STAGE + "      other_office_than: [first-review]\n", 1)

    assert "nobody-can-staff" not in codes(load_text(text[:start] + part, "pack.yaml"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "    title: 《渝中区算力经济发展三年行动计划（2025—2027年）》文字解读",
            "    title: 渝中区算力券、模型券（三年行动计划起步方案）",
        ),
        ("text: sources/yuzhong-2025.txt", "text: pack.yaml"),
    ],
)
def test_a_pack_that_names_itself_as_its_source_is_refused(old: str, new: str) -> None:
    assert found(edited(old, new), "self-citation").level == "error"
    assert "self-citation" not in codes(shipped())


@pytest.mark.parametrize(
    ("condition", "say", "code"),
    [
        ("{taxed_in: {in_area: 重庆市渝中区}}", "多加一点", "local-tax"),
        ("{size_class: micro}", "上年度本区税收贡献 100 万元以上的", "local-tax"),
        ("{size_class: micro}", "当年从外地迁入本区的", "relocated-registration"),
        ("{size_class: micro}", "当年首次升规入统的", "local-statistics"),
    ],
)
def test_a_reward_for_moving_tax_or_statistics_is_red(condition: str, say: str, code: str) -> None:
    finding = found(edited(BONUS, bonus(condition).replace("另加一个百分点", say) + BONUS), code)

    assert (finding.rule, finding.level) == ("extra", "error")
    assert code not in codes(edited(BONUS, bonus("{size_class: micro}") + BONUS))


def test_a_fact_of_the_packs_own_that_counts_local_tax_is_red() -> None:
    own = "facts:\n  - {name: local_duty, type: money, label: 本地纳税额, supplied_by: enterprise}\n\nlists:"
    text = PACK.read_text(encoding="utf-8").replace("\nlists:", own, 1)

    rewarded = load_text(text.replace(BONUS, bonus("{local_duty: {at_least: 1 万元}}") + BONUS), "pack.yaml")

    assert found(rewarded, "local-tax").rule == "extra"
    assert "local-tax" not in codes(load_text(text, "pack.yaml"))


def test_a_place_of_tax_asked_of_applicants_is_pointed_out_and_not_red() -> None:
    rule = (
        "  - {id: taxed, say: 在本区纳税, at: [issue], when: {taxed_in: {in_area: 重庆市渝中区}}, provenance: local}\n"
    )
    loaded = edited(AGES, rule + AGES)

    assert [one.level for one in loaded.findings if one.rule == "taxed" and one.code == "local-only"] == ["warning"]
    assert "local-tax" not in codes(loaded)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{not: {dishonesty: {within: 3 years}}}", "{is_vouched_for_by: 渝中区某某科技有限公司}"),
        ("      metaverse: 元宇宙", "      metaverse: 某某智算集团"),
    ],
)
def test_a_company_that_is_named_is_pointed_out(old: str, new: str) -> None:
    assert found(edited(old, new), "named-company").level == "warning"
    assert "named-company" not in codes(shipped())


def test_periods_that_end_before_they_begin_are_refused() -> None:
    def intake(first: str, last: str) -> LoadedPack:
        rule = (
            f"  intakes:\n    - {{id: spring, say: 春季, kinds: [compute], opens: once, from: {first}, to: {last},"
            " track: reviewed, provenance: local}\n"
        )
        return edited("  notice:\n    id: public-notice", rule + "  notice:\n    id: public-notice")

    assert found(intake("2026-04-01", "2026-03-01"), "date-order").rule == "spring"
    assert found(intake("2028-01-01", "2028-03-01"), "date-order").rule == "spring"
    assert "date-order" not in codes(intake("2026-03-01", "2026-04-01"))


def test_levels_say_what_stands_in_the_way() -> None:
    loaded: Any = edited(AGES, OUT_OF_RANGE + AGES)

    assert {one.code for one in loaded.errors} >= {"contradiction"}
    assert not {one.code for one in loaded.warnings} & {"contradiction"}


def test_where_it_binds_a_review_is_wanted_even_if_nothing_is_pointed_out() -> None:
    (finding,) = fairness.signing_findings((), None, 1, is_always=True)

    assert finding.code == "no-review"
    assert fairness.signing_findings((), None, 1, is_always=False) == []
