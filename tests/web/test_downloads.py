import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from defusedxml.ElementTree import fromstring
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from vouchers.web.downloads import (
    Cell,
    Column,
    Kind,
    csv_download,
    disposition,
    file_download,
    inert,
    xlsx_bytes,
    xlsx_download,
)

COLUMNS = [Column("单位"), Column("金额（元）", Kind.FEN), Column("件数", Kind.NUMBER), Column("时间", Kind.MOMENT)]
ROW: list[Cell] = ["=cmd|' /C calc'!A0", -150, 20, datetime(2026, 11, 20, 16, 0, tzinfo=UTC)]


def csv_of(app: Flask, rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    with app.test_request_context():
        text = csv_download("清单", COLUMNS, rows=rows).get_data(as_text=True)
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_csv_keeps_amounts_as_numbers_and_formulas_as_text(gallery: Flask) -> None:
    head, row = csv_of(gallery, [ROW])

    assert head == ["单位", "金额（元）", "件数", "时间"]
    assert row == ["'=cmd|' /C calc'!A0", "-1.50", "20", "2026-11-21 00:00:00"]


@given(st.text(), st.sampled_from("=+-@\t\r\n＝＋－＠"), st.text(alphabet=" \u3000\xa0'\"", max_size=4))
def test_no_text_begins_like_a_formula(text: str, start: str, blanks: str) -> None:
    assert inert(blanks + start + text).startswith("'")


def test_xlsx_holds_text_as_text_and_long_numbers_unchanged() -> None:
    columns = [Column("号码"), Column("金额", Kind.FEN), Column("日", Kind.DAY)]

    book = zipfile.ZipFile(io.BytesIO(xlsx_bytes(columns, [["00012345678901234567", 123456789, date(2026, 3, 1)]])))

    cells = list(fromstring(book.read("xl/worksheets/sheet1.xml")).iter())
    texts = [cell.text for cell in cells if cell.tag.endswith("}t")]
    values = [cell.text for cell in cells if cell.tag.endswith("}v")]
    assert texts == ["号码", "金额", "日", "00012345678901234567", "2026-03-01"]
    assert values == ["1234567.89"]


def test_xlsx_has_neither_formulas_nor_links() -> None:
    rows = [["=1+1"], ["http://evil.example"], ["+5"], ["@SUM(A1)"]]

    book = zipfile.ZipFile(io.BytesIO(xlsx_bytes([Column("x")], rows)))

    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert "=1+1" in sheet


def test_downloads_are_attachments_in_a_sandbox(gallery: Flask) -> None:
    with gallery.test_request_context():
        answers = [
            xlsx_download("清单", COLUMNS, rows=[ROW]),
            csv_download("清单", COLUMNS, rows=[ROW]),
            file_download(b"%PDF-", "合同.pdf", media_type="application/pdf"),
        ]

    for answer in answers:
        assert answer.headers["Content-Disposition"].startswith("attachment; ")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400))
def test_any_name_makes_a_header_of_one_line(name: str) -> None:
    header = disposition(name)

    assert header.isascii()
    assert header.isprintable()
    assert "/" not in header
    assert header.count(";") == 2


@pytest.mark.parametrize(("name", "part"), [("合同.pdf", "%E5%90%88%E5%90%8C.pdf"), ("..", "file"), ("a/b", "a_b")])
def test_names_are_kept_as_far_as_they_are_safe(name: str, part: str) -> None:
    assert disposition(name).endswith(f"filename*=UTF-8''{part}")
