"""Whatever is changed, deleted, put in, swapped or cut off in any guarded table by somebody who has the database."""

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, MetaData, Table, and_, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from tests.crash.results import is_over, spent
from tests.databases import Ground
from tests.factories.redemption import approved_claim, make_stage
from tests.factories.settlement import Bureau, approved_batch, make_indicators
from tests.invariants.verifying import verifiers
from tests.races.conftest import NOON
from tests.tally import keep
from vouchers.audit.models import AuditEvent, AuditHead, PurgedEvent
from vouchers.audit.sealing import Sealed
from vouchers.audit.verify import of_all
from vouchers.db.base import Base, db
from vouchers.ledger.models import LedgerAccount, Transfer

IS_FULL = os.environ.get("SIEGE") == "full"
CASES = 10_000 if IS_FULL else 100
KEYS = frozenset({"version", "totp_last_step"})
Row = dict[str, Any]


@dataclass
class Guarded:
    """A table, and the columns that are vouched for."""

    table: Table
    columns: list[str]

    @property
    def key(self) -> list[str]:
        """Its key."""
        return [column.name for column in self.table.primary_key]

    def at(self, row: Row) -> Any:
        """Which row."""
        return and_(*(self.table.c[name] == row[name] for name in self.key))


def guarded(connection: Connection) -> list[Guarded]:
    """Every guarded table that holds something."""
    columns = {
        str(mapper.persist_selectable): list(mapper.class_.SEALED)
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Sealed)
    }
    for model in (AuditEvent, AuditHead, PurgedEvent, Transfer, LedgerAccount):
        columns[model.__tablename__] = [column.name for column in model.__table__.columns]
    metadata = MetaData()
    metadata.reflect(connection, only=list(columns))
    found = [Guarded(metadata.tables[name], names) for name, names in sorted(columns.items())]
    return [one for one in found if connection.scalar(select(func.count()).select_from(one.table))]


def other(value: Any, column: Any, chance: random.Random) -> Any:
    """Another value of the same kind."""
    kind = column.type.python_type
    if kind is bool:
        return not value
    if kind is int:
        return (value or 0) + chance.choice((-1, 1, 100))
    if kind is datetime:
        return (value or NOON.replace(tzinfo=None)) + timedelta(seconds=1)
    if kind is date:
        return (value or date(2026, 1, 1)) + timedelta(days=1)
    return chance.choice((f"{value or ''}x", "", "0", str(value)[::-1])) if value else "x"


def rows(connection: Connection, one: Guarded) -> list[Row]:
    """All rows of a table."""
    return [dict(row) for row in connection.execute(select(one.table)).mappings()]


def change(connection: Connection, one: Guarded, chance: random.Random) -> None:
    """One value of one row."""
    row, name = chance.choice(rows(connection, one)), chance.choice(one.columns)
    value = other(row[name], one.table.c[name], chance)
    while value == row[name]:
        value = other(row[name], one.table.c[name], chance)
    connection.execute(update(one.table).where(one.at(row)).values({name: value}))


def remove(connection: Connection, one: Guarded, chance: random.Random) -> None:
    """One row."""
    connection.execute(delete(one.table).where(one.at(chance.choice(rows(connection, one)))))


def put_in(connection: Connection, one: Guarded, chance: random.Random) -> None:
    """A copy of a row under another key."""
    row = dict(chance.choice(rows(connection, one)))
    for column in one.table.columns:
        is_text = column.type.python_type is str
        if column.name in one.key and not is_text:
            row[column.name] = (connection.scalar(select(func.max(column))) or 0) + 1
        elif is_text and row[column.name] and column.name not in {"kind", "state", "unit", "schemes", "stages"}:
            row[column.name] = f"{row[column.name]}z"
    connection.execute(insert(one.table).values(row))


def swap(connection: Connection, one: Guarded, chance: random.Random) -> None:
    """One value of two rows, each for the other."""
    found, name = rows(connection, one), chance.choice(one.columns)
    values = {repr(row[name]): row for row in found}
    if len(values) < 2 or name in one.key:
        raise NothingToDo
    first, second = chance.sample(list(values.values()), 2)
    aside = other(first[name], one.table.c[name], chance)  # the column may be unique
    for row, value in ((first, aside), (second, first[name]), (first, second[name])):
        connection.execute(update(one.table).where(one.at(row)).values({name: value}))


def cut_off(connection: Connection, one: Guarded, chance: random.Random) -> None:
    """The newest rows."""
    found = rows(connection, one)
    for row in found[-chance.randint(1, len(found)) :]:
        connection.execute(delete(one.table).where(one.at(row)))


class NothingToDo(Exception):
    """There are no two different values to swap."""


ACTS: list[Callable[[Connection, Guarded, random.Random], None]] = [change, change, remove, put_in, swap, cut_off]


@pytest.fixture
def engine(app: Flask, database: Ground) -> Engine:
    """Books with something in every kind of table, and no guard."""
    stage, bureau = make_stage(), Bureau()
    approved_claim(stage, at=NOON)
    make_indicators(stage, bureau)
    approved_batch(stage, bureau, at=NOON)
    assert list(of_all(verifiers())) == []
    db.session.remove()
    db.engine.dispose()  # the next connection is the one that is used again and again
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return db.engine


@pytest.mark.owner
@pytest.mark.database
def test_whatever_is_tampered_with_at_random_is_found_and_its_table_named(engine: Engine) -> None:
    seed = random.randrange(2**32)  # noqa: S311  a seed to repeat it by
    chance, done, missed = random.Random(seed), 0, []  # noqa: S311
    begun = time.monotonic()
    connection = db.session.connection()
    found = guarded(connection)
    db.session.rollback()
    share = CASES if db.engine.dialect.name == "sqlite" else CASES // 4
    while done < share and not is_over(begun):
        one, act = chance.choice(found), chance.choice(ACTS)
        connection = db.session.connection()
        try:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            act(connection, one, chance)
        except (DBAPIError, NothingToDo):
            db.session.rollback()  # not even the owner of the database may write this
            continue
        named = [row for _, row, _ in of_all(["vouchers.audit.verify", "vouchers.ledger.verify"])]
        db.session.rollback()
        table = "audit_" if one.table.name.startswith("audit_") else one.table.name
        told = [row for row in named if row.startswith(table) or one.table.name == "ledger_accounts"]
        if not told:
            missed.append(f"case {done}: {act.__name__} in {one.table.name}: {named}")
        done += 1
    if IS_FULL:
        shown = {"asked for": share, "tried": done, "not found": len(missed), "seed": seed, "tables": len(found)}
        keep("siege-tampering", db.engine.dialect.name, "random", {**shown, **spent(begun)})
    assert not missed, f"seed {seed}"
    assert done == share, "the time was up before"
