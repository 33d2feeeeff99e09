"""Names of accounts, shapes of moves, and how amounts are parted."""

from dataclasses import astuple, replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.packs import compiled
from vouchers.kernel.canonical import digest
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import split
from vouchers.ledger.caps import Moment, quota_of
from vouchers.ledger.rules import (
    Cap,
    Move,
    Pot,
    act_digest,
    document_findings,
    indicator,
    shortfalls,
    spent,
    split_by_layer,
    treasury,
)
from vouchers.ledger.states import AccountKind, DocumentKind, TransferKind

POT = Pot(1, "compute")


def test_a_move_between_accounts_that_its_kind_does_not_join_is_refused() -> None:
    with pytest.raises(ValueError, match="does not lead"):
        Move(TransferKind.ISSUE, POT.envelope("city"), POT.payable("city", payee="p"), 1, "k")


@pytest.mark.parametrize("amount", [0, -1, 1.0, True, None])
def test_only_positive_whole_amounts_move(amount: object) -> None:
    with pytest.raises(ValueError, match="positive integer"):
        Move(TransferKind.APPROPRIATE, POT.grant("city"), POT.envelope("city"), amount, "k")  # type: ignore[arg-type]


def test_different_keys_are_different_accounts() -> None:
    names = {
        POT.grant("city").name,
        POT.envelope("city").name,
        POT.envelope("district").name,
        Pot(2, "compute").envelope("city").name,
        Pot(1, "model").envelope("city").name,
        POT.voucher("city", voucher="v", party="p").name,
        POT.held("city", subject="v", party="p").name,
    }

    assert len(names) == 7


def test_moves_that_pass_through_an_account_leave_it_as_it_was() -> None:
    voucher = POT.voucher("city", voucher="v", party="p")
    moves = [
        Move(TransferKind.ISSUE, POT.envelope("city"), voucher, 5, "a"),
        Move(TransferKind.HOLD, voucher, POT.held("city", subject="o", party="p"), 5, "b"),
    ]
    balances = {
        POT.envelope("city").name: (AccountKind.ENVELOPE, 5),
        voucher.name: (AccountKind.VOUCHER, 0),
        POT.held("city", subject="o", party="p").name: (AccountKind.HELD, 0),
    }

    assert shortfalls(balances, moves) == []


def test_a_shortfall_says_what_is_asked_and_what_is_left() -> None:
    voucher = POT.voucher("city", voucher="v", party="p")
    move = Move(TransferKind.HOLD, voucher, POT.held("city", subject="o", party="p"), 1000, "k")
    balances = {voucher.name: (AccountKind.VOUCHER, 999), move.credit.name: (AccountKind.HELD, 0)}

    [finding] = shortfalls(balances, [move])

    assert finding.code == "voucher_short"
    assert "¥10.00" in finding.text
    assert "¥9.99" in finding.text


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ("claims", "次数已满：本期还可计入 5 次。"),
        ("card-hours", "超过额度上限：需要 6 卡时，本期剩余 5 卡时。"),
        ("CNY", "超过额度上限：需要 ¥0.06，本期剩余 ¥0.05。"),
    ],
)
def test_a_quota_that_does_not_suffice_is_told_in_what_it_limits(unit: str, told: str) -> None:
    cap = Cap("a-year", 1, "p", "2026", 5, unit)
    quota, drawn = cap.account(AccountKind.QUOTA), cap.account(AccountKind.DRAWN)
    balances = {quota.name: (AccountKind.QUOTA, 5), drawn.name: (AccountKind.DRAWN, 0)}

    (found,) = shortfalls(balances, [Move(TransferKind.DRAW_QUOTA, quota, drawn, 6, "k")])

    assert found.text.startswith(told)


def test_a_grant_takes_of_a_cap_in_hours_its_hours_and_of_a_count_one() -> None:
    assert [Cap("c", 1, "p", "2026", 5, unit).amount(7) for unit in ("CNY", "card-hours", "claims")] == [7, 7, 1]


