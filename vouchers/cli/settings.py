"""设置: every setting, its value and where it came from; secrets are masked."""

import json
from dataclasses import asdict

import click
from flask import current_app
from flask.cli import with_appcontext

from vouchers.config import Settings
from vouchers.operation.settings import shown_settings


@click.command("settings", help="列出全部设置及其来源；密钥只显示是否已设。")
@click.option("--json", "as_json", is_flag=True, help="机器可读的输出。")
@with_appcontext
def settings(*, as_json: bool) -> None:
    """Print all settings."""
    found: Settings = current_app.config["SETTINGS"]
    rows = shown_settings(found)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
        return
    width = max(len(row.name) for row in rows)
    for row in rows:
        click.echo(f"{row.name:<{width}}  {row.value}  （{row.source}）")
