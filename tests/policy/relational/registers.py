"""Registers of drawn cases as files, the way an office would write them."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from tests.policy.packs import compiled
from tests.policy.relational.agreement import ON, table_of
from vouchers.policy.pack.phases import Phase
from vouchers.policy.relational.engines import duckdb_session
from vouchers.policy.relational.register import Register, read_register
from vouchers.policy.relational.simulation import Question
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.facts import FactKind, Facts, FactType, FactValue

HEADING = "统一社会信用代码,企业规模,登记地,登记状态,失信记录的日期,是否为在库算力服务商,预计服务费用（不含税）"
GOOD = "91500103MA5U000001,微型,重庆市渝中区,存续（在营）,无,否,50000.00"


def asked(pack: CompiledPack | None = None, **more: Any) -> Question:
    """The shipped pack, or another, at the application on the day of all tests."""
    return Question(pack or compiled(), "compute", Phase.APPLICATION, ON, **more)


@contextmanager
def opened(
    path: Path, question: Question | None = None, assumed: Mapping[str, FactValue] | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Register]]:
    """The register read."""
    question = question or asked()
    words, rules = question.vocabulary, question.rules_reading()
    with duckdb_session() as session:
        yield (
            session,
            read_register(session, path, question.needed, vocabulary=words, rules=rules, assumed=assumed or {}),
        )


def write_csv(path: Path, rows: Sequence[Facts], needed: Mapping[str, FactType]) -> None:
    """Cases as text cells; what is missing is left empty, an empty list is 无."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["统一社会信用代码", *needed])
        for number, facts in enumerate(rows):
            cells = [cell(fact, facts[name]) if name in facts else "" for name, fact in needed.items()]
            writer.writerow([f"U{number}", *cells])


def write_parquet(path: Path, rows: Sequence[Facts], needed: Mapping[str, FactType]) -> None:
    """Cases as typed columns, money and shares as text."""
    table = table_of(rows, dict(needed))
    for name, fact in needed.items():
        if fact.kind in {FactKind.MONEY, FactKind.SHARE}:
            texts = [cell(fact, facts[name]) if name in facts else None for facts in rows]
            table = table.set_column(table.column_names.index(name), name, [texts])
            table = table.drop_columns([one for one in table.column_names if one == f"{name}/over"])
    table = table.append_column("uscc", [[f"U{number}" for number in range(len(rows))]])
    pq.write_table(table, path)


def cell(fact: FactType, value: FactValue) -> str:
    """A value as an office writes it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if fact.options:
        return fact.options[str(value)]
    written = fact.written(value)
    if isinstance(written, list):
        return "、".join(map(str, written)) or "无"
    return str(written)
