"""开门: bring the database to the newest shape, load the demonstration once, and serve."""

import click
from flask import current_app
from flask.cli import ScriptInfo, pass_script_info, with_appcontext
from flask_migrate import upgrade
from sqlalchemy import select
from waitress.server import create_server

from vouchers.accounts.models import User
from vouchers.config import Environment, Settings
from vouchers.db.base import db

THREADS = 16
CONNECTION_LIMIT = 1000
CHANNEL_TIMEOUT_SECONDS = 20


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
    server = create_server(
        app,
        host=host,
        port=port,
        threads=THREADS,
        connection_limit=CONNECTION_LIMIT,
        channel_timeout=CHANNEL_TIMEOUT_SECONDS,
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
        ident=None,
    )
    click.echo(f"算力券服务平台  http://{host}:{port}")
    server.run()


def _subcommand(context: click.Context, group: str, name: str) -> click.Command:
    found = current_app.cli.get_command(context, group)
    command = found.get_command(context, name) if isinstance(found, click.Group) else None
    if command is None:
        raise click.ClickException(f"没有命令 {group} {name}")
    return command
