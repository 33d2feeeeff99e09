"""The worker as a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

from flask import Flask
from sqlalchemy import select

from tests.databases import SETTINGS
from vouchers.db.base import db
from vouchers.jobs.models import Job
from vouchers.jobs.states import JobState

ROOT = Path(__file__).parents[2]


def test_worker_does_the_day_and_stops_when_told(app: Flask, tmp_path: Path) -> None:
    url = db.engine.url.render_as_string(hide_password=False)
    given = {**os.environ, **SETTINGS, "DATABASE_URL": url, "INSTANCE_PATH": str(tmp_path)}
    given.pop("APP_CLOCK", None)
    command = [sys.executable, "-m", "flask", "--app", "app", "jobs", "run"]
    worker = subprocess.Popen(command, cwd=ROOT, env=given)  # noqa: S603

    try:
        done = _wait_for_the_day(app)
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(timeout=20)
    finally:
        worker.kill()

    assert done
    assert code == 0


def test_commands_of_jobs_answer(app: Flask) -> None:
    runner = app.test_cli_runner()

    assert runner.invoke(args=["jobs", "run", "--once"]).exit_code == 0
    assert "forget_old_sessions" in runner.invoke(args=["jobs", "daily"]).output
    assert runner.invoke(args=["jobs", "daily", "--json"]).output.startswith("{")


def _wait_for_the_day(app: Flask) -> bool:
    end = monotonic() + 60
    while monotonic() < end:
        with app.app_context():
            states = db.session.scalars(select(Job.state).where(Job.kind == "daily")).all()
        if states == [JobState.DONE]:
            return True
        sleep(0.3)
    return False
