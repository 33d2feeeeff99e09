"""`flask serve` as a process that may be killed and started again on the same address, database and folder."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path

from flask import Flask

from tests.databases import SETTINGS, Ground, PostgresqlGround, SqliteGround, let_go
from tests.factories.accounts import Somebody
from tests.races.harness import ROOT, Address, Reply, Visitor, request
from tests.races.harness import _read as read_reply

NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)
PATIENCE_SECONDS = 60


@dataclass
class House:
    """An installation: its database, its folder, and the server that stands on it, when it stands."""

    ground: Ground
    folder: Path
    environ: dict[str, str]
    address: Address
    server: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    @property
    def app(self) -> Flask:
        """The test's own application on the same database."""
        return self.ground.app

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.folder / "server.log"

    def start(self, **more: str) -> float:
        """Start the server; the seconds until it answered."""
        command = [sys.executable, "-m", "flask", "--app", "app", "serve", "--port", str(self.address[1])]
        begun = time.monotonic()
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(  # noqa: S603  our own command
                command, cwd=ROOT, env=self.environ | more, stdout=log, stderr=log
            )
        while self.ask("GET", "/sign-in") is None:
            assert self.server.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < begun + PATIENCE_SECONDS
            time.sleep(0.02)
        self.starts.append(time.monotonic() - begun)
        return self.starts[-1]

    def ask(self, method: str, path: str, *, timeout: float = PATIENCE_SECONDS) -> Reply | None:
        """One request; nothing when there was no answer."""
        return send(self.address, request(method, path), timeout=timeout)

    def kill(self) -> None:
        """As if the power went."""
        assert self.server
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    def stop(self) -> int:
        """As an operator stops it; the exit code."""
        if self.server is None:
            return 0
        if self.server.poll() is None:
            self.server.terminate()
        code = self.server.wait(timeout=PATIENCE_SECONDS)
        self.server = None
        return code

    def visitor(self, somebody: Somebody) -> Visitor:
        """Somebody signed in at the server."""
        return Visitor(self.address).sign_in(somebody)


def send(address: Address, shot: bytes, *, timeout: float = PATIENCE_SECONDS) -> Reply | None:
    """Send a request; nothing when the server is away, goes away, or says nothing whole."""
    try:
        with socket.create_connection(address, timeout) as line:
            line.sendall(shot)
            return read_reply(line)
    except (OSError, HTTPException, ValueError):  # an answer that breaks off is none
        return None


@contextmanager
def house(kind: str, folder: Path, postgresql: str = "", **more: str) -> Iterator[House]:
    """An installation of one kind in this folder, its server not yet started."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    clock = folder / "clock"
    clock.write_text(NOON.isoformat())
    name = f"vouchers_crash_{worker}"
    made = SqliteGround(folder) if kind == "sqlite" else PostgresqlGround(folder, postgresql, name)
    with closing(made) as ground:
        environ = {**os.environ, **SETTINGS, "DATABASE_URL": ground.app.config["SETTINGS"].database_url}
        environ |= {"INSTANCE_PATH": str(folder), "APP_CLOCK": str(clock), **more}
        found = House(ground, folder, environ, ("127.0.0.1", free_port()))
        try:
            yield found
        finally:
            if found.server is not None and found.server.poll() is None:
                found.kill()
            let_go(ground.app)


@contextmanager
def same_time(folder: Path) -> Iterator[None]:
    """The time of the house for the test's own application as well."""
    before = {name: os.environ.get(name) for name in ("APP_ENV", "APP_CLOCK")}
    os.environ.update({"APP_ENV": "test", "APP_CLOCK": str(folder / "clock")})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
