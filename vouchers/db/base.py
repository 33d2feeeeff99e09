"""The declarative base, the extension object, and how each connection is set up."""

import sqlite3
from datetime import datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, MetaData, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from vouchers.db.columns import Instant, RowId
from vouchers.kernel.identifiers import new_public_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
WRITE = "vouchers_write"  # execution option: this transaction will write
WAIT = "vouchers_wait"  # execution option: so many milliseconds it waits for another program that writes (SQLite)
BUSY_MILLISECONDS = 2_000  # how long SQLite itself waits: only for other programs, for our writers stand in a queue
_WAL_RESET_BUG_ENDS = ((3, 44, 6), (3, 50, 7), (3, 51, 3))


class Base(DeclarativeBase):
    """All tables. Plain SQLAlchemy, so that models are typed and know nothing of Flask."""

    metadata = MetaData(naming_convention=NAMING)


class Row:
    """A table with a numeric key of its own."""

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)


class Addressed(Row):
    """A row that stands in addresses: under a random public id, never under its key."""

    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)


class Versioned(Addressed):
    """A row that people act on: its version rises with each change, so that a stale page is refused."""

    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Passing:
    """A table whose rows may go. From every other one nothing is removed, and on PostgreSQL nobody lets the product."""


db = SQLAlchemy(metadata=Base.metadata)


def has_wal_reset_bug(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite can lose a commit that runs beside a checkpoint (3.7.0 to 3.51.2)."""
    fixed_44 = _WAL_RESET_BUG_ENDS[0] <= version < (3, 45, 0)
    fixed_50 = _WAL_RESET_BUG_ENDS[1] <= version < (3, 51, 0)
    return not (fixed_44 or fixed_50 or version >= _WAL_RESET_BUG_ENDS[2])


def prepare_engine(engine: Engine) -> None:
    """Set up every connection of this engine: pragmas and BEGIN IMMEDIATE on SQLite, time-outs on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come after the first SELECT
    autocheckpoint = 0 if has_wal_reset_bug(sqlite3.sqlite_version_info) else 1000
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_MILLISECONDS}",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # else REPLACE passes append-only triggers
        "trusted_schema=OFF",
        "mmap_size=0",
        f"wal_autocheckpoint={autocheckpoint}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(WAIT, BUSY_MILLISECONDS) != BUSY_MILLISECONDS:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={options[WAIT]}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        return
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITE, False) else "BEGIN")


def _prepare_postgresql(connection: Any, _: ConnectionPoolEntry) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '15s'")
        cursor.execute("SET lock_timeout = '5s'")
        cursor.execute("SET idle_in_transaction_session_timeout = '30s'")
        cursor.execute("SET timezone = 'UTC'")
    connection.commit()
