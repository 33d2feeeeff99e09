"""The spending of an ex-post case: every flaw is told by itself, and an honest case has none."""

from dataclasses import replace
from datetime import date

import pytest

from vouchers.kernel.periods import DateRange
from vouchers.redemption.invoices.checks import Level
from vouchers.redemption.rules.outcomes import reds
from vouchers.subsidies.rules import Declared, Spending, Terms, Used, check_spending

ONE = Used("26502000000000000001", 1_000, 1_000, False, DateRange(date(2025, 7, 1), date(2025, 12, 31)), ())  # noqa: FBT003
HONEST = Spending(
    terms=Terms(one_claim_only=True, tolerance=0, own_share_proof=True, delivery_confirmation=True, clause="第三条"),
    invoices=(ONE,),
    gross=1_000,
    paid=1_000,
    has_contract=True,
    is_delivered=True,
    declared=(Declared("实际支付金额", 1_000, 1_000),),
    asked=300,
    on=date(2026, 3, 18),
)


def test_an_honest_case_has_nothing_against_it() -> None:
    assert reds(check_spending(HONEST)) == []


FLAWS = [
    ({"invoices": (), "gross": 0}, {"spending.invoices"}),
    ({"invoices": (replace(ONE, is_used=True),)}, {"use.taken"}),
    ({"invoices": (replace(ONE, free=999),)}, {"use.free"}),
    ({"paid": 999}, {"spending.paid"}),
    ({"paid": 0, "gross": 0}, {"spending.paid"}),
    ({"has_contract": False}, {"spending.contract"}),
    ({"is_delivered": False}, {"spending.delivery"}),
    ({"declared": (Declared("实际支付金额", 1_001, 1_000),)}, {"spending.declared"}),
    ({"asked": 1_001}, {"spending.covers"}),
]


@pytest.mark.parametrize(("change", "codes"), FLAWS)
def test_each_flaw_is_told_and_nothing_else(change: dict[str, object], codes: set[str]) -> None:
    found = reds(check_spending(replace(HONEST, **change)))  # type: ignore[arg-type]

    assert {finding.code for finding in found} == codes


def test_what_the_pack_does_not_ask_for_is_not_missed() -> None:
    terms = replace(HONEST.terms, own_share_proof=False, delivery_confirmation=False, one_claim_only=False)
    case = replace(
        HONEST, terms=terms, paid=0, is_delivered=False, invoices=(replace(ONE, is_used=True, base=400, free=500),)
    )

    assert reds(check_spending(case)) == []


def test_a_sum_of_a_contract_is_for_a_person_to_look_at() -> None:
    case = replace(HONEST, declared=(Declared("合同金额", 9_000, None),))

    assert reds(check_spending(case)) == []
    assert [c.level for c in check_spending(case) if c.code == "spending.declared"] == [Level.AMBER]


def test_a_period_that_has_not_ended_is_for_a_person_to_look_at() -> None:
    later = replace(ONE, service=DateRange(date(2026, 1, 1), date(2026, 3, 19)))

    found = [
        check.level for check in check_spending(replace(HONEST, invoices=(later,))) if check.code == "spending.service"
    ]
    assert found == [Level.AMBER]
