"""What a database says, without what differs from one run to the next: row counts, and every balance."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import CompoundSelect, String, cast, func, literal, select, text, union_all

from tests.databases import Ground
from tests.invariants.verifying import broken
from tests.invariants.world import kept
from vouchers.db.base import Base, db

_VOLATILE = frozenset({"alembic_version", "rate_counters"})  # a refused upload counts against its quota


def picture() -> dict[str, Any]:
    """How many rows each table has, which states occur how often, and all balances in order; three statements."""
    db.session.rollback()
    counts, states = _statements()
    found = {
        "rows": dict(map(tuple, db.session.execute(counts))),
        "states": sorted(tuple(row) for row in db.session.execute(states)),
        "balances": sorted(db.session.scalars(text("SELECT balance FROM ledger_accounts")).all()),
    }
    db.session.rollback()
    return found


@cache
def _statements() -> tuple[CompoundSelect[Any], CompoundSelect[Any]]:
    tables = [table for name, table in Base.metadata.tables.items() if name not in _VOLATILE]
    counts = [select(literal(table.name), func.count()).select_from(table) for table in tables]
    states = [
        select(literal(table.name), cast(table.c.state, String), func.count()).group_by(table.c.state)
        for table in tables
        if "state" in table.c
    ]
    return union_all(*counts), union_all(*states)


def assert_sound(where: str = "") -> None:
    """Every invariant holds, and nothing stays open that a copied database would trip over."""
    found = broken()
    db.session.rollback()
    assert not found, where


@contextmanager
def kept_with_files(app: Flask, ground: Ground) -> Iterator[Callable[[], None]]:
    """Keep database and originals as they stand; calling what is yielded puts both back."""
    folder = Path(app.instance_path) / "files"
    before = set(folder.rglob("*"))
    with kept(ground) as put_back:

        def put_all_back() -> None:
            put_back()
            for path in set(folder.rglob("*")) - before:
                if path.is_file():
                    path.unlink()

        yield put_all_back
        db.session.remove()
