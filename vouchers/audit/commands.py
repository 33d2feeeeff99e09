"""Commands of the audit chain: `flask audit verify`, `flask audit export-head`."""

import json
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from vouchers.audit import queries
from vouchers.audit.verify import findings

audit = AppGroup("audit", help="留痕链：校验，导出链头。")


@audit.command("verify", help="逐条校验留痕链；有断裂时退出码为 1。")
@click.option("--head", "head_file", type=click.Path(exists=True, path_type=Path), help="与另存的链头文件比对。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def verify(*, head_file: Path | None, as_json: bool) -> None:
    """Walk the chain and name the first row that does not hold."""
    found = _chain_findings() + (_head_findings(head_file) if head_file else [])
    checked = {"audit_events": queries.count()}
    if as_json:
        report = {"ok": not found, "checked": checked, "findings": found}
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        click.echo(f"已校验 {checked['audit_events']} 条留痕")
        for finding in found:
            click.echo(f"{finding['invariant']}\t{finding['row']}\t{finding['message']}")
    if found:
        raise SystemExit(1)


@audit.command("export-head", help="把链头写入文件，另处保存，供以后比对。")
@click.argument("file", type=click.Path(path_type=Path))
def export_head(file: Path) -> None:
    """Write number and hash of the newest event."""
    seq, own_hash = queries.head()
    file.write_text(json.dumps({"seq": seq, "hash": own_hash}) + "\n")
    click.echo(f"链头：第 {seq} 条 {own_hash}")


def _chain_findings() -> list[dict[str, Any]]:
    return [{"invariant": code, "row": row, "message": message} for code, row, message in findings()]


def _head_findings(file: Path) -> list[dict[str, Any]]:
    """A chain that was rewritten as a whole still shows it against a head kept elsewhere."""
    kept = json.loads(file.read_text())
    seq, own_hash = int(kept["seq"]), queries.hash_at(int(kept["seq"]))
    if own_hash == kept["hash"]:
        return []
    return [_finding(seq, f"第 {seq} 条留痕与另存的链头不符：其前的留痕可能被改写或删去")]


def _finding(seq: int, message: str) -> dict[str, Any]:
    return {"invariant": "INV-48", "row": f"audit_events {seq}", "message": message}
