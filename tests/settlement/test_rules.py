"""Plans, signatures and bank files, judged purely."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.settlement.rules.bank_file import (
    HEADS,
    Encoding,
    Outcome,
    PaymentRow,
    read_answers,
    write_payment_file,
)
from vouchers.settlement.rules.planning import Due, Fund, plan_batch
from vouchers.settlement.rules.signing import SignedLine, lines_hash, total_findings
from vouchers.settlement.states import BATCHES, LINES, BatchState, LineState

ROW = PaymentRow(
    "DF01-2026-00001-0001", "渝中算力", "工商银行", "102653000011", "6222020200112233445", 2_500_000, "兑付"
)
LINE = SignedLine("l1", "p1", "city", 1, 1, 2_500_000, "渝中算力", "工商银行", "102653000011", "digest")


def due(number: int, amount: int, layer: str = "city", *, payee: int = 1, has_account: bool = True) -> Due:
    return Due(f"{number}:{layer}", f"HX-{number}", payee, "甲", layer, amount, has_account, claim_id=number)


dues = st.lists(
    st.builds(
        due,
        st.integers(1, 10**6),
        st.integers(1, 1_000),
        st.sampled_from(["city", "district"]),
        payee=st.integers(1, 3),
        has_account=st.booleans(),
    ),
    max_size=30,
)


@given(dues, st.lists(st.integers(0, 3_000), min_size=1, max_size=4))
def test_a_plan_pays_each_due_once_and_never_more_than_a_document_holds(owed: list[Due], lefts: list[int]) -> None:
    funds = [Fund(n, f"文{n}", 1 + n % 2, ("city", "district")[n % 2], left) for n, left in enumerate(lefts)]

    plan = plan_batch(owed, funds)

    paid = [one for line in plan.lines for one in line.dues]
    assert sorted(map(id, [*paid, *(left.due for left in plan.left_out)])) == sorted(map(id, owed))
    for fund in funds:
        assert sum(line.amount for line in plan.lines if line.document_id == fund.document_id) <= fund.left
    assert all(one.has_account and one.layer == line.layer for line in plan.lines for one in line.dues)
    assert plan.total == sum(one.amount for one in paid)


def test_dues_of_one_payee_and_document_make_one_line() -> None:
    plan = plan_batch([due(1, 100), due(2, 200), due(3, 300, payee=2)], [Fund(7, "文7", 5, "city", 600)])

    assert [(line.payee_id, line.office_id, line.amount) for line in plan.lines] == [(1, 5, 300), (2, 5, 300)]


def test_a_due_that_no_document_covers_whole_is_left_out() -> None:
    plan = plan_batch([due(1, 700)], [Fund(7, "文7", 5, "city", 400), Fund(8, "文8", 5, "city", 400)])

    assert plan.lines == ()
    assert "尚余 ¥8.00" in plan.left_out[0].why.text


@pytest.mark.parametrize("change", [{"amount": 2_500_001}, {"account": "other"}, {"payee": "p2"}, {"indicator_id": 2}])
def test_any_change_of_a_line_changes_the_signature(change: dict[str, object]) -> None:
    assert lines_hash([LINE]) != lines_hash([replace(LINE, **change)])  # type: ignore[arg-type]


def test_the_checkers_total_must_agree_to_the_fen() -> None:
    assert total_findings(100, 100) == []
    assert total_findings(99, 100)[0].code == "settlement.total"


texts = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=30)


@given(texts, st.integers(1, 10**13))
def test_whatever_a_payee_is_called_the_file_has_one_row_and_the_right_amount(name: str, amount: int) -> None:
    content = write_payment_file("DF-1", [replace(ROW, payee=name, amount=amount)], Encoding.UTF8)

    heads, row = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert tuple(heads) == HEADS
    assert row[6] == f"{amount // 100}.{amount % 100:02d}"
    assert not row[2].startswith(("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠"))


def test_the_same_lines_give_the_same_bytes() -> None:
    assert write_payment_file("DF-1", [ROW], Encoding.GBK) == write_payment_file("DF-1", [ROW], Encoding.GBK)


def test_a_name_that_gbk_cannot_write_is_named() -> None:
    with pytest.raises(RuleViolation) as refused:
        write_payment_file("DF-1", [replace(ROW, payee="𠮷野算力")], Encoding.GBK)

    assert "𠮷" in str(refused.value)


@pytest.mark.parametrize("codec", ["utf-8-sig", "gbk"])
def test_answers_are_read_in_both_encodings(codec: str) -> None:
    text = '明细号,结果,银行流水号,原因,金额（元）\r\nDF-1-0001,成功,\'0012,,"25,000.00"\r\n\r\nDF-1-0002,在途,,,\r\n'

    first, second = read_answers(text.encode(codec))

    assert (first.place, first.number, first.outcome, first.reference, first.amount) == (
        2,
        "DF-1-0001",
        Outcome.PAID,
        "0012",
        2_500_000,
    )
    assert second.outcome is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "settlement.empty"),
        ("明细号,结果\r\n1,成功\r\n".encode(), "settlement.heads"),
        ("明细号,结果,银行流水号,原因\r\n1,成功,2,3,4\r\n".encode(), "settlement.shape"),
        (b'\xff\xfe"\x00', "settlement.encoding"),
        ('明细号,结果,银行流水号,原因\r\n"1,成功'.encode(), "settlement.shape"),
    ],
)
def test_what_is_no_answer_file_is_refused_as_a_whole(content: bytes, code: str) -> None:
    with pytest.raises(RuleViolation) as refused:
        read_answers(content)

    assert refused.value.findings[0].code == code


def test_a_batch_is_released_only_after_both_signatures() -> None:
    assert {t.action for t in BATCHES.transitions if t.target is BatchState.APPROVED} == {"approve"}
    assert {s for t in BATCHES.transitions if t.action == "release" for s in t.sources} == {BatchState.APPROVED}
    with pytest.raises(Conflict):
        BATCHES.after(BatchState.RELEASED, "release")


def test_a_paid_line_is_never_paid_again() -> None:
    assert LINES.actions_in(LineState.PAID) == ()
