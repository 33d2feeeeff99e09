"""中小企业划型: the size class of an enterprise, by a dated table; one indicator short is one class down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

CLASSES = ("large", "medium", "small", "micro")
_FEN_PER_WAN = 1_000_000
_SECTIONS = (  # GB/T 4754-2017: the last division (大类) of each section (门类)
    (5, "A"), (12, "B"), (43, "C"), (46, "D"), (50, "E"), (52, "F"), (60, "G"), (62, "H"), (65, "I"), (69, "J"),
    (70, "K"), (72, "L"), (75, "M"), (79, "N"), (82, "O"), (83, "P"), (85, "Q"), (90, "R"), (96, "S"), (97, "T"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One row of the standard: which industry codes, and the lower bounds of large, medium and small per indicator."""

    key: str
    name: str
    codes: tuple[str, ...]
    bounds: Mapping[str, tuple[int, int, int]]

    def covers(self, industry: str) -> int:
        """How many characters of the industry code this row names; 0 when it does not cover it."""
        return max((len(code) for code in self.codes if industry.startswith(code)), default=0)


@dataclass(frozen=True, slots=True)
class SizeTable:
    """The standard as published, from the day it holds."""

    title: str
    number: str
    in_force: date
    rows: tuple[SizeRow, ...]

    def row_of(self, industry: str) -> SizeRow | None:
        """The row that names an industry code most exactly; None where the standard does not cover it."""
        row = max(self.rows, key=lambda row: row.covers(industry))
        return row if row.covers(industry) else None


@dataclass(frozen=True, slots=True)
class SizeResult:
    """A size class with the row it was read from; empty and with what is missing when it cannot be told."""

    size_class: str
    row: SizeRow | None
    missing: tuple[str, ...] = ()


def size_class(
    industry: str, *, headcount: int | None, revenue: int | None, assets: int | None, table: SizeTable
) -> SizeResult:
    """The size class by industry code (门类 letter and digits, such as I65), headcount, revenue and assets in fen."""
    row = table.row_of(with_section(industry))
    if row is None:
        return SizeResult("", None)
    given = {"headcount": headcount, "revenue": revenue, "assets": assets}
    missing = tuple(name for name in row.bounds if given[name] is None)
    if missing:
        return SizeResult("", row, missing)
    for position, name in enumerate(CLASSES[:-1]):
        if all((given[indicator] or 0) >= bounds[position] for indicator, bounds in row.bounds.items()):
            return SizeResult(name, row)
    return SizeResult(CLASSES[-1], row)


def with_section(industry: str) -> str:
    """An industry code with the letter of its section, whether written with it or not.

    >>> with_section("6513"), with_section("i65")
    ('I6513', 'I65')
    """
    code = industry.strip().upper()
    if not code[:2].isdigit():
        return code
    division = int(code[:2])
    return next((letter for last, letter in _SECTIONS if division <= last), "") + code


def size_table(data: Mapping[str, Any]) -> SizeTable:
    """The table from its file: headcount in persons, money in 万元."""
    rows = tuple(_row(entry) for entry in data["rows"])
    return SizeTable(data["title"], data["number"], date.fromisoformat(data["in_force"]), rows)


def _row(entry: Mapping[str, Any]) -> SizeRow:
    bounds = {name: _bounds(name, entry["bounds"][name]) for name in entry["bounds"]}
    return SizeRow(entry["key"], entry["name"], tuple(entry["codes"]), bounds)


def _bounds(indicator: str, values: Sequence[int]) -> tuple[int, int, int]:
    unit = 1 if indicator == "headcount" else _FEN_PER_WAN
    large, medium, small = (value * unit for value in values)
    return large, medium, small
