"""Migrations killed at any point: the old shape or the new one, never half; a copy is made before."""

import os
from pathlib import Path

import pytest
from alembic.runtime.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from tests.crash.child import alone
from tests.crash.results import keep
from tests.databases import ROOT, Ground, let_go
from vouchers.db.base import db
from vouchers.db.shape import wrong_shape

MIGRATIONS = ROOT / "migrations"
STEPS_BACK = 4
IS_FULL = os.environ.get("SIEGE") == "full"
POINTS = {
    "migration.statement:kill:1": False,
    "migration.statement:kill:9": False,
    "migration.step:kill:1": False,
    "migration.step:kill:3": False,
    "migration.before-commit": False,
    "migration.after-commit": True,
}
SMOKE = {"migration.step:kill:3", "migration.after-commit"}


@pytest.mark.database
@pytest.mark.parametrize("fault", POINTS if IS_FULL else sorted(SMOKE))
def test_a_killed_migration_is_done_or_not_and_runs_through_the_next_time(
    app: Flask, database: Ground, fault: str
) -> None:
    newest = revision()
    db.session.remove()
    let_go(app)
    downgrade(directory=str(MIGRATIONS), revision=f"-{STEPS_BACK}")
    older, before = revision(), tables()

    assert alone(app, lambda: upgrade(directory=str(MIGRATIONS)), fault).is_killed

    if POINTS[fault]:
        assert revision() == newest
    else:
        assert (revision(), tables()) == (older, before)
        assert "flask prepare" in wrong_shape(db.engine, MIGRATIONS)
    let_go(app)
    upgrade(directory=str(MIGRATIONS))
    assert wrong_shape(db.engine, MIGRATIONS) == ""
    keep("kills-of-migrations", f"{db.engine.dialect.name} {fault}", {"done": POINTS[fault], "half done": 0})
    let_go(app)


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


def tables() -> set[str]:
    """Every table with its columns."""
    found = inspect(db.engine)
    return {f"{name}.{column['name']}" for name in found.get_table_names() for column in found.get_columns(name)}
