"""Commands: `flask backup make`, `flask backup verify`, `flask backup restore`."""

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from vouchers.audit.services import Subject, record
from vouchers.cli.backup import making, restoring
from vouchers.cli.backup.manifest import Manifest, Unusable
from vouchers.config import Settings
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.kernel.clock import now

backup = AppGroup("backup", help="备份和恢复：数据库与原件；密钥不在其中，须另行保存。")
FOLDER = click.Path(file_okay=False, path_type=Path)


@backup.command("make", help="把数据库和原件备份到新目录；服务不必停。缺少原件时退出码为 1。")
@click.argument("folder", type=FOLDER)
@click.option("--like", type=FOLDER, help="上一份备份：它已有的原件用硬链接，不再复制。")
def make(folder: Path, *, like: Path | None) -> None:
    """Make a backup and leave an event."""
    at = now()
    try:
        made = making.make(_settings(), folder, at=at, like=like)
    except Unusable as refusal:
        raise click.ClickException(str(refusal)) from None
    details = {"seq": made.audit_seq, "transfers": made.transfers, "originals": made.originals}
    with transaction():
        record("backup.make", Subject("backup", made.made_at), actor=command("backup make"), at=at, details=details)
    click.echo(f"已备份到 {folder}：{_words(made)}")
    click.echo("密钥不在备份里：请把 instance/secret_key、data_key、audit_signing_key 与备份分开保存")
    if made.lost:
        click.echo(f"缺少或损坏的原件：{'、'.join(made.lost)}", err=True)
        raise SystemExit(1)


@backup.command("verify", help="检查一份备份是否完好、能否用现有的密钥和程序恢复；不改变任何数据。")
@click.argument("folder", type=FOLDER)
def verify(folder: Path) -> None:
    """Check a backup where it lies."""
    try:
        found = restoring.check(folder, _settings(), _migrations())
    except Unusable as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"完好：{_words(found)}")


@backup.command("restore", help="恢复到设置所指的空库和空目录，迁移到最新，逐项核对；有不符时退出码为 1。")
@click.argument("folder", type=FOLDER)
@click.option("--accept-lost", is_flag=True, help="备份时就缺少的原件找不回时，恢复其余内容。")
def restore(folder: Path, *, accept_lost: bool) -> None:
    """Restore, verify, and say what comes next."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  threads need the object
    try:
        found = restoring.restore(app, folder, accept_lost=accept_lost, at=now())
    except Unusable as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"已恢复：{_words(found)}")
    broken = list(restoring.findings(app))
    for code, row, message in broken:
        click.echo(f"{code}\t{row}\t{message}")
    if broken:
        raise click.ClickException(f"恢复后有 {len(broken)} 处不符：不要开放服务，请查明后改用另一份备份")
    click.echo("核对无误。所有登录已结束；在财务两人完成「恢复后对账」之前，不能签发和导出支付，待发邮件不发出")


def _words(found: Manifest) -> str:
    counts = f"留痕第 {found.audit_seq} 条，分录 {found.transfers} 笔，原件 {found.originals} 份"
    return f"{found.made_at}，结构 {found.revision}，{counts}"


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _migrations() -> Path:
    return Path(current_app.extensions["migrate"].directory)
