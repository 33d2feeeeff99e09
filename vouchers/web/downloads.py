"""Files as answers: CSV and XLSX of lists, PDFs and originals, with safe names and inert cells."""

import csv
import io
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import chain, islice
from urllib.parse import quote

import xlsxwriter
from flask import Response, stream_with_context
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from vouchers.kernel.clock import BEIJING
from vouchers.kernel.money import decimal_yuan
from vouchers.web.security import FILE_POLICY

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF_TYPE = "application/pdf"
BOM = "\ufeff"
_STARTS_A_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
_MOST_NAME = 150
_WIDTHS = {"fen": 18, "number": 12, "day": 12, "moment": 18}
_TEXT_WIDTH = 28

Cell = str | int | date | datetime | None


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    FEN = "fen"  # integer fen, written in yuan
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet: its head and what it holds."""

    label: str
    kind: Kind = Kind.TEXT


def csv_download(name: str, columns: Sequence[Column], *, rows: Iterable[Sequence[Cell]]) -> Response:
    """A list as CSV, written while it is read; the byte order mark lets spreadsheets see the UTF-8."""
    return _attachment(stream_with_context(_csv_lines(columns, _begun(rows))), f"{name}.csv", CSV_TYPE)


def xlsx_download(name: str, columns: Sequence[Column], *, rows: Iterable[Sequence[Cell]]) -> Response:
    """A list as XLSX; text stays text whatever it begins with."""
    return _attachment(xlsx_bytes(columns, rows), f"{name}.xlsx", XLSX_TYPE)


def pdf_download(content: bytes, name: str) -> Response:
    """A paper as a file to keep."""
    return _attachment(content, f"{name}.pdf", PDF_TYPE)


def file_download(content: bytes | Iterator[bytes], name: str, *, media_type: str) -> Response:
    """An original as it was received; never shown as a page of ours."""
    return _attachment(content, name, media_type)


def disposition(name: str) -> str:
    """The Content-Disposition of an attachment (RFC 6266), for any name.

    >>> disposition('a"b.pdf')
    "attachment; filename=a_b.pdf; filename*=UTF-8''a_b.pdf"
    """
    kept = "".join("_" if c in '"\\/:*?<>|;' or not c.isprintable() else c for c in name)
    stem, dot, ending = kept.rpartition(".")
    safe = (stem[:_MOST_NAME] + dot + ending[:10] if dot else kept[:_MOST_NAME]).strip(" .") or "file"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in safe)
    return f"attachment; filename={plain}; filename*=UTF-8''{quote(safe, safe='')}"


def inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> inert("=1+1"), inert("  ＋1"), inert("甲")
    ("'=1+1", "'  ＋1", '甲')
    """
    for character in text:
        if character in _STARTS_A_FORMULA:
            return f"'{text}"
        if not (character.isspace() or character in "'\"" or unicodedata.category(character) == "Cf"):
            break
    return text


def xlsx_bytes(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook of one sheet with a frozen head."""
    with tempfile.TemporaryFile() as file:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(file, options) as book:
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 0)
            head, money = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "#,##0.00"})
            for n, column in enumerate(columns):
                sheet.set_column(n, n, _WIDTHS.get(column.kind, _TEXT_WIDTH))
                sheet.write_string(0, n, column.label, head)
            for r, row in enumerate(rows, start=1):
                for n, (column, cell) in enumerate(zip(columns, row, strict=True)):
                    _write_cell(sheet, (r, n), column.kind, cell=cell, money=money)
        file.seek(0)
        return file.read()


def _write_cell(sheet: Worksheet, at: tuple[int, int], kind: Kind, *, cell: Cell, money: Format) -> None:
    if cell is None or cell == "":
        return
    if kind is Kind.FEN and isinstance(cell, int):
        sheet.write_number(*at, Decimal(decimal_yuan(cell)), money)
    elif kind is Kind.NUMBER and isinstance(cell, int):
        sheet.write_number(*at, cell)
    else:
        sheet.write_string(*at, _text(kind, cell))


def _begun(rows: Iterable[Sequence[Cell]]) -> Iterable[Sequence[Cell]]:
    """The same rows, the first one fetched: what refuses does so before the answer has begun."""
    iterator = iter(rows)
    return chain(list(islice(iterator, 1)), iterator)


def _csv_lines(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow([inert(column.label) for column in columns])
    yield BOM + buffer.getvalue()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(
            [
                inert(text) if column.kind is Kind.TEXT else text
                for column, cell in zip(columns, row, strict=True)
                for text in (_text(column.kind, cell),)
            ]
        )
        yield buffer.getvalue()


def _text(kind: Kind, cell: Cell) -> str:
    """A cell as text; a number only where the type says so, so that no text slips past as one."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int):
        return decimal_yuan(cell) if kind is Kind.FEN else str(cell)
    return inert(cell) if kind is not Kind.TEXT else cell


def _attachment(content: bytes | Iterator[str] | Iterator[bytes], name: str, media_type: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = disposition(name)
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response
