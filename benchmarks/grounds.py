"""Fresh databases of both kinds to measure on, as durable as in use, with the newest schema."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from tests.databases import Ground, PostgresqlGround, SqliteGround, postgresql_server


@contextmanager
def grounds() -> Iterator[list[tuple[str, Ground]]]:
    """SQLite in a file and PostgreSQL over a socket, each under its name."""
    with tempfile.TemporaryDirectory(prefix="bench") as name, postgresql_server() as server:
        _durable(server)
        folder = Path(name)
        for one in ("sqlite", "postgresql"):
            (folder / one).mkdir()
        with (
            closing(SqliteGround(folder / "sqlite")) as sqlite,
            closing(PostgresqlGround(folder / "postgresql", server, "vouchers_bench")) as postgresql,
        ):
            yield [("SQLite", sqlite), ("PostgreSQL", postgresql)]


def _durable(server: str) -> None:
    """Commits reach the disk, as they must where money is: the server of the tests goes without."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM RESET ALL")
        connection.execute("SELECT pg_reload_conf()")
