"""A register in, rows with typed facts out; what is wrong with it is told row by row, and never a traceback.

The reading is that of `flask policy candidates`: one way to read a cell, whoever asks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from vouchers.candidates import rules
from vouchers.kernel.identifiers import normalise
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.facts import FactKind, FactType, FactValue, Supplier

if TYPE_CHECKING:  # DuckDB and Ibis take a second to import: only the job that reads a register waits for them
    import duckdb

_MODEST = "SET memory_limit = '512MB'; SET threads = 1"  # it reads beside the pages that are being served
_FIRST = 2  # the heading is the first line
_PORTION = 1_000
_KEYS = {"uscc": "统一社会信用代码", "name": "企业名称"}
_OWN = frozenset({Supplier.LEDGER, Supplier.REVIEWER})


@dataclass(frozen=True, slots=True)
class Row:
    """An enterprise as a register has it; `facts` as written in JSON."""

    row: int
    uscc: str
    name: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a register says: its rows, or what is wrong with it. Warnings stand beside the rows."""

    rows: tuple[Row, ...]
    findings: tuple[dict[str, Any], ...]
    is_good: bool


def read(content: bytes, compiled: CompiledPack, kind: str) -> Contents:
    """The rows of a register (CSV) as the rules of a kind read it."""
    from vouchers.policy.relational.engines import duckdb_session  # noqa: PLC0415
    from vouchers.policy.relational.register import read_register  # noqa: PLC0415

    lines = max(content.rstrip().count(mark) for mark in (b"\n", b"\r"))
    if lines > rules.MOST_ROWS:  # before anything is read: what is wrong with a million lines would fill the memory
        message = f"共 {lines:,} 户，一份名单最多 {rules.MOST_ROWS:,} 户"
        return Contents((), (rules.told(0, message, "请分成几份上传"),), is_good=False)
    facts = told_by_register(compiled, kind)
    rows: tuple[Row, ...] = ()
    with TemporaryDirectory(prefix="vouchers-register-") as folder, duckdb_session() as session:
        session.execute(_MODEST)
        file = Path(folder) / "登记册.csv"
        file.write_bytes(content)
        register = read_register(session, file, facts, vocabulary=compiled.vocabulary, rules={}, assumed={})
        findings = [_told(one) for one in register.findings]
        is_whole = not {one.code for one in register.errors} - {"unfit-cell"}
        findings += _lacking_keys(register.keys) if is_whole else []
        if not register.rows and not register.errors:
            findings.append(rules.told(0, "登记册里一户也没有", "请核对文件"))
        elif is_whole and _KEYS.keys() <= set(register.keys):
            told = {name: facts[name] for name in register.facts if name in facts}
            rows = tuple(_rows(session, told))
            findings += _shortened(list(rules.row_findings((one.row, one.uscc, one.name) for one in rows)))
    is_good = len(findings) == len(register.findings) and not register.errors
    return Contents(rows if is_good else (), tuple(findings[: rules.MOST_SHOWN]), is_good)


def told_by_register(compiled: CompiledPack, kind: str) -> dict[str, FactType]:
    """The facts that a register may tell: those the rules read, but for what this system keeps or a person judges."""
    words = compiled.vocabulary
    read_ones = (words[name] for name in compiled.plan(kind, Phase.APPLICATION).facts if name in words)
    sized = [words[name] for name in ("industry", "headcount", "revenue", "assets") if name in words]
    wanted = {fact.name: fact for fact in read_ones if fact.supplier not in _OWN}
    return wanted | {fact.name: fact for fact in sized} if "size_class" in wanted else wanted


def _rows(session: "duckdb.DuckDBPyConnection", facts: Mapping[str, FactType]) -> Iterator[Row]:
    from vouchers.policy.relational.cells import quoted  # noqa: PLC0415
    from vouchers.policy.relational.columns import columns_of  # noqa: PLC0415

    columns = {name: list(columns_of(fact)) for name, fact in facts.items()}
    selected = ["uscc", "name", *(column for found in columns.values() for column in found)]
    cursor = session.execute(f"SELECT {', '.join(map(quoted, selected))} FROM register")  # noqa: S608  our own names
    row = _FIRST
    while fetched := cursor.fetchmany(_PORTION):
        for values in fetched:
            cells = dict(zip(selected, values, strict=True))
            told = {name: _value(fact, [cells[one] for one in columns[name]]) for name, fact in facts.items()}
            written = {name: facts[name].written(value) for name, value in told.items() if value is not None}
            yield Row(row, normalise(cells["uscc"] or ""), (cells["name"] or "").strip(), written)
            row += 1


def _value(fact: FactType, cells: list[Any]) -> FactValue | None:
    """A cell as a typed value; None where it is empty."""
    first = cells[0]
    if first is None:
        return None
    match fact.kind:
        case FactKind.SHARE:
            return None if cells[1] is None else Fraction(int(first), int(cells[1]))
        case FactKind.DATES:
            return tuple(sorted(first))
        case FactKind.WORDS:
            return frozenset(first)
    value: FactValue = first
    return value


def _lacking_keys(keys: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        rules.told(0, f"没有“{word}”一列", "请加上这一列，名单要指明是哪一户")
        for key, word in _KEYS.items()
        if key not in keys
    ]


def _told(finding: Any) -> dict[str, Any]:
    return {"row": finding.row, "message": finding.message, "mend": finding.mend, "total": finding.total}


def _shortened(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The first of many findings, after how many there are."""
    if len(found) > rules.MOST_SHOWN:
        yield rules.told(0, f"共有 {len(found):,} 行的代码或者名称不对，这里列出前面的", "请改好后重新上传")
    yield from found[: rules.MOST_SHOWN]
