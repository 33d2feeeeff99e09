"""All rows of a database in a form that is the same on every kind of database: read, written, compared."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, MetaData, Table, select, text, type_coerce
from sqlalchemy.types import NullType

from vouchers.audit.rules import plain
from vouchers.kernel.canonical import canonical_json

Values = list[Any]
_CHUNK = 1000
_UNTOLD = frozenset({"alembic_version"})  # the migrations write it


@dataclass(slots=True)
class Tally:
    """How many rows there are and what they say, whatever their order."""

    count: int = 0
    total: int = 0

    def add(self, values: Values) -> None:
        """Count a row in."""
        self.count += 1
        digest = hashlib.sha256(canonical_json(values).encode()).digest()
        self.total = (self.total + int.from_bytes(digest)) % 2**256


class Source(Protocol):
    """Where rows come from."""

    def columns(self, table: str) -> list[str]:
        """The columns of a table there, in the order of the values; nothing when there is no such table."""
        ...

    def rows(self, table: str) -> Iterator[Values]:
        """All rows of a table."""
        ...


class DatabaseSource:
    """Rows of a database as one transaction sees them."""

    def __init__(self, connection: Connection, found: list[Table]) -> None:
        self._connection = connection
        self.tables = {table.name: table for table in found}

    def columns(self, table: str) -> list[str]:
        """As the database has them."""
        return [column.name for column in self.tables[table].columns] if table in self.tables else []

    def rows(self, table: str) -> Iterator[Values]:
        """In the order of the key, as the driver hands them over."""
        found = self.tables[table]
        columns = [type_coerce(column, NullType()) for column in found.columns]
        statement = select(*columns).order_by(*found.primary_key.columns).execution_options(yield_per=_CHUNK)
        for row in self._connection.execute(statement):
            yield [plain(value) for value in row]


class FolderSource:
    """Rows kept in a folder: per table one file, its first line the columns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def columns(self, table: str) -> list[str]:
        """As the first line says."""
        path = self._folder / f"{table}.jsonl"
        if not path.exists():
            return []
        with path.open() as file:
            return [str(name) for name in json.loads(file.readline())]

    def rows(self, table: str) -> Iterator[Values]:
        """The lines after the first."""
        with (self._folder / f"{table}.jsonl").open() as file:
            file.readline()
            yield from map(json.loads, file)


def tables(connection: Connection) -> list[Table]:
    """All tables of a database, those first that others refer to."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name not in _UNTOLD]


def write_folder(source: DatabaseSource, folder: Path) -> None:
    """Keep all rows in a folder."""
    folder.mkdir()
    for table in source.tables:
        with (folder / f"{table}.jsonl").open("w") as file:
            for line in (source.columns(table), *source.rows(table)):
                file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def load(source: Source, connection: Connection) -> list[str]:
    """Write all rows into the same tables of an empty database; tells every table that did not come out equal."""
    is_sqlite = connection.dialect.name == "sqlite"
    guards = _lay_down_guards_sqlite(connection) if is_sqlite else []
    unequal, found = [], tables(connection)
    for table in reversed(found):
        if not is_sqlite:
            connection.execute(text(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER'))
        connection.execute(table.delete())  # what a migration put in
    for table in found:
        wanted, columns = Tally(), source.columns(table.name)
        if columns:
            rows = _counted(source.rows(table.name), wanted)
            _insert(connection, table, columns, rows)
        if not _is_equal(connection, table, columns, wanted):
            unequal.append(table.name)
    for statement in guards:
        connection.exec_driver_sql(statement)
    if not is_sqlite:
        _raise_guards_postgresql(connection, found)
    return unequal


def _counted(rows: Iterable[Values], tally: Tally) -> Iterator[Values]:
    for row in rows:
        tally.add(row)
        yield row


def _insert(connection: Connection, table: Table, columns: list[str], rows: Iterator[Values]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    cursor = connection.connection.cursor()
    try:
        if connection.dialect.name == "sqlite":
            marks = ", ".join("?" * len(columns))
            statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608  our own tables
            cursor.executemany(statement, rows)  # type: ignore[arg-type]  # any iterable will do
        else:
            with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
    finally:
        cursor.close()


def _is_equal(connection: Connection, table: Table, columns: list[str], wanted: Tally) -> bool:
    came, there = Tally(), DatabaseSource(connection, [table])
    order = [there.columns(table.name).index(name) for name in columns]
    for row in there.rows(table.name):
        came.add([row[place] for place in order])
    return came == wanted


def _lay_down_guards_sqlite(connection: Connection) -> list[str]:
    """Drop the triggers, whose work the rows hold already; returns the statements that raise them again."""
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _ in found:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    return [statement for _, statement in found]


def _raise_guards_postgresql(connection: Connection, found: list[Table]) -> None:
    """Triggers on again, and every series of keys behind the last one that was given."""
    for table in found:
        connection.execute(text(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER'))
        if "id" in table.columns:
            connection.execute(
                text(
                    f'SELECT setval(s, GREATEST((SELECT max(id) FROM "{table.name}"), 1))'  # noqa: S608  our tables
                    f" FROM pg_get_serial_sequence('\"{table.name}\"', 'id') s WHERE s IS NOT NULL"
                    f' AND EXISTS (SELECT 1 FROM "{table.name}")'
                )
            )
