"""开门: bring the database to the newest shape, load the demonstration once, and serve."""

import threading
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, pass_script_info, with_appcontext
from flask_migrate import upgrade
from sqlalchemy import select
from waitress.server import create_server

from vouchers.accounts.demonstration import demo_sign_ins
from vouchers.accounts.models import User
from vouchers.certificates.paper import SHEETS
from vouchers.cli.patience import be_patient_only_so_long
from vouchers.config import Environment, Settings
from vouchers.db.base import db
from vouchers.documents.press import PRESS
from vouchers.jobs.worker import start_embedded
from vouchers.kernel.clock import now


@click.command("prepare", help="迁移数据库；开发环境的空库装入演示数据。")
@with_appcontext
@click.pass_context
def prepare(context: click.Context) -> None:
    """Migrate; on an empty database of a development installation, load the demonstration."""
    upgrade(directory=current_app.extensions["migrate"].directory)
    settings: Settings = current_app.config["SETTINGS"]
    if settings.environment is Environment.DEVELOPMENT and db.session.scalar(select(User.id).limit(1)) is None:
        click.echo("首次启动：装入演示数据……", err=True)
        context.invoke(_subcommand(context, "demo", "load"))


@click.command("serve", help="用 waitress 提供服务；地址由 HOST、PORT 或选项给出。")
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", envvar="PORT", default=5000, show_default=True, type=click.IntRange(1, 65535), help="端口。")
@pass_script_info
def serve(script: ScriptInfo, *, host: str, port: int) -> None:
    """Serve until stopped."""
    app = script.load_app()
    try:
        server = create_server(app, host=host, port=port, **limits(app))
    except OSError as error:
        raise click.ClickException(
            f"不能监听 {host}:{port}（{error.strerror}）：请换一个端口，例如 PORT=8080"
        ) from None
    be_patient_only_so_long(server)
    _announce(app.config["SETTINGS"], f"http://{host}:{port}")
    stop = start_embedded(app)
    threading.Thread(target=PRESS.warm_up, args=(SHEETS,), daemon=True).start()  # the first paper as fast as the next
    try:
        server.run()
    finally:
        stop.set()


def limits(app: Flask) -> dict[str, Any]:
    """What the server refuses, so that one sender cannot take it from the others."""
    return {
        "threads": 16,
        "connection_limit": 1000,
        "channel_timeout": 20,
        "max_request_body_size": app.config["MAX_CONTENT_LENGTH"],
        "ident": None,
    }


def _announce(settings: Settings, address: str) -> None:
    click.echo(f"{settings.site_name}  {address}")
    sign_ins = demo_sign_ins(settings, at=now())
    if sign_ins:
        click.echo("\n演示账号（动态码随时间变化，登录页也会显示）")
    for one in sign_ins:
        code = f"  动态码 {one.code}" if one.code else ""
        click.echo(f"  {one.role}  {one.sign_in}  {one.password}{code}")


def _subcommand(context: click.Context, group: str, name: str) -> click.Command:
    found = current_app.cli.get_command(context, group)
    command = found.get_command(context, name) if isinstance(found, click.Group) else None
    if command is None:
        raise click.ClickException(f"没有命令 {group} {name}")
    return command
