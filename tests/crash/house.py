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
from tests.ports import free_port
from tests.races.harness import ROOT, Reply, Visitor, request
from tests.races.harness import _read as read_reply
from tests.serving import Address
from vouchers.cli.server import Server
from vouchers.db import transaction as opener
from vouchers.db.base import db

NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)
PATIENCE_SECONDS = 120


class Forked:
    """A server forked from this process: as real as another one, and up at once."""

    def __init__(self, app: Flask, address: Address, log: Path) -> None:
        db.session.remove()
        let_go(app)
        self.pid = os.fork()
        if self.pid == 0:
            self._serve(app, address, log)
        self._code: int | None = None

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code

    def wait(self, timeout: float = PATIENCE_SECONDS) -> int:
        """The exit code, when it has ended."""
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            assert time.monotonic() < until
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        """As for a process that was started."""
        os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to stop."""
        self.send_signal(signal.SIGTERM)

    @staticmethod
    def _serve(app: Flask, address: Address, log: Path) -> None:
        code = 1
        try:
            with log.open("ab") as written:
                os.dup2(written.fileno(), 1)
                os.dup2(written.fileno(), 2)
            for lock in opener._locks.values():
                if lock._file is not None:
                    lock._file.close()
            opener._locks.clear()
            code = 0 if Server(app, *address).run() else 1
        finally:
            os._exit(code)


@dataclass
class House:
    """An installation: its database, its folder, and the server that stands on it, when it stands."""

    ground: Ground
    folder: Path
    environ: dict[str, str]
    address: Address
    server: subprocess.Popen[bytes] | Forked | None = None
    serving: Flask | None = None  # where it is not the test's own: one that reaches the database another way
    starts: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def app(self) -> Flask:
        """The test's own application on the same database."""
        return self.ground.app

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.folder / "server.log"

    def start(self, *, is_forked: bool = False) -> None:
        """Start the server; how long it took to answer is kept, in seconds of the clock and of the processor."""
        begun = time.monotonic()
        if is_forked:
            self.server = Forked(self.serving or self.app, self.address, self.log)
        else:
            command = [sys.executable, "-m", "flask", "--app", "app", "serve", "--port", str(self.address[1])]
            with self.log.open("ab") as log:
                self.server = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=log, stderr=log)  # noqa: S603
        while self.ask("GET", "/healthz") is None:
            assert self.server.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < begun + PATIENCE_SECONDS
            time.sleep(0.02)
        if not is_forked:
            self.starts.append(time.monotonic() - begun)
            self.cpu.append(cpu_seconds(self.server.pid))

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

    def end(self) -> None:
        """Whatever stands of it, gone."""
        if self.server is not None and self.server.poll() is None:
            self.kill()
        self.server = None

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
            found.end()
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


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor so far; the clock says little on a busy machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