@given(st.integers(1, 10**13), st.lists(st.integers(0, 10**6), min_size=1, max_size=6).filter(any))
def test_parts_always_sum_to_the_whole(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)

    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)
    assert all(
        abs(part * sum(weights) - amount * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True)
    )


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5).filter(any), st.lists(st.integers(1, 10**9), max_size=8))
def test_drawing_by_what_is_left_never_overdraws_a_layer(balances: list[int], draws: list[int]) -> None:
    left = {f"layer{i}": balance for i, balance in enumerate(balances)}

    for asked in [*draws, sum(balances)]:
        amount = min(asked, sum(left.values()))
        for layer, part in split_by_layer(amount, left).items() if amount else ():
            left[layer] -= part
            assert left[layer] >= 0

    assert sum(left.values()) == 0


def test_a_cut_of_an_indicator_names_what_it_cuts() -> None:
    assert [f.code for f in document_findings(DocumentKind.INDICATOR, -5, has_original=False)] == ["no_original"]
    assert document_findings(DocumentKind.INDICATOR, -5, has_original=True) == []
    assert [f.code for f in document_findings(DocumentKind.ENVELOPE, 0, has_original=False)] == ["zero"]


def test_a_yearly_quota_is_one_account_per_party_and_year() -> None:
    cap = next(cap for cap in compiled().pack.amount.caps if cap.id == "cap-applicant-year")

    first = quota_of(cap, scheme_id=1, party="a", moment=Moment(date(2026, 1, 1), 1))
    same = quota_of(cap, scheme_id=1, party="a", moment=Moment(date(2026, 12, 31), 2))
    other = quota_of(cap, scheme_id=1, party="a", moment=Moment(date(2027, 1, 1), 1))

    assert first == same != other


def test_a_document_that_cannot_stand_is_told_with_field_and_way() -> None:
    zero = Finding("zero", "金额不能为零。", way="追加填正数，压减填负数。", field="amount")
    no_original = Finding("no_original", "压减指标须指明原指标文。", way="请选择被压减的那份指标文。", field="amends")

    assert document_findings(DocumentKind.INDICATOR, 0, has_original=False) == [zero]
    assert document_findings(DocumentKind.INDICATOR, -1, has_original=False) == [no_original]
    assert document_findings(DocumentKind.ENVELOPE, -1, has_original=False) == []
    assert document_findings(DocumentKind.INDICATOR, 1, has_original=False) == []


def test_what_is_short_is_told_with_both_amounts_beside_the_amount() -> None:
    rest = POT.voucher("city", voucher="v", party="p")
    move = Move(TransferKind.HOLD, rest, POT.held("city", subject="o", party="p"), 500, "k")
    balances = {rest.name: (AccountKind.VOUCHER, 300), move.credit.name: (AccountKind.HELD, 0)}

    (found,) = shortfalls(balances, [move])

    assert (found.code, found.field) == ("voucher_short", "amount")
    assert found.params == {"asked": "¥5.00", "left": "¥3.00"}


def test_every_account_holds_what_tells_it_from_others() -> None:
    book = (1, "compute", "city")
    expected = {
        POT.voucher("city", voucher="v", party="p"): (AccountKind.VOUCHER, *book, "p", "v", "", "CNY"),
        POT.held("city", subject="o", party="p"): (AccountKind.HELD, *book, "p", "o", "", "CNY"),
        POT.payable("city", payee="p"): (AccountKind.PAYABLE, *book, "p", "", "", "CNY"),
        POT.paid("city", payee="p"): (AccountKind.PAID, *book, "p", "", "", "CNY"),
        treasury("o", 2026): (AccountKind.TREASURY, None, "", "", "o", "", "2026", "CNY"),
        indicator("d", scheme_id=1, layer="city", office="o", year=2026): (
            AccountKind.INDICATOR,
            1,
            "",
            "city",
            "o",
            "d",
            "2026",
            "CNY",
        ),
        spent("d", scheme_id=1, layer="city", office="o", year=2026): (
            AccountKind.SPENT,
            1,
            "",
            "city",
            "o",
            "d",
            "2026",
            "CNY",
        ),
        Cap("c", 1, "p", "2026", 9).account(AccountKind.QUOTA): (AccountKind.QUOTA, 1, "", "", "p", "c", "2026", "CNY"),
    }

    assert {key: astuple(key) for key in expected} == expected


