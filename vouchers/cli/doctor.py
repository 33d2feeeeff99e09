"""体检: versions, pragmas, rights, clock, disk, fonts, migrations and settings on one screen."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from vouchers.config import Settings
from vouchers.kernel.clock import now
from vouchers.operation.checks import Level, examine

MARKS = {Level.GOOD: "✓", Level.NOTE: "i", Level.FINDING: "✗"}


@click.command("doctor", help="检查安装是否健全；有须修复之处时退出码为 1。")
@click.option("--json", "as_json", is_flag=True, help="机器可读的输出。")
@with_appcontext
def doctor(*, as_json: bool) -> None:
    """Look at everything and leave with 1 when something must be mended."""
    settings: Settings = current_app.config["SETTINGS"]
    checks = list(examine(settings, Path(current_app.extensions["migrate"].directory), at=now()))
    is_good = all(check.level is not Level.FINDING for check in checks)
    if as_json:
        click.echo(
            json.dumps({"ok": is_good, "checks": [asdict(check) for check in checks]}, ensure_ascii=False, indent=2)
        )
    else:
        for check in checks:
            click.echo(f"{MARKS[check.level]} {check.name}: {check.value}")
            if check.message:
                click.echo(f"    {check.message}")
    raise SystemExit(0 if is_good else 1)
