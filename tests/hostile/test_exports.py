"""Exports as spreadsheets and banks read them: text stays text, amounts stay numbers, nothing is added or lost."""

import csv
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.web.gallery import make_gallery
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.money import decimal_yuan
from vouchers.settlement.rules.bank_file import HEADS, Encoding, PaymentRow, line_number, write_payment_file
from vouchers.web.downloads import Cell, Column, Kind, csv_download, xlsx_bytes

STARTS = "=+-@\t\r\n＝＋－＠"
BLANKS = " \u3000\xa0'\"\u200b\u2003"
_SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

hostile_text = st.builds(
    lambda blanks, start, rest: blanks + start + rest,
    st.text(alphabet=BLANKS, max_size=3),
    st.sampled_from(STARTS),
    st.text(alphabet="cmd|'/C calc'!A0\",;1\r\n＝算", max_size=12),
)
any_text = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
GALLERY = make_gallery()


def csv_rows(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    with GALLERY.test_request_context():
        text = csv_download("清单", columns, rows=rows).get_data().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def xlsx_cells(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[Any]:
    """Type and content of every cell behind the head: "s"/"inlineStr" is text, "n" a number; no formula anywhere."""
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(columns, rows))) as book:
        assert not [name for name in book.namelist() if "external" in name.lower() or "vba" in name.lower()]
        sheet = fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert not list(sheet.iter(f"{_SPACE}f"))
    assert not list(sheet.iter(f"{_SPACE}hyperlink"))
    found = []
    for row in list(sheet.iter(f"{_SPACE}row"))[1:]:
        for cell in row:
            text = "".join(part.text or "" for part in cell.iter() if part.tag in {f"{_SPACE}t", f"{_SPACE}v"})
            found.append((cell.get("t", "n"), text))
    return found


@settings(deadline=None)
@given(hostile_text)
@example("=cmd|' /C calc'!A0")
@example("\u200b=1+1")
@example("\u2003＝1")
def test_no_csv_cell_is_taken_for_a_formula(text: str) -> None:
    [[shown]] = csv_rows([Column("单位")], [[text]])[1:]

    assert shown == f"'{text}"


@settings(deadline=None)
@given(any_text)
def test_other_texts_come_back_as_they_were(text: str) -> None:
    first = text.lstrip(BLANKS)[:1]
    assume(not first or first not in STARTS)

    [[shown]] = csv_rows([Column("单位")], [[text]])[1:]

    assert shown == text


@settings(deadline=None, max_examples=25)
@given(st.integers(-(10**13), 10**13))
@example(-150)
def test_amounts_stay_numbers_even_below_zero(fen: int) -> None:
    column = [Column("金额", Kind.FEN)]

    assert csv_rows(column, [[fen]])[1:] == [[decimal_yuan(fen)]]
    [(kind, value)] = xlsx_cells(column, [[fen]])
    assert (kind, round(float(value) * 100)) == ("n", fen)


@settings(deadline=None, max_examples=40)
@given(st.one_of(hostile_text, any_text))
@example("=1+1")
@example("00012345678901234567")
@example("25502000000000000001")
@example("http://evil.example/")
@example("{=SUM(A1)}")
def test_xlsx_cells_of_text_are_text(text: str) -> None:
    cells = xlsx_cells([Column("单位")], [[text]])

    assert [kind for kind, _ in cells] in ([], ["inlineStr"], ["s"])
    if "_x" not in text and text.strip() and text.isprintable():
        assert cells[0][1] == text


@pytest.mark.parametrize(
    "number", ["00012345678901234567", "25502000000000000001", "6222020000000000001", "007", "1e5"]
)
def test_numbers_of_the_trade_are_unchanged_in_both(number: str) -> None:
    column = [Column("号码")]

    assert csv_rows(column, [[number]])[1:] == [[number]]
    assert [text for _, text in xlsx_cells(column, [[number]])] == [number]


payees = st.text(alphabet="甲乙,;\"'\t\r\n=+-@＝| \\算力𠮷", min_size=1, max_size=20)
lines = st.lists(st.tuples(payees, payees, st.integers(1, 10**13)), min_size=1, max_size=8)


@settings(deadline=None)
@given(lines, st.sampled_from(Encoding))
def test_a_payment_file_says_each_line_once_and_the_whole_total(
    given_lines: list[tuple[str, str, int]], encoding: Encoding
) -> None:
    batch = "DF01-2026-00001"
    rows = [
        PaymentRow(line_number(batch, place), payee, bank, "308653000012", "6222020000000000001", fen, purpose=bank)
        for place, (payee, bank, fen) in enumerate(given_lines, 1)
    ]
    try:
        content = write_payment_file(batch, rows, encoding)
    except RuleViolation as refusal:
        assume(encoding is Encoding.GBK and "𠮷" in str(refusal))
        return

    text = content.decode("utf-8-sig" if encoding is Encoding.UTF8 else "gbk")
    head, *read = csv.reader(io.StringIO(text, newline=""), strict=True)

    assert tuple(head) == HEADS
    assert text.count("\r\n") == len(rows) + 1
    assert [line[1] for line in read] == [row.number for row in rows]
    assert sum(round(float(line[6]) * 100) for line in read) == sum(row.amount for row in rows)
    assert all(len(line) == len(HEADS) and all(cell.isprintable() for cell in line) for line in read)
    assert not [cell for line in read for cell in line if cell[:1] in set(STARTS) and cell]