def test_money_stays_in_its_unit() -> None:
    points = replace(POT, unit="PFLOPS-h")

    with pytest.raises(ValueError, match=r"^a transfer stays in one unit$"):
        Move(TransferKind.APPROPRIATE, POT.grant("city"), points.envelope("city"), 1, "k")


@pytest.mark.parametrize(
    ("kind", "message", "way"),
    [
        (AccountKind.ENVELOPE, "可发放规模不足：需要 ¥5.00，尚余 ¥3.00。", "请等待追加规模，或减少本次发放。"),
        (AccountKind.VOUCHER, "券面余额不足：需要 ¥5.00，尚余 ¥3.00。", "请把金额改到余额以内。"),
        (AccountKind.HELD, "占用余额不足：需要 ¥5.00，尚余 ¥3.00。", "请把金额改到订单占用的余额以内。"),
        (AccountKind.INDICATOR, "预算指标不足：需要 ¥5.00，尚余 ¥3.00。", "请先登记并复核新的指标文，再办理支付。"),
        (AccountKind.QUOTA, "超过额度上限：需要 ¥5.00，本期剩余 ¥3.00。", "请把金额改到剩余额度以内。"),
        (AccountKind.PAYABLE, "余额不足：需要 ¥5.00，尚余 ¥3.00。", "请核对金额后重试。"),
    ],
)
def test_each_kind_of_account_is_short_in_its_own_words(kind: AccountKind, message: str, way: str) -> None:
    rest = POT.voucher("city", voucher="v", party="p")
    move = Move(TransferKind.HOLD, rest, POT.held("city", subject="o", party="p"), 500, "k")

    (found,) = shortfalls({rest.name: (kind, 300), move.credit.name: (AccountKind.HELD, 0)}, [move])

    assert (found.code, found.text, found.way) == (f"{kind}_short", message + way, way)


@pytest.mark.parametrize("kind", [AccountKind.GRANT, AccountKind.TREASURY, AccountKind.ALLOWANCE])
def test_sources_may_go_below_zero(kind: AccountKind) -> None:
    move = Move(TransferKind.APPROPRIATE, POT.grant("city"), POT.envelope("city"), 500, "k")
    balances = {move.debit.name: (kind, 0), move.credit.name: (AccountKind.ENVELOPE, 0)}

    assert shortfalls(balances, [move]) == []


def test_what_is_drawn_to_nothing_is_not_short() -> None:
    move = Move(TransferKind.ISSUE, POT.envelope("city"), POT.voucher("city", voucher="v", party="p"), 500, "k")
    balances = {move.debit.name: (AccountKind.ENVELOPE, 500), move.credit.name: (AccountKind.VOUCHER, 0)}

    assert shortfalls(balances, [move]) == []


def test_an_act_is_known_by_every_value_of_its_movements() -> None:
    at = datetime(2026, 3, 18, 12, tzinfo=timezone(timedelta(hours=8)))

    assert act_digest([(1, "issue", at, None)]) == digest([[1, "issue", "2026-03-18 04:00:00.000000", None]])


def test_what_a_move_must_be_is_said_when_it_is_not() -> None:
    with pytest.raises(ValueError, match=r"^a transfer moves a positive integer amount$"):
        Move(TransferKind.APPROPRIATE, POT.grant("city"), POT.envelope("city"), 0, "k")
    with pytest.raises(ValueError, match=r"^issue does not lead from grant to envelope$"):
        Move(TransferKind.ISSUE, POT.grant("city"), POT.envelope("city"), 1, "k")


def test_layers_of_no_weight_get_nothing() -> None:
    assert split_by_layer(101, {"district": 50, "city": 50, "town": 0}) == {"city": 51, "district": 50}
