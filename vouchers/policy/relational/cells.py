"""What stands in a cell of a register, as a typed value: one expression of DuckDB for each kind of fact and column."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from vouchers.kernel.money import MOST_FEN
from vouchers.policy.relational.columns import EARLIEST, LATEST, MOST, column_of, over_column
from vouchers.policy.rules.facts import FactKind, FactType, FactValue

_BLANK = " \t\r\n\u3000\ufeff"
_WHOLE_TYPES = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
_DECIMAL = re.compile(r"^DECIMAL\(\d+,([0-2])\)$")
_MOST_ITEMS, _LONGEST = 200, 300
_WITHIN = f"BETWEEN DATE '{EARLIEST}' AND DATE '{LATEST}'"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a column is read: the typed columns, whether a cell holds anything, and what was wanted."""

    columns: Mapping[str, str]
    is_filled: str
    wanted: str


def reading(fact: FactType, raw: str, kind: str) -> Reading | None:
    """How a fact is read from a column (quoted, of a type of DuckDB); None where no value of that type will do."""
    column, wanted = column_of(fact.name), WANTED[fact.kind]
    if fact.options:
        wanted = f"应为其中之一：{'、'.join(fact.options.values())}"
    if kind == "VARCHAR" or kind.startswith("ENUM"):
        text = f"nullif(trim(CAST({raw} AS VARCHAR), '{_BLANK}'), '')"
        parsed = {column: _TEXTS[fact.kind](text, fact)}
        if fact.kind is FactKind.SHARE:
            parsed[over_column(fact.name)] = _over(text)
        return Reading(parsed, f"{text} IS NOT NULL", wanted)
    parsed_native = _native(fact, raw, kind)
    return None if parsed_native is None else Reading({column: parsed_native}, f"{raw} IS NOT NULL", wanted)


def constant(fact: FactType, value: FactValue | None) -> dict[str, str]:
    """The columns of a fact that is the same on every row; NULL where it is not known."""
    column, kind = column_of(fact.name), SQL_TYPES[fact.kind]
    if isinstance(value, Fraction):
        return {column: str(value.numerator), over_column(fact.name): str(value.denominator)}
    found = {column: f"CAST({'NULL' if value is None else _literal(value)} AS {kind})"}
    return found | {over_column(fact.name): "CAST(NULL AS BIGINT)"} if fact.kind is FactKind.SHARE else found


def quoted(name: str) -> str:
    """A name as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """A text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def _literal(value: FactValue) -> str:
    match value:
        case bool() | int():
            return str(value).upper()
        case date():
            return f"DATE '{value}'"
        case frozenset() | tuple():
            items: list[Any] = sorted(value)
            return f"[{', '.join(_literal(one) for one in items)}]"
    return quoted_text(str(value))


def _native(fact: FactType, raw: str, kind: str) -> str | None:
    within = f"CASE WHEN {raw} BETWEEN 0 AND {MOST.get(fact.kind, 0)} THEN CAST({raw} AS BIGINT) END"
    yuan = f"CASE WHEN {raw} BETWEEN 0 AND {MOST_FEN // 100} THEN CAST({raw} * 100 AS BIGINT) END"
    days = (
        f"len(list_filter({raw}, lambda day: NOT coalesce(day {_WITHIN}, false))) = 0 AND len({raw}) <= {_MOST_ITEMS}"
    )
    words = (
        f"len(list_filter({raw}, lambda word: NOT coalesce(length(trim(word)) BETWEEN 1 AND {_LONGEST}, false))) = 0"
    )
    if kind in _WHOLE_TYPES:
        wide = f"CASE WHEN {raw} BETWEEN 0 AND {MOST_FEN // 100} THEN CAST({raw} AS BIGINT) * 100 END"
        return {FactKind.COUNT: within, FactKind.MONEY: wide}.get(fact.kind)
    if _DECIMAL.fullmatch(kind):
        return yuan if fact.kind is FactKind.MONEY else None
    return {
        (FactKind.FLAG, "BOOLEAN"): raw,
        (FactKind.DATE, "DATE"): f"CASE WHEN {raw} {_WITHIN} THEN {raw} END",
        (FactKind.DATES, "DATE[]"): f"CASE WHEN {days} THEN {raw} END",
        (FactKind.WORDS, "VARCHAR[]"): f"CASE WHEN {words} AND len({raw}) <= {_MOST_ITEMS} THEN {raw} END",
    }.get((fact.kind, kind))


def _flag(text: str, _fact: FactType) -> str:
    return (
        f"CASE lower({text}) WHEN '是' THEN true WHEN 'true' THEN true WHEN '否' THEN false WHEN 'false' THEN false END"
    )


def _count(text: str, _fact: FactType) -> str:
    return f"CASE WHEN regexp_full_match({text}, '[0-9]{{1,12}}') THEN TRY_CAST({text} AS BIGINT) END"


