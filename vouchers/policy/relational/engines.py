"""Where a query runs: DuckDB here, or PostgreSQL; both are sent the same tree as their own SQL."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import duckdb
import ibis
import psycopg
import sqlglot

from vouchers.policy.relational.cells import quoted
from vouchers.policy.relational.whole import DUCKDB_FUNCTIONS

_CHUNK = 1 << 20
_MEMORY = "2GB"
_POSTGRESQL: Mapping[str, str] = {"VARCHAR": "text", "BIGINT": "bigint", "BOOLEAN": "boolean", "DATE": "date"}


class Engine(Protocol):
    """Something that answers a query on the table `register`."""

    name: str

    def rows(self, query: Any) -> list[tuple[Any, ...]]:
        """All rows of an expression."""


class DuckDB:
    """The session that reads the register."""

    name = "duckdb"

    def __init__(self, session: duckdb.DuckDBPyConnection) -> None:
        self._session = session

    def rows(self, query: Any) -> list[tuple[Any, ...]]:
        """All rows of an expression."""
        return self._session.execute(sql_of(query, "duckdb")).fetchall()

    def stream(self, query: Any, size: int = 10_000) -> Iterator[tuple[Any, ...]]:
        """The rows of an expression, a few thousand at a time."""
        cursor = self._session.execute(sql_of(query, "duckdb"))
        while fetched := cursor.fetchmany(size):
            yield from fetched


class PostgreSQL:
    """A connection whose temporary table holds the register."""

    name = "postgresql"

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def rows(self, query: Any) -> list[tuple[Any, ...]]:
        """All rows of an expression."""
        return self._connection.execute(_fenced(sql_of(query, "postgres"))).fetchall()


def _fenced(sql: str) -> str:
    """The query with an `OFFSET 0` in each step, so that PostgreSQL does not merge them.

    Merged, what a step keeps is worked out again wherever it is used: a dozen times over in a rule about amounts.
    """
    tree = sqlglot.parse_one(sql, read="postgres")
    for step in tree.find_all(sqlglot.exp.Subquery):
        inner = step.this
        if isinstance(inner, sqlglot.exp.Select) and inner.args.get("group") is None:
            inner.offset(0, copy=False)
    return tree.sql(dialect="postgres")


def sql_of(table: Any, dialect: str) -> str:
    """A table expression as SQL; steps stay apart, so that each is worked out once."""
    ibis.options.sql.fuse_selects = False
    return str(ibis.to_sql(table, dialect=dialect, pretty=False))


def duckdb_session() -> duckdb.DuckDBPyConnection:
    """A session of DuckDB that divides whole numbers exactly and fetches nothing from elsewhere."""
    connection = duckdb.connect(
        config={
            "memory_limit": _MEMORY,
            "temp_directory": tempfile.gettempdir(),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    connection.execute(
        "SET lambda_syntax = 'ENABLE_SINGLE_ARROW'"
    )  # takes the lambdas that Ibis 12 writes beside the new ones
    connection.execute(DUCKDB_FUNCTIONS)
    return connection


class Unreachable(Exception):
    """A database that cannot be reached, or does not let us in."""


@contextmanager
def postgresql(url: str, session: duckdb.DuckDBPyConnection) -> Iterator[PostgreSQL]:
    """The register of a session in a temporary table of a PostgreSQL database, for as long as this lasts."""
    try:
        connection = psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1), autocommit=True)
    except psycopg.Error as error:
        raise Unreachable(type(error).__name__) from None  # its words may hold the password
    with connection:
        _load(session, connection)
        yield PostgreSQL(connection)


def _load(session: duckdb.DuckDBPyConnection, connection: psycopg.Connection) -> None:
    described = [(name, kind) for name, kind, *_ in session.execute("DESCRIBE register").fetchall()]
    typed = ", ".join(f"{quoted(name)} {_type(kind)}" for name, kind in described)
    connection.execute(f"CREATE TEMP TABLE register ({typed})")
    selected = ", ".join(_written(quoted(name), kind) for name, kind in described)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "register.csv"
        session.execute(f"COPY (SELECT {selected} FROM register) TO '{file}' (FORMAT csv, HEADER false, NULLSTR '\\N')")
        with (
            file.open("rb") as opened,
            connection.cursor().copy("COPY register FROM STDIN (FORMAT csv, NULL '\\N')") as copy,
        ):
            while chunk := opened.read(_CHUNK):
                copy.write(chunk)
    connection.execute("ANALYZE register")


def _type(kind: str) -> str:
    return _POSTGRESQL[kind.removesuffix("[]")] + ("[]" if kind.endswith("[]") else "")


def _written(name: str, kind: str) -> str:
    """A column as PostgreSQL reads it: lists in braces."""
    if not kind.endswith("[]"):
        return name
    escaped = "'\"' || replace(replace(CAST(one AS VARCHAR), '\\', '\\\\'), '\"', '\\\"') || '\"'"
    return f"'{{' || array_to_string(list_transform({name}, lambda one: {escaped}), ',') || '}}' AS {name}"
