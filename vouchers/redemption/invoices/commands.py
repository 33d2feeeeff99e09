"""`flask invoice`: read invoices from their files and check them, for people and for machines."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from vouchers.files.rules import MOST_BYTES
from vouchers.kernel.clock import today
from vouchers.kernel.errors import RuleViolation
from vouchers.redemption.invoices.checks import LEVEL_LABELS, Check, Expected, Level, check
from vouchers.redemption.invoices.invoice import Invoice, to_contract
from vouchers.redemption.invoices.reading import read_invoice

invoice = AppGroup("invoice", help="发票：读取与离线核对 / read and check invoices.")


@invoice.command("read")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON.")
def read(files: tuple[Path, ...], as_json: bool) -> None:  # noqa: FBT001  click hands options over by position
    """读取发票文件，逐项核对；无法读取或有不符项时退出码为 1 / read FILE... and check what can be checked offline."""
    answers = [_answer(path) for path in files]
    if as_json:
        click.echo(json.dumps(answers, ensure_ascii=False, indent=2))
    else:
        for answer in answers:
            click.echo(_sentences(answer))
    sys.exit(1 if any(_is_refused(answer) for answer in answers) else 0)


def _answer(path: Path) -> dict[str, Any]:
    try:
        found = read_invoice(_content(path))
    except OSError as error:
        return {"file": str(path), "error": {"code": "file.unreadable", "message": f"文件打不开：{error.strerror}"}}
    except RuleViolation as violation:
        first = violation.findings[0]
        return {"file": str(path), "error": {"code": first.code, "message": str(violation)}}
    return {"file": str(path), **_read(found)}


def _content(path: Path) -> bytes:
    """At most one byte more than may be: enough to be refused, however large the file is."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _read(found: Invoice) -> dict[str, Any]:
    checks = check(found, Expected(on=today()))
    return {**to_contract(found), "checks": [_printed(one) for one in checks]}


def _printed(one: Check) -> dict[str, str]:
    return {"code": one.code, "level": one.level.value, "message": one.text}


def _is_refused(answer: dict[str, Any]) -> bool:
    return "error" in answer or any(one["level"] == Level.RED for one in answer["checks"])


def _sentences(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"{answer['file']}\n  无法读取：{answer['error']['message']}\n"
    facts = (
        f"发票号码  {answer['number']}{'（红字）' if answer['red'] else ''}",
        f"开票日期  {answer['issued_on']}",
        f"销售方    {answer['seller']['name']}　{answer['seller']['uscc']}",
        f"购买方    {answer['buyer']['name']}　{answer['buyer']['uscc']}",
        *(f"项目      {line['name']}　金额 {line['amount']}　税额 {line['tax']}" for line in answer["lines"]),
        f"合计      金额 {answer['amount']}　税额 {answer['tax']}　价税合计 {answer['total']}",
        *(f"{LEVEL_LABELS[Level(one['level'])]}：{one['message']}" for one in answer["checks"]),
    )
    return "\n".join((answer["file"], *(f"  {fact}" for fact in facts), ""))
