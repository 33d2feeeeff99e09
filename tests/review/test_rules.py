"""Who may act, what a verdict needs, whether there is money: pure."""

from dataclasses import replace

import pytest

from tests.policy.packs import decided
from vouchers.accounts.states import OfficeKind, Role
from vouchers.kernel.findings import Finding
from vouchers.parties.states import Tie
from vouchers.policy.pack.measure import Measure
from vouchers.policy.rules.eligibility import Outcome
from vouchers.policy.rules.results import AmountResult, ConditionResult, Decision, Result
from vouchers.review import rules
from vouchers.review.rules import Seat, Standing

SEAT = Seat(Role.REVIEWER, OfficeKind.LEAD)
FIT = {
    "role": "reviewer",
    "office": OfficeKind.LEAD,
    "covers_scheme": True,
    "covers_stage": True,
    "is_recused": False,
    "applicant": "甲公司",
    "ties": (),
}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, ""),
        ({"role": "decider"}, "wrong-role"),
        ({"office": OfficeKind.FINANCE}, "wrong-office"),
        ({"office": None}, "wrong-office"),
        ({"covers_scheme": False}, "out-of-scope"),
        ({"covers_stage": False}, "out-of-scope"),
        ({"is_recused": True}, "recused"),
        ({"ties": (Tie.MEMBER,)}, "own-organisation"),
        ({"taken_by_other": "王明"}, "taken"),
    ],
)
def test_only_somebody_fit_for_the_seat_acts(change: dict[str, object], code: str) -> None:
    found = rules.authority_findings(Standing(**{**FIT, **change}), SEAT)  # type: ignore[arg-type]

    assert [one.code for one in found] == ([code] if code else [])


def test_a_seat_of_no_office_takes_any() -> None:
    standing = Standing(**{**FIT, "office": OfficeKind.DISTRICT})  # type: ignore[arg-type]

    assert rules.authority_findings(standing, Seat(Role.REVIEWER, None)) == []


@pytest.mark.parametrize(
    ("amount", "before", "may_reduce", "reason", "code"),
    [
        (100, None, False, "", ""),
        (0, None, True, "少一些", "amount-outside"),
        (101, None, True, "多一些", "amount-outside"),
        (90, None, True, "有一台不计", ""),
        (90, None, True, " ", "reduction-unexplained"),
        (90, None, False, "有一台不计", "may-not-reduce"),
        (90, 90, False, "", ""),
    ],
)
def test_an_amount_is_within_what_was_computed_and_a_cut_is_explained(
    amount: int, before: int | None, *, may_reduce: bool, reason: str, code: str
) -> None:
    found = rules.amount_findings(amount, 100, before, may_reduce=may_reduce, reason=reason)

    assert [one.code for one in found] == ([code] if code else [])


def test_each_layer_must_suffice_for_itself() -> None:
    assert rules.short_layers({"city": 100, "district": 49}, {"city": 50, "district": 50}) == {"district": 1}
    assert rules.short_layers({"city": 10}, {"city": 25, "district": 3}) == {"city": 15, "district": 3}
    assert rules.short_layers({"city": 25}, {"city": 25}) == {}
    assert rules.short_layers({}, {"city": 1}) == {"city": 1}


def test_a_shortage_is_told_with_the_amount_and_what_is_missing_of_all_layers() -> None:
    message = "可发放规模不足：本件核定 {amount}，扣除已审定未发放的部分后还差 {short}。"
    params = {"amount": "¥1.00", "short": "¥0.03"}

    assert rules.shortage(100, [1, 2]) == Finding(
        "out-of-funds", message, params, "追加规模后可再次审定。", field="if_short"
    )


def test_every_verdict_says_why() -> None:
    missing = Finding("reason-missing", "没有写理由。", way="请写明理由，申请人会看到。", field="reason")
    assert rules.reason_findings("  ") == [missing]
    assert rules.reason_findings("材料齐全") == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"role": "decider"}, "这一环节由审核员办理。请由相应岗位的同事登录后办理。"),
        ({"office": None}, "按本方案，这一环节由主管部门办理。请交由其他同事办理。"),
        ({"covers_stage": False}, "您的任职范围不含这个方案或环节。请交由其他同事办理。"),
        ({"is_recused": True}, "您已在本案回避。请交由其他同事办理。"),
        ({"ties": (Tie.MEMBER,)}, "按回避规定您不能办理“甲公司”的事项：您是这个单位的人员。请交由其他同事办理。"),
        ({"taken_by_other": "王明"}, "本案正由王明办理。需要改由您办理的，请先接手。"),
    ],
)
def test_whoever_may_not_act_is_told_why_and_who_may(change: dict[str, object], text: str) -> None:
    (found,) = rules.authority_findings(Standing(**{**FIT, **change}), SEAT)  # type: ignore[arg-type]

    assert found.text == text


