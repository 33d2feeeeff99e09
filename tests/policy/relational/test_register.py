"""Reading a register: strict about types; findings with file, row, column and the way to mend; never a traceback."""

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.policy.relational.registers import GOOD, HEADING, opened
from vouchers.policy.relational.headings import RegisterFinding
from vouchers.policy.relational.register import SHOWN, Register


def read(path: Path) -> Register:
    with opened(path) as (_, register):
        return register


def written(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "register.csv"
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def errors(path: Path) -> list[tuple[str, int, str]]:
    return [(finding.code, finding.row, finding.column) for finding in read(path).errors]


def only(path: Path) -> RegisterFinding:
    (finding,) = read(path).errors
    return finding


def test_a_good_register_has_no_errors_and_names_what_it_lacks_with_the_rules(tmp_path: Path) -> None:
    register = read(written(tmp_path, HEADING, GOOD, GOOD))

    assert (register.rows, register.errors) == (2, ())
    told = {finding.column: finding.message for finding in register.findings}
    assert "可能不能判断：在渝中区登记或者实际经营" in told["operates_in"]
    assert "size_class" not in told
    assert "granted:cap-applicant-year" in told


@pytest.mark.parametrize(
    ("heading", "code", "way"),
    [
        ("企业规模（划形）", "unknown-column", "是不是“企业规模（划型）”（size_class）？"),
        ("size_clas", "unknown-column", "是不是“企业规模（划型）”（size_class）？"),
        ("预计服务费用（不含税）（万元）", "wrong-unit", "金额一律以元为单位"),
        ("联系电话", "", ""),
    ],
)
def test_a_column_with_a_typo_or_another_unit_is_told_with_the_way_to_mend(
    tmp_path: Path, *, heading: str, code: str, way: str
) -> None:
    register = read(written(tmp_path, f"uscc,{heading}", "A,1"))

    found = [(finding.code, finding.column) for finding in register.errors]
    assert found == ([(code, heading)] if code else [])
    assert all(way in finding.mend for finding in register.errors)
    assert bool(code) is not any(finding.code == "unused-column" for finding in register.findings)


@pytest.mark.parametrize(
    ("column", "cell", "wanted"),
    [
        ("企业规模", "小微", "应为其中之一：大型、中型、小型、微型"),
        ("是否为在库算力服务商", "1", "写“是”或“否”"),
        ("预计服务费用（不含税）", "\"1,000.00\"", "以元为单位的金额"),
        ("预计服务费用（不含税）", "1.005", "以元为单位的金额"),
        ("预计服务费用（不含税）", "-5", "以元为单位的金额"),
        ("预计服务费用（不含税）", "0.001 元", "以元为单位的金额"),
        ("预计服务费用（不含税）", "99999999999999", "以元为单位的金额"),
        ("预计服务费用（不含税）", "0.0000001 亿元", "以元为单位的金额"),
        ("所用算力的绿色电力占比", "0.55", "百分数"),
        ("所用算力的绿色电力占比", "1/0", "百分数"),
        ("失信记录的日期", "2024-02-30", "几个之间用顿号"),
        ("失信记录的日期", "2024-01-01、昨天", "几个之间用顿号"),
        ("登记地", "地" * 301, "不超过 300 字"),
        ("申请日期", "2026/5/6", "例如 2026-05-01"),
        ("申请日期", "1026-05-06", "1900 至 2199 年"),
    ],
)  # fmt: skip
def test_a_cell_that_does_not_fit_is_told_with_row_column_and_what_is_wanted(
    tmp_path: Path, *, column: str, cell: str, wanted: str
) -> None:
    finding = only(written(tmp_path, f"uscc,{column}", "A,", f"B,{cell}"))

    assert (finding.code, finding.row, finding.column, finding.total) == ("unfit-cell", 3, column, 1)
    assert finding.seen == cell.strip('"')[:60]
    assert wanted in finding.mend


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("planned_net", "1.2 万元", 1_200_000),
        ("planned_net", "1.2万元", 1_200_000),
        ("planned_net", " 12000.5 ", 1_200_050),
        ("planned_net", "1 分", 1),
        ("planned_net", "1000亿元", 10**13),
        ("size_class", "微型", "micro"),
        ("is_admitted_provider", "TRUE", True),
        ("green_share", "37.5%", 3750),
        ("green_share", "1/3", 1),
        ("dishonesty", "无", []),
        ("dishonesty", "[]", []),
        ("dishonesty", '"2024-01-01, 2025-02-03"', [date(2024, 1, 1), date(2025, 2, 3)]),
        ("registered_in", "　", None),
    ],
)
def test_cells_are_read_as_people_write_them(tmp_path: Path, *, name: str, cell: str, value: object) -> None:
    with opened(written(tmp_path, f"uscc,{name}", f"A,{cell}")) as (session, register):
        assert not register.errors
        assert session.table("register").select(f'"{name}"').fetchall() == [(value,)]


def test_lines_that_are_no_rows_are_told_by_line(tmp_path: Path) -> None:
    path = written(tmp_path, "uscc,登记地", "A,重庆市渝中区", "B", "C,重庆市,渝中区", '"D,重庆市渝中区')

    assert errors(path) == [("unfit-line", 3, ""), ("unfit-line", 4, ""), ("unfit-line", 5, "")]


@pytest.mark.parametrize("heading", ["名称,登记地", "uscc,registered_in"])
def test_another_encoding_is_told_and_not_guessed(tmp_path: Path, heading: str) -> None:
    path = written(tmp_path, heading, "甲,重庆市渝中区", encoding="gb18030")

    assert all("CSV UTF-8" in finding.mend for finding in read(path).errors)
    assert read(path).errors


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("none.csv", None, "no-file"),
        ("empty.csv", b"", "heading"),
        ("heading.csv", b"uscc,,name\n", "heading"),
        ("twice.csv", b"uscc,name,uscc\n", "column-twice"),
        ("same.csv", "size_class,企业规模\nmicro,微型\n".encode(), "column-twice"),
        ("book.xlsx", b"PK", "file-kind"),
        ("broken.parquet", b"PAR1 and no more", "unreadable"),
        ("a[b].csv", b"uscc\n", "file-name"),
    ],
)
def test_files_that_are_no_registers_are_told(tmp_path: Path, *, name: str, content: bytes | None, code: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    finding = only(path)

    assert (finding.file, finding.code) == (str(path), code)
    assert finding.mend


def test_parquet_columns_of_a_type_that_cannot_be_exact_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    columns = {"planned_net": pa.array([0.1, 0.2]), "industry": pa.array([6513, 6420]), "headcount": pa.array([1, -1])}
    pq.write_table(pa.table({**columns, "field": pa.array(["a", "b"])}), path)

    assert errors(path) == [("column-type", 0, "planned_net")]  # the others are not read by this pack


def test_a_million_bad_rows_give_a_few_findings_and_their_number(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    with duckdb.connect() as session:
        session.sql(
            "SELECT i AS uscc, '十二万' AS planned_net, 'tiny' AS size_class FROM range(1000000) r(i)"
        ).write_csv(str(path))

    found = read(path)

    assert found.rows == 1_000_000
    assert [finding.total for finding in found.errors] == [1_000_000] * 2 * SHOWN
    assert [finding.row for finding in found.errors] == [*range(2, 2 + SHOWN)] * 2