def _money(text: str, _fact: FactType) -> str:
    bare = f"TRY_CAST({text} AS DECIMAL(18, 2)) * 100"
    parts = f"regexp_extract({text}, '^([0-9]{{1,13}}([.][0-9]{{1,6}})?) ?(分|元|万元|亿元)$', ['n', 'f', 'u'])"
    factor = f"CASE {parts}.u WHEN '分' THEN 1 WHEN '元' THEN 100 WHEN '万元' THEN 1000000 ELSE 10000000000 END"
    fen = f"CAST(TRY_CAST({parts}.n AS DECIMAL(19, 6)) AS DECIMAL(38, 6)) * {factor}"
    return (
        f"CASE WHEN regexp_full_match({text}, '[0-9]{{1,13}}([.][0-9]{{1,2}})?') THEN"
        f" CASE WHEN {bare} <= {MOST_FEN} THEN TRY_CAST({bare} AS BIGINT) END"
        f" WHEN {fen} <= {MOST_FEN} AND {fen} = floor({fen}) THEN TRY_CAST({fen} AS BIGINT) END"
    )


def _percent(text: str) -> str:
    return f"regexp_full_match({text}, '[0-9]{{1,6}}([.][0-9]{{1,2}})? ?%')"


def _ratio(text: str) -> str:
    return f"regexp_full_match({text}, '[0-9]{{1,9}}/0*[1-9][0-9]{{0,8}}')"


def _share(text: str, _fact: FactType) -> str:
    hundredths = f"TRY_CAST(TRY_CAST(trim(rtrim({text}, '%')) AS DECIMAL(8, 2)) * 100 AS BIGINT)"
    above = f"TRY_CAST(split_part({text}, '/', 1) AS BIGINT)"
    return f"CASE WHEN {_percent(text)} THEN {hundredths} WHEN {_ratio(text)} THEN {above} END"


def _over(text: str) -> str:
    below = f"TRY_CAST(split_part({text}, '/', 2) AS BIGINT)"
    return f"CASE WHEN {_percent(text)} THEN 10000 WHEN {_ratio(text)} THEN {below} END"


def _date(text: str, _fact: FactType) -> str:
    day = f"TRY_CAST({text} AS DATE)"
    return f"CASE WHEN regexp_full_match({text}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') AND {day} {_WITHIN} THEN {day} END"


def _items(text: str) -> str:
    bare = f"regexp_replace({text}, '^[\\[]|[\\]]$', '', 'g')"
    return f"list_filter(string_split_regex({bare}, '[、,，;；\\s]+'), lambda one: one <> '' AND one <> '无')"


def _dates(text: str, _fact: FactType) -> str:
    items = _items(text)
    good = (
        f"len(list_filter({items}, lambda one: NOT (regexp_full_match(one, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}')"
        f" AND coalesce(TRY_CAST(one AS DATE) {_WITHIN}, false)))) = 0"
    )
    days = f"list_transform({items}, lambda one: TRY_CAST(one AS DATE))"
    return f"CASE WHEN {good} AND len({items}) <= {_MOST_ITEMS} THEN {days} END"


def _words(text: str, _fact: FactType) -> str:
    items = _items(text)
    long = f"len(list_filter({items}, lambda one: length(one) > {_LONGEST}))"
    return f"CASE WHEN {long} = 0 AND len({items}) <= {_MOST_ITEMS} THEN {items} END"


def _choice(text: str, fact: FactType) -> str:
    options = fact.options or {}
    branches = [
        f"WHEN {quoted_text(word)} THEN {quoted_text(key)}" for key, label in options.items() for word in (key, label)
    ]
    return f"CASE {text} {' '.join(branches)} END"


def _text(text: str, _fact: FactType) -> str:
    return f"CASE WHEN length({text}) <= {_LONGEST} THEN {text} END"


_TEXTS: Mapping[FactKind, Callable[[str, FactType], str]] = {
    FactKind.FLAG: _flag,
    FactKind.COUNT: _count,
    FactKind.MONEY: _money,
    FactKind.SHARE: _share,
    FactKind.DATE: _date,
    FactKind.DATES: _dates,
    FactKind.CHOICE: _choice,
    FactKind.TEXT: _text,
    FactKind.AREA: _text,
    FactKind.WORDS: _words,
}
SQL_TYPES: Mapping[FactKind, str] = {
    FactKind.FLAG: "BOOLEAN",
    FactKind.COUNT: "BIGINT",
    FactKind.MONEY: "BIGINT",
    FactKind.SHARE: "BIGINT",
    FactKind.DATE: "DATE",
    FactKind.DATES: "DATE[]",
    FactKind.CHOICE: "VARCHAR",
    FactKind.TEXT: "VARCHAR",
    FactKind.AREA: "VARCHAR",
    FactKind.WORDS: "VARCHAR[]",
}
WANTED: Mapping[FactKind, str] = {
    FactKind.FLAG: "写“是”或“否”",
    FactKind.COUNT: "写不小于 0 的整数，不带单位和千分位逗号，例如 120",
    FactKind.MONEY: "写以元为单位的金额，最多两位小数、不带千分位逗号，例如 12000.00；也可带单位，例如 1.2 万元",
    FactKind.SHARE: "写百分数，例如 55%，或分数，例如 1/3",
    FactKind.DATE: f"写 {EARLIEST.year} 至 {LATEST.year} 年间的日期，例如 2026-05-01",
    FactKind.DATES: "写日期，几个之间用顿号，例如 2024-03-01、2025-06-30；没有就写“无”",
    FactKind.CHOICE: "写选项之一",
    FactKind.TEXT: f"写不超过 {_LONGEST} 字的文字",
    FactKind.AREA: f"写不超过 {_LONGEST} 字的地名，例如 某某省某某市某某区",
    FactKind.WORDS: "写词语，几个之间用顿号；没有就写“无”",
}
