"""开门: bring the database to the newest shape, load the demonstration once, and serve."""

import threading
from contextlib import suppress

import click
from flask import current_app
from flask.cli import ScriptInfo, pass_script_info, with_appcontext
from flask_migrate import upgrade

from vouchers.accounts.demonstration import demo_sign_ins
from vouchers.accounts.queries import has_accounts
from vouchers.certificates.paper import SHEETS
from vouchers.cli.server import Server
from vouchers.config import Environment, Settings
from vouchers.db.base import db
from vouchers.db.fitness import unfit
from vouchers.db.transaction import transaction
from vouchers.documents.press import PRESS
from vouchers.jobs.worker import END_SECONDS, start_embedded
from vouchers.kernel.actor import command
from vouchers.kernel.clock import now
from vouchers.signin.rules import grouped
from vouchers.signin.services import make_setup_code


@click.command("prepare", help="迁移数据库；开发环境的空库装入演示数据。")
@with_appcontext
@click.pass_context
def prepare(context: click.Context) -> None:
    """Migrate; on an empty database of a development installation, load the demonstration."""
    upgrade(directory=current_app.extensions["migrate"].directory)
    settings: Settings = current_app.config["SETTINGS"]
    if settings.environment is Environment.DEVELOPMENT and not has_accounts():
        click.echo("首次启动：装入演示数据……", err=True)
        context.invoke(_subcommand(context, "demo", "load"))
    elif not has_accounts():
        _show_setup_code(settings)


@click.command("serve", help="用 waitress 提供服务；地址由 HOST、PORT 或选项给出。")
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", envvar="PORT", default=5000, show_default=True, type=click.IntRange(1, 65535), help="端口。")
@pass_script_info
def serve(script: ScriptInfo, *, host: str, port: int) -> None:
    """Serve until stopped."""
    app = script.load_app()
    if problem := unfit(app):
        raise click.ClickException(f"没有启动：{problem}")
    try:
        server = Server(app, host, port)
    except OSError as error:
        raise click.ClickException(
            f"不能监听 {host}:{port}（{error.strerror}）：请换一个端口，例如 PORT=8080"
        ) from None
    with suppress(OSError):  # a full disk under the log is no reason not to serve
        _announce(app.config["SETTINGS"], f"http://{host}:{port}")
    worker = start_embedded(app, server.stopping)
    threading.Thread(target=PRESS.warm_up, args=(SHEETS,), daemon=True).start()  # the first paper as fast as the next
    try:
        is_finished = server.run()
    finally:
        server.stopping.set()
        worker.join(END_SECONDS)
    with app.app_context():
        db.engine.dispose()  # on SQLite the journal goes back into the file
    raise SystemExit(0 if is_finished else 1)


def _show_setup_code(settings: Settings) -> None:
    """The way in while nobody has an account: a code for this console only, new at each start."""
    with transaction():
        code = make_setup_code(actor=command("flask prepare"), at=now())
    click.echo(f"还没有账号。请打开 {settings.public_url}/set-up，用下面的设置码设立第一位系统管理员：")
    click.echo(f"  设置码 {grouped(code)}（只显示这一次，一天内有效，用后作废；重新执行 flask prepare 会换一个）")


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
