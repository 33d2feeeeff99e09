"""Commands of the ledger: `flask ledger verify`."""

import json
from importlib import import_module

import click
from flask import current_app
from flask.cli import AppGroup

from vouchers.audit.verify import of_all
from vouchers.db.moment import see_one_moment
from vouchers.ledger import verify as own

ledger = AppGroup("ledger", help="账本：核对全部不变式。")


@ledger.command("verify", help="核对每一笔账；有不符时退出码为 1。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def verify(*, as_json: bool) -> None:
    """Check every invariant on the live database, all slices' included; read-only."""
    see_one_moment()
    verifiers: tuple[str, ...] = current_app.extensions["verifiers"]
    found = [{"invariant": invariant, "row": row, "message": message} for invariant, row, message in of_all(verifiers)]
    held = sorted({code for name in verifiers for code in import_module(name).CHECKS})
    checked = own.counts()
    if as_json:
        click.echo(
            json.dumps({"ok": not found, "checked": checked, "invariants": held, "findings": found}, ensure_ascii=False)
        )
    else:
        click.echo(f"已核对 {checked['accounts']} 个账户、{checked['transfers']} 笔分录")
        click.echo(f"不变式：{' '.join(held)}")
        for one in found:
            click.echo(f"{one['invariant']}\t{one['row']}\t{one['message']}")
    if found:
        raise SystemExit(1)
