"""Reading a register, CSV or Parquet, through DuckDB: a typed view over the file, or findings; never a traceback."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from vouchers.policy.relational.cells import Reading, constant, quoted, quoted_text, reading
from vouchers.policy.relational.columns import column_of
from vouchers.policy.relational.headings import Heading, RegisterFinding, lacking, read_heading
from vouchers.policy.rules.facts import FactKind, FactType, FactValue, Supplier

SHOWN = 10
_WIDEST = 500
_LONGEST_HEADING = 65_536
_GLOB = frozenset("*?[]")
_APPLIED_ON = FactType("applied_on", FactKind.DATE, "申请日期", Supplier.ENTERPRISE)
_TEXT_KEYS = ("uscc", "name")
_DISTRICT = "^(?:[^区]*自治区)?.*?[区县旗]"

Rules = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Register:
    """A register that was read: the view `register` in the session holds the facts, the keys and the district."""

    file: str
    rows: int
    keys: tuple[str, ...]
    facts: tuple[str, ...]
    findings: tuple[RegisterFinding, ...]

    @property
    def errors(self) -> tuple[RegisterFinding, ...]:
        """The findings that stand in the way."""
        return tuple(finding for finding in self.findings if finding.level == "error")


def read_register(
    session: duckdb.DuckDBPyConnection,
    path: Path,
    needed: Mapping[str, FactType],
    *,
    vocabulary: Mapping[str, FactType],
    rules: Rules,
    assumed: Mapping[str, FactValue],
) -> Register:
    """The typed view over a file; `rules` names the rules that read each fact, `assumed` what holds on every row."""
    file = str(path)
    try:
        source, columns = _source(session, path)
        heading = read_heading(file, list(columns), vocabulary, [name for name in needed if name not in assumed])
        readings, findings = _readings(file, heading, columns, needed)
        rows, bad = _checked(session, file, source, readings)
        wanted = {name: undecided for name, undecided in rules.items() if name not in assumed}
        findings = [*heading.findings, *findings, *bad, *lacking(file, heading, wanted, vocabulary)]
        held = {name: one for name, (_, one) in readings.items()}
        session.execute(_view(source, held, needed, assumed=assumed))
    except _Unreadable as error:
        return Register(file, 0, (), (), (error.finding,))
    except duckdb.Error as error:
        told = str(error).splitlines()[0][:200]
        finding = RegisterFinding(
            file, 0, "", "unreadable", told, "读不出这个文件", "请核对文件是否完整，重新导出后再试"
        )
        return Register(file, 0, (), (), (finding,))
    return Register(file, rows, tuple(heading.keys), tuple(heading.facts), tuple(findings))


class _Unreadable(Exception):
    def __init__(self, file: Path, code: str, message: str, mend: str) -> None:
        super().__init__(message)
        self.finding = RegisterFinding(str(file), 0, "", code, "", message, mend)


def _source(session: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, dict[str, tuple[str, str]]]:
    """A table function over the file, and the name within and type of each column."""
    if not path.is_file():
        raise _Unreadable(path, "no-file", "没有这个文件", "请核对路径")
    if _GLOB & set(str(path)):
        raise _Unreadable(path, "file-name", "文件名含有 * ? [ ]", "请改名后再试")
    if path.suffix.lower() == ".parquet":
        source = f"read_parquet({quoted_text(str(path))})"
        described = session.execute(f"DESCRIBE FROM {source}").fetchall()
        return source, {name: (quoted(name), kind) for name, kind, *_ in described}
    if path.suffix.lower() != ".csv":
        raise _Unreadable(path, "file-kind", "只接受 .csv 和 .parquet", "请另存为“CSV UTF-8（逗号分隔）”或 Parquet")
    names = _csv_heading(path)
    typed = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(len(names)))
    source = (
        f"read_csv({quoted_text(str(path))}, header = true, auto_detect = false, columns = {{{typed}}}, delim = ',',"
        " quote = '\"', escape = '\"', store_rejects = true, rejects_limit = 0)"
    )
    return source, {name: (f"c{position}", "VARCHAR") for position, name in enumerate(names)}


def _csv_heading(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            line = opened.readline(_LONGEST_HEADING)
        names = [name.strip() for name in next(csv.reader([line]), [])]
    except UnicodeDecodeError:
        mend = "请在表格软件里另存为“CSV UTF-8（逗号分隔）”"
        raise _Unreadable(path, "encoding", "不是 UTF-8 编码", mend) from None
    except (OSError, csv.Error):
        raise _Unreadable(path, "unreadable", "读不出第一行", "第一行应是列名，用逗号分开") from None
    if not names or not all(names) or len(names) > _WIDEST:
        mend = f"第一行应是列名，用英文逗号分开，每列都有名字，最多 {_WIDEST} 列"
        raise _Unreadable(path, "heading", "第一行没有写全列名", mend)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise _Unreadable(path, "column-twice", f"列“{twice}”写了两次", "请只留一列")
    return names


def _readings(
    file: str, heading: Heading, columns: Mapping[str, tuple[str, str]], needed: Mapping[str, FactType]
) -> tuple[dict[str, tuple[str, Reading]], list[RegisterFinding]]:
    """How each column that is wanted is read, by fact or key; and the columns of which no value would do."""
    found: dict[str, tuple[str, Reading]] = {}
    findings = []
    read = {name: needed[name] for name in heading.facts if name in needed}
    if "applied_on" in heading.keys:
        read["applied_on"] = _APPLIED_ON
    for name, fact in read.items():
        column = heading.facts[name] if name in heading.facts else heading.keys[name]
        raw, kind = columns[column]
        how = reading(fact, raw, kind)
        if how is None:
            message = f"列“{column}”的类型是 {kind}，不能作“{fact.label}”"
            findings.append(
                RegisterFinding(file, 0, column, "column-type", kind, message, f"请改用文字一类的列，{_wanted(fact)}")
            )
        else:
            found[name] = (column, how)
    for key in _TEXT_KEYS:
        if key in heading.keys:
            raw, _ = columns[heading.keys[key]]
            found[key] = (heading.keys[key], Reading({key: f"trim(CAST({raw} AS VARCHAR))"}, f"{raw} IS NOT NULL", ""))
    return found, findings


def _wanted(fact: FactType) -> str:
    found = reading(fact, "x", "VARCHAR")
    return found.wanted if found else ""


def _checked(
    session: duckdb.DuckDBPyConnection, file: str, source: str, readings: Mapping[str, tuple[str, Reading]]
) -> tuple[int, list[RegisterFinding]]:
    """The number of rows, and the cells that do not fit: some of each column, and how many there are."""
    bad = {
        name: f"({one.is_filled} AND {next(iter(one.columns.values()))} IS NULL)" for name, (_, one) in readings.items()
    }
    counts = ", ".join(f"count(*) FILTER (WHERE {test})" for test in bad.values())
    query = f"SELECT count(*){', ' + counts if counts else ''} FROM {source}"
    (fetched,) = session.execute(query).fetchall()  # all of it: lines that are no rows are noted when the scan ends
    findings = list(_rejected(session, file)) if source.startswith("read_csv") else []
    for (name, test), total in zip(bad.items(), fetched[1:], strict=True):
        if total:
            column, one = readings[name]
            findings += _bad_cells(
                session, file, source, column, total=total, test=test, wanted=one.wanted, raw=_raw(one)
            )
    return fetched[0], findings


def _raw(one: Reading) -> str:
    return one.is_filled.removesuffix(" IS NOT NULL")


def _bad_cells(
    session: duckdb.DuckDBPyConnection, file: str, source: str, column: str, **how: Any
) -> Iterator[RegisterFinding]:
    first = 2 if source.startswith("read_csv") else 1
    query = (
        f"SELECT row, seen FROM (SELECT row_number() OVER () + {first - 1} AS row,"
        f" CAST({how['raw']} AS VARCHAR) AS seen, {how['test']} AS is_bad FROM {source}) WHERE is_bad LIMIT {SHOWN}"
    )
    for row, seen in session.execute(query).fetchall():
        shown = str(seen)[:60]
        message = f"第 {row} 行“{column}”写的是“{shown}”"
        yield RegisterFinding(file, row, column, "unfit-cell", shown, message, f"请{how['wanted']}", how["total"])


def _rejected(session: duckdb.DuckDBPyConnection, file: str) -> Iterator[RegisterFinding]:
    """Lines that are no rows: too few or too many cells, a quotation without end, another encoding."""
    counted = "SELECT error_type, count(DISTINCT line) FROM reject_errors GROUP BY ALL ORDER BY ALL"
    try:
        kinds = session.execute(counted).fetchall()
    except duckdb.CatalogException:  # the table comes with the first line that is no row
        return
    for kind, total in kinds:
        message, mend = _REJECTED.get(kind, ("不成一行", "请核对这一行的逗号和引号"))
        lines = session.execute(
            f"SELECT DISTINCT line FROM reject_errors WHERE error_type = ? ORDER BY line LIMIT {SHOWN}", [kind]
        ).fetchall()
        for (line,) in lines:
            yield RegisterFinding(file, line, "", "unfit-line", kind, f"第 {line} 行{message}", mend, total)


_REJECTED = {
    "MISSING COLUMNS": ("比列名少", "请补齐逗号：没有的值留空，逗号不能少"),
    "TOO MANY COLUMNS": ("比列名多", "含逗号的文字请放在英文双引号里"),
    "UNQUOTED VALUE": ("的引号没有成对", "请核对英文双引号"),
    "INVALID ENCODING": ("不是 UTF-8 编码", "请在表格软件里另存为“CSV UTF-8（逗号分隔）”"),
    "INVALID UNICODE": ("不是 UTF-8 编码", "请在表格软件里另存为“CSV UTF-8（逗号分隔）”"),
    "LINE SIZE OVER MAXIMUM": ("太长", "请核对是否有引号没有成对"),
}


def _view(
    source: str,
    readings: Mapping[str, Reading],
    needed: Mapping[str, FactType],
    *,
    assumed: Mapping[str, FactValue],
) -> str:
    columns: dict[str, str] = {}
    for name, fact in needed.items():
        columns |= readings[name].columns if name in readings else constant(fact, assumed.get(name))
    for key in (*_TEXT_KEYS, "applied_on"):
        columns[key] = next(iter(readings[key].columns.values())) if key in readings else "CAST(NULL AS VARCHAR)"
    columns["applied_on"] = f"CAST({columns['applied_on']} AS DATE)"
    where = columns.get(column_of("registered_in"), "CAST(NULL AS VARCHAR)")
    columns["district"] = f"coalesce(nullif(regexp_extract({where}, '{_DISTRICT}'), ''), {where})"
    selected = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in columns.items())
    return f"CREATE OR REPLACE TEMP VIEW register AS SELECT {selected} FROM {source}"
