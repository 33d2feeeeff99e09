"""`flask certificate`: check a paper against what was issued."""

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from vouchers.certificates import queries
from vouchers.certificates.states import LABELS
from vouchers.kernel.clock import beijing_date, today
from vouchers.kernel.errors import NotFound

certificate = AppGroup("certificate", help="凭证：核对文件与存档是否一致。")


@certificate.command("verify", help="核对凭证文件：与存档逐字节一致时退出码为 0，否则为 1。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.pdf")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def verify(file: Path, *, as_json: bool) -> None:
    """Compare a file with what was issued; leave with 1 when it is not the paper."""
    try:
        found = queries.verify_bytes(file.read_bytes(), on=today())
    except NotFound:
        sentence = "与存档的任何一份凭证都不一致：文件被改动过，或不是本系统出具的。"
        click.echo(json.dumps({"ok": False, "message": sentence}, ensure_ascii=False) if as_json else sentence)
        raise SystemExit(1) from None
    issued = beijing_date(found.issued_at).isoformat()
    word = LABELS[found.standing]
    if as_json:
        known = {"number": found.number, "state": found.standing.value, "kind": found.kind, "issued_on": issued}
        click.echo(json.dumps({"ok": True, **known, "sha256": found.sha256}, ensure_ascii=False))
    else:
        click.echo(f"与存档逐字节一致：{found.number}，{found.kind}，{issued} 发放，现状：{word}")
