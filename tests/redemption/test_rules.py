"""Claims judged purely: every reason alone, amounts laid over their evidence to the fen."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.kernel.periods import DateRange
from vouchers.policy.pack.vouchers import LineItems
from vouchers.redemption.invoices.checks import Level
from vouchers.redemption.invoices.invoice import Line
from vouchers.redemption.rules.allocating import Room, spread
from vouchers.redemption.rules.claiming import Asked, Paper, Proof, Situation, Standing, Terms, check_claim
from vouchers.redemption.rules.measures import Lines, counted_lines, eligible, in_proportion, lines_of
from vouchers.redemption.rules.outcomes import from_plain, reds

FEBRUARY = DateRange(date(2026, 2, 1), date(2026, 2, 28))
GOOD = Situation(
    terms=Terms("service", True, 100, True, True, False, "细则 八"),  # noqa: FBT003
    asked=Asked(5_000_000, 10_000_000, FEBRUARY, date(2026, 3, 18), date(2026, 5, 28)),
    standing=Standing(
        voucher_is_usable=True,
        voucher_state="可使用",
        validity=DateRange(date(2026, 1, 5), date(2026, 7, 4)),
        order_is_served=True,
        order_state="服务中",
        order_service=DateRange(date(2026, 2, 1), date(2026, 4, 30)),
        held=5_000_000,
        is_admitted=True,
        has_account=True,
    ),
    paper=Paper(date(2026, 3, 5), 10_000_000, False, True, (), "合同 LT-2026-017", "LT-2026-017"),  # noqa: FBT003
    proof=Proof(5_600_000, 5_600_000, (date(2026, 3, 6),), True, False, 10_900_000, 10_000_000),  # noqa: FBT003
)

REFUSALS: list[tuple[str, dict[str, dict[str, Any]]]] = [
    ("claim.voucher", {"standing": {"voucher_is_usable": False}}),
    ("claim.order", {"standing": {"order_is_served": False}}),
    ("claim.admitted", {"standing": {"is_admitted": False}}),
    ("claim.service_validity", {"standing": {"validity": DateRange(date(2026, 2, 2), date(2026, 7, 4))}}),
    ("claim.service_order", {"standing": {"order_service": DateRange(date(2026, 2, 2), date(2026, 4, 30))}}),
    ("claim.window_date", {"terms": {"window_date": "invoice"}, "paper": {"issued_on": date(2026, 7, 5)}}),
    ("claim.window_date", {"terms": {"window_date": "payment"}, "proof": {"paid_on": ()}}),
    ("claim.window_date", {"terms": {"window_date": "claim"}, "asked": {"on": date(2026, 1, 4)}}),
    ("claim.ended", {"asked": {"on": date(2026, 7, 5), "deadline": None}}),
    ("claim.deadline", {"asked": {"deadline": date(2026, 3, 17)}}),
    ("use.record", {"paper": {"agrees_with_record": False}}),
    ("use.taken", {"paper": {"is_used": True}}),
    ("use.free", {"paper": {"free": 9_999_999}}),
    ("use.free", {"paper": {"free": 9_999_999, "is_used": True}, "terms": {"one_claim_only": False}}),
    ("use.nothing", {"asked": {"base": 0}}),
    ("claim.held", {"standing": {"held": 4_999_999}}),
    ("claim.contract", {"proof": {"contract_left": 9_999_899}}),
    ("claim.usage", {"proof": {"usage_left": 9_999_899}}),
    ("claim.own_share", {"proof": {"paid": 5_599_899}}),
    ("claim.delivery", {"proof": {"is_delivered": False}}),
]


def test_a_complete_claim_has_nothing_red() -> None:
    assert reds(check_claim(GOOD)) == []


@pytest.mark.parametrize(("code", "changes"), REFUSALS)
def test_each_flaw_refuses_alone_and_says_how_to_mend_it(code: str, changes: dict[str, dict[str, Any]]) -> None:
    case = GOOD
    for part, values in changes.items():
        case = replace(case, **{part: replace(getattr(case, part), **values)})

    (finding,) = reds(check_claim(case))

    assert finding.code == code
    assert finding.way
    assert "{" not in finding.text


def test_a_claim_on_a_voucher_in_kind_goes_to_the_whole_of_its_invoice_and_no_further() -> None:
    terms, standing = replace(GOOD.terms, in_kind=True), replace(GOOD.standing, held=10_600_001)
    proof = replace(GOOD.proof, gross=10_600_000, own_share=5_600_000, paid=0)
    case = replace(GOOD, terms=terms, standing=standing, proof=proof)

    whole = replace(case, asked=replace(case.asked, amount=10_600_000))
    assert reds(check_claim(whole)) == []  # and nobody proves a share of their own
    assert reds(check_claim(case)) == []
    (found,) = reds(check_claim(replace(case, asked=replace(case.asked, amount=10_600_001))))
    assert (found.code, found.field) == ("claim.in_kind", "amount")
    assert found.text == "申请金额 ¥106,000.01 超过发票计入的价税合计 ¥106,000.00，请改到 ¥106,000.00 以内。"


def test_all_flaws_are_told_at_once() -> None:
    case = replace(GOOD, standing=replace(GOOD.standing, held=1, is_admitted=False), proof=replace(GOOD.proof, paid=0))

    codes = {finding.code for finding in reds(check_claim(case))}

    assert codes == {"claim.admitted", "claim.held", "claim.own_share"}


def test_the_first_and_the_last_valid_day_count() -> None:
    exactly = replace(GOOD.standing, validity=FEBRUARY, order_service=FEBRUARY)
    case = replace(GOOD, standing=exactly, terms=replace(GOOD.terms, hold_outlives_validity=True))

    assert reds(check_claim(case)) == []


def test_a_hold_may_outlive_its_voucher_when_the_scheme_says_so() -> None:
    late = replace(GOOD.asked, on=date(2026, 7, 5), deadline=None)

    case = replace(GOOD, asked=late, terms=replace(GOOD.terms, hold_outlives_validity=True))

    assert reds(check_claim(case)) == []


def test_differences_within_the_tolerance_pass() -> None:
    case = replace(GOOD, proof=replace(GOOD.proof, paid=5_599_900, usage_left=9_999_900, contract_left=9_999_900))

    assert reds(check_claim(case)) == []


def test_what_a_person_must_look_at_is_amber() -> None:
    odd = replace(GOOD.paper, remark="合同 LT-2026-071", excluded=("对象存储服务费",))
    case = replace(GOOD, paper=odd, proof=replace(GOOD.proof, used_before=True))

    amber = {check.code for check in check_claim(case) if check.level is Level.AMBER}

    assert amber == {"bureau", "contract_number", "use.excluded", "proof_used"}


def test_a_check_survives_being_stored() -> None:
    for check in check_claim(GOOD):
        assert from_plain(check.plain) == check


def test_lines_that_do_not_count_are_left_out_of_the_base() -> None:
    lines = counted_lines(
        (Line("智能算力租赁", 26_100, 1_566), Line("对象存储服务费", 900, 54)), line_words(exclude=["storage"])
    )

    assert [line.counts for line in lines] == [True, False]
    assert (eligible(lines, "net"), eligible(lines, "gross")) == (26_100, 27_666)


rooms = st.lists(st.integers(0, 10**6), max_size=6).map(lambda left: [Room(n, fen) for n, fen in enumerate(left)])


@given(st.integers(0, 3 * 10**6), rooms, rooms, rooms)
def test_an_amount_is_laid_over_its_evidence_to_the_fen(
    amount: int, lines: list[Room], usages: list[Room], payments: list[Room]
) -> None:
    parts = spread(amount, lines, usages=usages, payments=payments)

    assert sum(part.amount for part in parts) == amount
    assert all(part.amount > 0 for part in parts)
    for row, name in ((lines, "line"), (usages, "usage"), (payments, "payment")):
        for room in row:
            assert sum(part.amount for part in parts if getattr(part, name) == room.key) <= room.left
        borne = sum(part.amount for part in parts if getattr(part, name) is not None)
        assert borne == min(amount, sum(room.left for room in row))


@given(st.integers(1, 10**12), st.integers(0, 10**12), st.lists(st.integers(0, 10**12), max_size=4))
def test_a_share_in_proportion_never_falls_short(whole: int, other: int, cuts: list[int]) -> None:
    parts = [min(cut, whole) for cut in cuts]

    assert all(in_proportion(part, whole, other) * whole >= part * other for part in parts)
    assert in_proportion(whole, whole, other) == other


def test_only_lines_known_by_the_stated_words_count_and_a_nameless_discount_still_lowers_them() -> None:
    invoice = (
        Line("*服务*裸金属服务器租赁", 10_000, 600),
        Line("*服务*容器集群", 5_000, 300),
        Line("*服务*服务器运维人工", 2_000, 120),
        Line("折扣", -1_000, -60),
    )
    words = lines_of(
        [
            *rules_on_lines(include=["bare-metal"], words={"bare-metal": ["裸金属"]}),
            *rules_on_lines(exclude=["labour"]),
        ]
    )

    lines = counted_lines(invoice, words)

    assert [line.counts for line in lines] == [True, False, False, True]
    assert (eligible(lines, "net"), eligible(lines, "gross")) == (9_000, 9_540)


def test_words_of_the_pack_are_added_to_those_of_the_system() -> None:
    words = line_words(exclude=["storage", "software"], words={"software": ["授权许可"], "storage": ["归档"]})

    assert [words.counts(name, 1) for name in ("云硬盘", "归档空间", "软件授权许可", "软件开发")] == [False] * 3 + [
        True
    ]


def line_words(**rule: object) -> Lines:
    return lines_of(rules_on_lines(**rule))


def rules_on_lines(**rule: object) -> list[LineItems]:
    plain = {"id": "lines", "say": "费用明细", "provenance": "local", **rule}
    return [LineItems.model_validate_json(json.dumps(plain))]
