"""Commands of background work: `flask jobs run`, `flask jobs daily`."""

import json
import signal
import threading
from types import FrameType

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from vouchers.db.fitness import unfit
from vouchers.jobs import worker
from vouchers.kernel.clock import beijing_date, now

jobs = AppGroup("jobs", help="后台任务：办理到期的任务，按日期清理。")


@jobs.command("run", help="办理到期的任务，直到收到停止信号。")
@click.option("--once", is_flag=True, help="办完已到期的就退出。")
def run(*, once: bool) -> None:
    """Work in a process of its own."""
    app = _app()
    if problem := unfit(app):
        raise click.ClickException(f"没有启动：{problem}")
    if once:
        click.echo(f"已办理 {worker.run_due(app, at=now())} 项")
        return
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    worker.run_until(app, stop)


@jobs.command("daily", help="办理今天应办的：到期、截止、提醒。可以重复执行。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
@click.option("--confirm-jump", is_flag=True, help="距上次办理超过一天时，确认今天的日期无误，照常办理。")
def daily(*, as_json: bool, confirm_jump: bool) -> None:
    """Run the sweeps over dates now; after a gap of more than a day only when somebody confirms the date."""
    at = now()
    last = worker.jumped_from(_app(), at=at)
    if last is not None and not confirm_jump:
        day = beijing_date(at).isoformat()
        words = f"上次办理是 {last.isoformat()}，现在的日期是 {day}，相隔超过一天，没有办理。请先核对服务器时钟，"
        raise click.ClickException(f"{words}无误后加 --confirm-jump 再执行。")
    done = worker.run_daily(_app(), at=at)
    if as_json:
        click.echo(json.dumps(done, ensure_ascii=False))
    else:
        for name, count in done.items():
            click.echo(f"{name}\t{count}")


def _app() -> Flask:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  threads need the object
    return app
