"""开门: bring the database to the newest shape, load the demonstration once, and serve."""

import threading
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, pass_script_info, with_appcontext
from flask_migrate import upgrade
from sqlalchemy import select
from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher

from vouchers.accounts.demonstration import demo_sign_ins
from vouchers.accounts.models import User
from vouchers.certificates.paper import SHEETS
from vouchers.config import Environment, Settings
from vouchers.db.base import db
from vouchers.documents.pdf import warm_up
from vouchers.jobs.worker import start_embedded
from vouchers.kernel.clock import now

THREADS, SIGN_IN_THREADS = 16, 4
SLOW_ON_PURPOSE = frozenset({"/sign-in", "/account/password"})  # where a password is hashed


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
        server = create_server(app, host=host, port=port, _dispatcher=Lanes(THREADS), **limits(app))
    except OSError as error:
        raise click.ClickException(
            f"不能监听 {host}:{port}（{error.strerror}）：请换一个端口，例如 PORT=8080"
        ) from None
    _announce(app.config["SETTINGS"], f"http://{host}:{port}")
    stop = start_embedded(app)
    threading.Thread(target=warm_up, args=(SHEETS,), daemon=True).start()  # the first paper as fast as the next
    try:
        server.run()
    finally:
        stop.set()


def limits(app: Flask) -> dict[str, Any]:
    """What the server refuses, so that one sender cannot take it from the others."""
    return {
        "threads": THREADS,
        "connection_limit": 1000,
        "channel_timeout": 20,
        "max_request_body_size": app.config["MAX_CONTENT_LENGTH"],
        "ident": None,
    }


class Lanes(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress is untyped
    """Threads for pages, and a few apart for sign-ins: hashing takes long, and no page may stand behind two hundred."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._apart = ThreadedTaskDispatcher()
        self.set_thread_count(threads)
        self._apart.set_thread_count(SIGN_IN_THREADS)

    def add_task(self, task: Any) -> None:
        """Queue a connection whose first waiting request decides where it waits."""
        first = task.requests[0]  # one that could not be read has neither command nor path
        if getattr(first, "command", "") == "POST" and getattr(first, "path", "") in SLOW_ON_PURPOSE:
            self._apart.add_task(task)
        else:
            super().add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:  # noqa: FBT001, FBT002  as waitress has it
        """Let both end."""
        self._apart.shutdown(cancel_pending, timeout)
        return bool(super().shutdown(cancel_pending, timeout))


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
