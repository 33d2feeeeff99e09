"""`flask policy simulate|candidates`: a pack on a whole register."""

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from vouchers.kernel.clock import today
from vouchers.kernel.money import MOST_FEN, parse_yuan
from vouchers.policy.commands.reading import kind_named, policy, read_given, ready_pack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.facts import FactValue
from vouchers.web.downloads import inert

if TYPE_CHECKING:  # DuckDB and Ibis take a second to import: only a command that reads a register waits for them
    import duckdb

    from vouchers.policy.relational.register import Register
    from vouchers.policy.relational.simulation import Question

_FIRST_YEAR = 2000
_COLUMNS = ("统一社会信用代码", "企业名称", "结论", "金额（元）", "层级", "起作用的上限", "理由")


def _common(command: Any) -> Any:
    """The options of both commands."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="机器可读的输出。"),
        click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="按哪一天判断；不写就是今天。"),
        click.option(
            "--phase", type=click.Choice([one.value for one in Phase]), default="application", show_default=True
        ),
        click.option("--kind", default="", help="券种；不写就用第一种。"),
        click.option(
            "--assume", type=click.File(encoding="utf-8"), help="全册相同的事实，JSON 文件；登记册没有的列按它计。"
        ),
        click.option(
            "--register", "file", type=click.Path(path_type=Path), required=True, help="登记册，.csv 或 .parquet。"
        ),
    ):
        command = option(command)
    return click.argument("pack")(command)


@policy.command("simulate", help="用登记册试算一个政策包：多少户可以申领、在哪一条落选、要多少钱、预算何时用完。")
@_common
@click.option("--engine", default="duckdb", show_default=True, help="在哪里计算：duckdb，或 postgresql:// 开头的地址。")
@click.option("--against", default="", help="与另一个政策包（文件或编号）比较。")
@click.option("--budget", default="", help="预算，元。")
@click.option("--per-day", type=click.IntRange(1, 10_000_000), help="每天多少件申请；不写就按登记册里的申请日期。")
def simulate(pack: str, **options: Any) -> None:
    """How many qualify, who drops out where, the money, the day it runs out; two packs compared."""
    from vouchers.policy.relational import telling  # noqa: PLC0415
    from vouchers.policy.relational.simulation import simulate as worked  # noqa: PLC0415

    question = _question(pack, options, _budget(options["budget"]))
    if options["per_day"] and question.budget is None:
        raise click.BadParameter("写了 --per-day，还要写 --budget（预算多少元）")
    with _opened(question, options) as (session, register), _engine(options["engine"], session) as engine:
        if question.budget is not None and not question.per_day and "applied_on" not in register.keys:
            raise click.BadParameter("登记册没有“申请日期”一列，请用 --per-day 说明每天多少件申请")
        found = worked(question, register, engine)
    if options["as_json"]:
        click.echo(json.dumps(found.as_dict() | {"findings": _plain(register)}, ensure_ascii=False, indent=2))
        return
    _tell(register)
    for line in telling.told_simulation(found):
        click.echo(line)


@policy.command("candidates", help="免申即享：逐户列出登记册里可以申领的、不符合的和还缺事实的。")
@_common
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="写入这个 CSV 文件。")
def candidates(pack: str, **options: Any) -> None:
    """Every row of a register with result, amount and reasons."""
    from vouchers.policy.relational.candidates import candidates as found  # noqa: PLC0415
    from vouchers.policy.relational.engines import DuckDB  # noqa: PLC0415

    question = _question(pack, options, None)
    with _opened(question, options) as (session, register):
        if "uscc" not in register.keys:
            click.echo(f"{register.file}: 没有“统一社会信用代码”一列，不知道是哪一户。请加上这一列。", err=True)
            raise SystemExit(1)
        rows = (one.as_dict() for one in found(question, DuckDB(session)))
        if options["csv_file"]:
            click.echo(f"已写入 {options['csv_file']}，共 {_write(options['csv_file'], rows):,} 户")
        elif options["as_json"]:
            _echo_list(rows)
        else:
            _tell(register)
            for row in rows:
                amount = "" if row["amount"] is None else row["amount"]
                click.echo(
                    "\t".join((row["uscc"], row["name"], row["result"], amount, row["tier"], "；".join(row["reasons"])))
                )


def _question(pack: str, options: Mapping[str, Any], budget: int | None) -> "Question":
    from vouchers.policy.relational.simulation import Question  # noqa: PLC0415

    compiled = ready_pack(pack)[1]
    kind, phase = kind_named(compiled, options["kind"]), Phase(options["phase"])
    other = ready_pack(options["against"])[1] if options.get("against") else None
    if other is not None:
        kind_named(other, kind)
    day: date = options["on"].date() if options["on"] else today()
    if day.year < _FIRST_YEAR:
        raise click.BadParameter(f"--on 从 {_FIRST_YEAR} 年起")
    return Question(compiled, kind, phase, day, budget, options.get("per_day"), other)


def _budget(text: str) -> int | None:
    if not text:
        return None
    try:
        budget = parse_yuan(text)
    except ValueError as error:
        raise click.BadParameter(f"--budget：{error}") from None
    if not 0 < budget <= MOST_FEN:
        raise click.BadParameter("--budget 要大于 0")
    return budget


@contextmanager
def _opened(question: "Question", options: Mapping[str, Any]) -> "Iterator[tuple[duckdb.DuckDBPyConnection, Register]]":
    """The register read into a session; with findings the command ends with 1."""
    from vouchers.policy.relational.columns import CannotSay  # noqa: PLC0415
    from vouchers.policy.relational.engines import duckdb_session  # noqa: PLC0415
    from vouchers.policy.relational.register import read_register  # noqa: PLC0415

    words = question.vocabulary
    assumed: Mapping[str, FactValue] = read_given(options["assume"].read(), words) if options["assume"] else {}
    with duckdb_session() as session:
        try:
            needed, rules = question.needed, question.rules_reading()
            register = read_register(session, options["file"], needed, vocabulary=words, rules=rules, assumed=assumed)
            if register.errors:
                _refuse(register, as_json=options["as_json"])
            yield session, register
        except CannotSay as error:
            click.echo(f"{error}。", err=True)
            raise SystemExit(1) from None


@contextmanager
def _engine(name: str, session: "duckdb.DuckDBPyConnection") -> Iterator[Any]:
    from vouchers.policy.relational.engines import DuckDB, Unreachable, postgresql  # noqa: PLC0415

    if name == "duckdb":
        yield DuckDB(session)
        return
    if not name.startswith(("postgresql://", "postgresql+psycopg://")):
        raise click.BadParameter("--engine 写 duckdb，或 postgresql:// 开头的地址")
    try:
        with postgresql(name, session) as engine:
            yield engine
    except Unreachable as error:
        raise click.BadParameter(f"连不上 --engine 所写的数据库：{error}") from None


def _refuse(register: "Register", *, as_json: bool) -> NoReturn:
    if as_json:
        click.echo(json.dumps({"register": register.file, "findings": _plain(register)}, ensure_ascii=False, indent=2))
    else:
        _tell(register)
    raise SystemExit(1)


def _tell(register: "Register") -> None:
    from vouchers.policy.relational.telling import told_finding  # noqa: PLC0415

    for finding in register.findings:
        click.echo(told_finding(finding), err=True)


def _plain(register: "Register") -> list[dict[str, Any]]:
    return [asdict(finding) for finding in register.findings]


def _echo_list(rows: Iterator[dict[str, Any]]) -> None:
    """A list as long as the register, written a row at a time."""
    before = "["
    for row in rows:
        click.echo(before + "\n " + json.dumps(row, ensure_ascii=False), nl=False)
        before = ","
    click.echo("[]" if before == "[" else "\n]")


def _write(file: Path, rows: Iterator[dict[str, Any]]) -> int:
    """A CSV that a table program opens without running anything; the number of rows."""
    number = 0
    try:
        with file.open("w", encoding="utf-8-sig", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(_COLUMNS)
            for row in rows:
                number += 1
                texts = (
                    row["uscc"],
                    row["name"],
                    row["result"],
                    row["amount"] or "",
                    row["tier"],
                    row["binding_cap"] or "",
                )
                writer.writerow([inert(text) for text in (*texts, "；".join(row["reasons"]))])
    except OSError:
        raise click.BadParameter(f"写不进 {file}，请核对路径和权限") from None
    return number
