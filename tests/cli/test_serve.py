"""The first start: migrate, load the demonstration once, and serve until stopped."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from flask import Flask, url_for

from tests.factories.accounts import make_user
from vouchers import config
from vouchers.accounts.states import Role
from vouchers.cli.serve import prepare
from vouchers.cli.server import SIGN_IN_THREADS, SLOW_ON_PURPOSE, THREADS, Lanes, Server, limits
from vouchers.config import Environment
from vouchers.db.base import db
from vouchers.factory import create_app

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30
SERVE = [sys.executable, "-u", "-m", "flask", "--app", "app", "serve"]


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Flask]:
    """An installation for development that was never started."""
    app = create_app(config.load({}, tmp_path))
    app.cli.add_command(click.Group("demo", {"load": click.Command("load", callback=lambda: click.echo("loaded"))}))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_the_first_start_migrates_and_loads_the_demonstration(bare: Flask) -> None:
    answer = bare.test_cli_runner().invoke(args=["prepare"])

    assert answer.exit_code == 0, answer.output
    assert "loaded" in answer.output
    with bare.app_context():
        assert "users" in db.inspect(db.engine).get_table_names()


def test_production_never_gets_a_demonstration(bare: Flask) -> None:
    bare.config["SETTINGS"] = replace(bare.config["SETTINGS"], environment=Environment.PRODUCTION)

    answer = bare.test_cli_runner().invoke(prepare)

    assert answer.exit_code == 0, answer.output
    assert "loaded" not in answer.output


def test_production_without_accounts_shows_a_code_to_set_it_up(bare: Flask) -> None:
    """A11: on the console, a new one each time, and none as soon as somebody has an account."""
    bare.config["SETTINGS"] = replace(bare.config["SETTINGS"], environment=Environment.PRODUCTION)
    runner = bare.test_cli_runner()

    codes = [re.findall(r"设置码 ([A-Z2-7-]{19})", runner.invoke(prepare).output) for _ in range(2)]

    assert [len(found) for found in codes] == [1, 1]
    assert codes[0] != codes[1]
    with bare.app_context():
        make_user(Role.SYSTEM_ADMIN, at=datetime(2026, 3, 18, tzinfo=UTC))
    assert "设置码" not in runner.invoke(prepare).output


def test_the_server_refuses_what_would_take_it_from_others(bare: Flask) -> None:
    found = limits(bare)

    assert (found["threads"], found["connection_limit"], found["channel_timeout"]) == (16, 1000, 20)
    assert found["max_request_body_size"] == bare.config["MAX_CONTENT_LENGTH"]


@dataclass
class Errand:
    """A connection as the server queues it: its first request, and what answering it does."""

    command: str
    path: str
    service: Callable[[], object]

    @property
    def requests(self) -> list["Errand"]:
        return [self]

    def cancel(self) -> None:
        pass


def test_no_page_waits_behind_sign_ins() -> None:
    """Q21: however many sign in at once, the threads of pages stay free."""
    let_go, answered = threading.Event(), threading.Event()
    lanes = Lanes(1)
    try:
        for _ in range(SIGN_IN_THREADS + 20):
            lanes.add_task(Errand("POST", "/sign-in", let_go.wait))
        lanes.add_task(Errand("GET", "/sign-in", answered.set))

        assert answered.wait(PATIENCE_SECONDS)
    finally:
        let_go.set()
        lanes.shutdown()


def test_the_served_product_answers_pages_while_sign_ins_wait(port: int, tmp_path: Path) -> None:
    """Q21 again, with the real server: more sign-ins than it has threads, and a page comes through."""
    let_go, app = threading.Event(), Flask("waiting")
    app.config.update(MAX_CONTENT_LENGTH=1000, SETTINGS=config.load({}, tmp_path))
    app.add_url_rule("/sign-in", "sign_in", lambda: str(let_go.wait(PATIENCE_SECONDS)), methods=["POST"])
    app.add_url_rule("/", "page", lambda: "page")
    server, answers = Server(app, "127.0.0.1", port), []

    def ask(request: urllib.request.Request) -> None:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310  our own server
            answers.append(answer.read().decode())

    def visit() -> None:
        address = f"http://127.0.0.1:{port}"
        sign_in = urllib.request.Request(f"{address}/sign-in", method="POST")  # noqa: S310
        slow = [threading.Thread(target=ask, args=(sign_in,)) for _ in range(THREADS + SIGN_IN_THREADS + 4)]
        for one in slow:
            one.start()
        time.sleep(0.5)  # they wait
        ask(urllib.request.Request(address))
        let_go.set()
        for one in slow:
            one.join()
        os.kill(os.getpid(), signal.SIGTERM)

    visitor = threading.Thread(target=visit)
    visitor.start()
    is_finished = server.run()
    visitor.join()

    assert is_finished
    assert answers == ["page"] + ["True"] * (THREADS + SIGN_IN_THREADS + 4)


def test_the_slow_pages_are_pages_of_the_product(bare: Flask) -> None:
    assert {rule.rule for rule in bare.url_map.iter_rules() if rule.rule in SLOW_ON_PURPOSE} == SLOW_ON_PURPOSE


def test_a_taken_port_is_said_in_a_sentence(bare: Flask, tmp_path: Path, port: int) -> None:
    bare.test_cli_runner().invoke(args=["prepare"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()

        done = subprocess.run(  # noqa: S603  our own command
            SERVE, cwd=ROOT, env=environ(tmp_path, port), capture_output=True, text=True, timeout=60, check=False
        )

    assert done.returncode == 1
    assert "请换一个端口" in done.stderr


def test_the_served_product_answers_and_stops(bare: Flask, tmp_path: Path, port: int) -> None:
    bare.test_cli_runner().invoke(args=["prepare"])
    account = {
        "role": "reviewer",
        "sign_in": "shenhe",
        "password": "demo-password",
        "totp_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    }
    (tmp_path / "demo-accounts.json").write_text(json.dumps({"accounts": [account]}))
    with bare.test_request_context():
        path = url_for("accounts_public.sign_in")

    with subprocess.Popen(  # noqa: S603  our own command
        SERVE, cwd=ROOT, env=environ(tmp_path, port), stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            line = server.stdout.readline()
            sign_in = [server.stdout.readline() for _ in range(3)][-1]
            body = _answer(f"http://127.0.0.1:{port}{path}")
        finally:
            server.terminate()

    assert re.search(rf"http://127\.0\.0\.1:{port}$", line.strip())
    assert re.search(r"审核员  shenhe  demo-password  动态码 \d{6}$", sign_in.strip())
    assert "<h1" in body


def test_a_wrong_setting_stops_the_start_with_a_sentence(tmp_path: Path, port: int) -> None:
    done = subprocess.run(  # noqa: S603  our own command
        SERVE,
        cwd=ROOT,
        env=environ(tmp_path, port) | {"APP_ENV": "production"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "PUBLIC_URL" in done.stderr
    assert "Traceback" not in done.stderr


def environ(instance: Path, port: int) -> dict[str, str]:
    """The environment of a server of its own."""
    own = {"APP_ENV": "development", "INSTANCE_PATH": str(instance), "PORT": str(port)}
    return {key: value for key, value in os.environ.items() if key != "DATABASE_URL"} | own


def _answer(address: str) -> str:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  our own server
                return str(answer.read().decode())
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