@pytest.mark.parametrize(
    ("amount", "may_reduce", "text", "field"),
    [
        (0, True, "核定金额应大于零且不高于计算金额 ¥1.00。请修改核定金额。", "amount"),
        (90, False, "按本方案，这一环节不能调整金额（现为 ¥1.00）。", "amount"),
        (90, True, "核定金额有调整，须写明理由。请在理由里说明。", "reason"),
    ],
)
def test_an_amount_that_cannot_stand_is_told_beside_its_field(
    amount: int, text: str, field: str, *, may_reduce: bool
) -> None:
    (found,) = rules.amount_findings(amount, 100, None, may_reduce=may_reduce, reason="")

    assert (found.text, found.field) == (text, field)
    assert rules.amount_findings(1, 100, 1, may_reduce=False, reason="") == []
    assert rules.amount_findings(100, 100, 90, may_reduce=True, reason="补充材料后恢复") == []


def test_a_limit_in_hours_is_told_in_hours() -> None:
    hours = Measure("card-hours", 1_000)
    (found,) = rules.amount_findings(2_001_000, 2_000_000, None, may_reduce=True, reason="", measure=hours)

    assert "2,000 卡时（¥20,000.00）" in found.text
    assert "2,000 卡时" in rules.shortage(2_000_000, [500], hours).text


def with_conditions(*conditions: tuple[str, Outcome, tuple[str, ...]]) -> Decision:
    """A decision with conditions of these clauses and outcomes, each judged by these facts or mended by a document."""
    ways = {"action": "upload", "fact": "licence"}
    return replace(
        decided(),
        conditions=tuple(
            ConditionResult(clause, clause, "local", {}, None, outcome, (_judged(facts), (ways,)))
            for clause, outcome, facts in conditions
        ),
    )


def _judged(facts: tuple[str, ...]) -> tuple[dict[str, str], ...]:
    return tuple({"action": "judge", "fact": fact} for fact in facts)


def test_a_case_passes_when_every_rule_is_met() -> None:
    assert rules.pass_findings(with_conditions(("一", Outcome.PASS, ()))) == []
    assert rules.pass_findings(with_conditions()) == []


def test_rules_that_keep_a_case_from_passing_are_counted_and_named() -> None:
    decision = with_conditions(("一", Outcome.REVIEW, ()), ("二", Outcome.PASS, ()), ("三", Outcome.FAIL, ()))

    assert rules.pass_findings(decision) == [
        Finding(
            "rules-open",
            "还有 {count} 条规则没有符合（{clauses}），不能通过。",
            {"count": 2, "clauses": "一；三"},
            "请先判断待核的条件，或要求补正、不予通过。",
            field="verdict",
        )
    ]


def test_a_reviewer_judges_each_open_fact_once_in_order() -> None:
    decision = with_conditions(
        ("一", Outcome.REVIEW, ("b", "a")),
        ("二", Outcome.PASS, ("c",)),
        ("三", Outcome.FAIL, ("d",)),
        ("四", Outcome.REVIEW, ("a", "e")),
    )

    assert rules.open_judgements(decision) == ("b", "a", "e")


def with_amount(maximum: int | None, *missing: str, result: Result = Result.REVIEW) -> Decision:
    """A decision whose rules are all met, and whose amount is worked out or waits for these facts."""
    met = with_conditions(("一", Outcome.PASS, ()), ("二", Outcome.REVIEW, ("a",)))
    met = met if missing else with_conditions(("一", Outcome.PASS, ()))
    return replace(met, result=result, amount=AmountResult(maximum, "", (), missing))


def test_what_the_amount_waits_for_is_judged_after_the_conditions() -> None:
    assert rules.open_judgements(with_amount(None, "base", "a")) == ("a", "base")
    assert rules.open_judgements(with_amount(None, "base", result=Result.UNKNOWN)) == ("a",)
    assert rules.open_judgements(replace(with_amount(None, "base"), amount=None)) == ("a",)


def test_a_case_is_not_passed_before_its_amount_can_be_worked_out() -> None:
    message, way = "金额还算不出来：核定的基数没有登记。", "请登记核定金额，并在意见里写明依据。"

    assert rules.pass_findings(with_amount(None)) == [Finding("amount-open", message, way=way, field="verdict")]
    assert rules.pass_findings(with_amount(0)) == []
    assert rules.pass_findings(replace(with_amount(None), amount=None)) == []


def test_a_stage_waits_for_the_second_person_of_a_lifted_cap() -> None:
    message, way = "本案有一项放宽还在等第二人决定。", "请先由另一位工作人员决定，再提交意见。"

    assert rules.lift_findings(is_open=True) == [Finding("lift-open", message, way=way)]
    assert rules.lift_findings(is_open=False) == []


def test_what_another_office_is_to_do_is_not_done_by_the_same() -> None:
    standing = Standing(**FIT, done_by_own_office=("初审", "复审"), office_clause="第八条")  # type: ignore[arg-type]
    (found,) = rules.authority_findings(standing, SEAT)

    assert (found.code, found.clause) == ("same-office", "第八条")
    assert found.text == (
        "本案的初审、复审由您所在的机构办理；按本方案，这一环节由另一机构办理。请交由其他机构的同事办理。"
    )
