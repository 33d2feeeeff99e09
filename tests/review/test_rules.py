"""Who may act, what a verdict needs, whether there is money: pure."""

import pytest

from vouchers.accounts.states import OfficeKind, Role
from vouchers.kernel.findings import Finding
from vouchers.review import rules
from vouchers.review.rules import Seat, Standing

SEAT = Seat(Role.REVIEWER, OfficeKind.LEAD)
FIT = {
    "role": "reviewer",
    "office": OfficeKind.LEAD,
    "covers_scheme": True,
    "covers_stage": True,
    "is_recused": False,
    "is_of_applicant": False,
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
        ({"is_of_applicant": True}, "own-organisation"),
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
