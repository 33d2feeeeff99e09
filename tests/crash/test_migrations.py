"""Migrations killed at any point: the old shape or the new one, never half; a copy is made before."""

import os
import time
from itertools import count, takewhile
from pathlib import Path

import pytest
from alembic.runtime.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from tests.crash.child import alone
from tests.crash.results import keep, spent
from tests.databases import ROOT, Ground, let_go
from vouchers.db.base import db
from vouchers.db.shape import wrong_shape

MIGRATIONS = ROOT / "migrations"
STEPS_BACK = 4
IS_FULL = os.environ.get("SIEGE") == "full"
POINTS = {"migration.step:kill:3": False, "migration.after-commit": True}
MOST_STATEMENTS = 10_000
SCHEMA = {
    "sqlite": "SELECT type, name, sql FROM sqlite_master",
    "postgresql": "SELECT table_name, column_name, data_type || is_nullable FROM information_schema.columns"
    " WHERE table_schema = 'public' UNION ALL SELECT relname, conname, pg_get_constraintdef(c.oid)"
    " FROM pg_constraint c JOIN pg_class r ON r.oid = conrelid WHERE connamespace = 'public'::regnamespace"
    " UNION ALL SELECT '', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    " UNION ALL SELECT '', proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    " UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}


@pytest.mark.owner
@pytest.mark.database
@pytest.mark.parametrize("fault", sorted(POINTS))
def test_a_killed_migration_is_done_or_not_and_runs_through_the_next_time(
    app: Flask, database: Ground, fault: str
) -> None:
    """Several revisions in one go, which is one transaction."""
    newest = revision()
    db.session.remove()
    let_go(app)
    downgrade(directory=str(MIGRATIONS), revision=f"-{STEPS_BACK}")
    older, before = revision(), schema()

    assert alone(app, lambda: upgrade(directory=str(MIGRATIONS)), fault).is_killed

    if POINTS[fault]:
        assert revision() == newest
    else:
        assert (revision(), schema()) == (older, before)
        assert "flask prepare" in wrong_shape(db.engine, MIGRATIONS)
    let_go(app)
    upgrade(directory=str(MIGRATIONS))
    assert wrong_shape(db.engine, MIGRATIONS) == ""
    let_go(app)


@pytest.mark.owner
@pytest.mark.database
def test_each_migration_killed_anywhere_inside_leaves_all_of_it_or_nothing(app: Flask, database: Ground) -> None:
    """From an empty database on when all are asked for; else the newest one."""
    names = [name.stem for name in sorted((MIGRATIONS / "versions").glob("0*.py"))]
    db.session.remove()
    let_go(app)
    downgrade(directory=str(MIGRATIONS), revision="base" if IS_FULL else "-1")
    begun, kills = time.monotonic(), 0
    for name in names if IS_FULL else names[-1:]:
        kills += killed_inside(app, name)
    assert wrong_shape(db.engine, MIGRATIONS) == ""
    shown = {"migrations": len(names), "kills": kills, "half done": 0, **spent(begun)}
    keep("kills-of-migrations", db.engine.dialect.name, shown)
    let_go(app)


def killed_inside(app: Flask, name: str) -> int:
    """Kill this migration at its end, and before its 1st, 2nd, 4th, 8th … statement; how many kills it took."""
    before, kills = (revision(), schema()), 0

    def migrate() -> None:
        upgrade(directory=str(MIGRATIONS), revision=name)

    doubled = takewhile(lambda nth: nth < MOST_STATEMENTS, (2**power for power in count()))
    for point in ("migration.step", "migration.before-commit", *(f"migration.statement:kill:{nth}" for nth in doubled)):
        if not alone(app, migrate, point).is_killed:
            assert point.startswith("migration.statement:"), point  # there are not so many: this time it went through
            break
        kills += 1
        assert (revision(), schema()) == before, (name, point)
    assert kills > len(("step", "before-commit", "first statement"))
    assert revision() == name
    return kills


def test_a_database_is_copied_before_it_is_changed(app: Flask, database: Ground) -> None:
    folder = Path(str(db.engine.url.database)).parent / "before-migration"
    already = set(folder.glob("*.db"))
    db.session.remove()
    let_go(app)

    downgrade(directory=str(MIGRATIONS), revision="-1")
    upgrade(directory=str(MIGRATIONS))

    made = sorted(set(folder.glob("*.db")) - already)
    assert [path.name.partition("-")[2] for path in made][-1:] == [f"{older_revision()}.db"]
    assert {oct(path.stat().st_mode & 0o777) for path in made} == {"0o600"}
    assert len(list(folder.glob("*.db"))) <= 5
    let_go(app)


def older_revision() -> str:
    return sorted(path.stem for path in (MIGRATIONS / "versions").glob("0*.py"))[-2]


def revision() -> str:
    with db.engine.connect() as connection:
        return str(MigrationContext.configure(connection).get_current_revision())


def schema() -> list[str]:
    """Every table, column, constraint, index, trigger and function, in words."""
    with db.engine.connect() as connection:
        found = connection.execute(text(SCHEMA[connection.dialect.name].replace(":r", r"\:r")))
        return sorted(repr(tuple(row)) for row in found)
