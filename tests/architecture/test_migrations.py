"""Migrations: one line of numbered steps, up and down on both databases, without drift."""

import ast
import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, text

from tests.architecture.ladder import homes
from vouchers.db.base import Base, db

MIGRATIONS = Path(__file__).parents[2] / "migrations"
NUMBERED = re.compile(r"^\d{4}_[a-z0-9_]+$")
APPEND_ONLY_SLICES = frozenset({"ledger", "audit"})

SHAPES = {
    "sqlite": "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name",
    "postgresql": """
        SELECT 'column' AS type, table_name || '.' || column_name AS name,
               concat_ws(' ', data_type, is_nullable, column_default, character_maximum_length) AS shape
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        ORDER BY 1, 2, 3""",
}


def test_there_is_one_head_and_the_head_file_names_it() -> None:
    heads = _scripts().get_heads()

    assert len(heads) == 1
    assert (MIGRATIONS / "HEAD").read_text().strip() == heads[0]


def test_revisions_are_numbered_without_gaps_and_named_like_their_files() -> None:
    revisions = list(_scripts().walk_revisions())[::-1]

    names = [script.revision for script in revisions]
    assert all(NUMBERED.match(name) for name in names)
    assert [Path(script.path).stem for script in revisions] == names
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_no_step_rebuilds_a_table_of_ledger_or_audit() -> None:
    """A batch on SQLite copies the table and drops the old one, triggers and all."""
    frozen = {name for name, home in homes().items() if home in APPEND_ONLY_SLICES}

    rebuilt = [
        f"{path.name}:{block.lineno} {table}"
        for path in (MIGRATIONS / "versions").glob("*.py")
        for block in ast.walk(ast.parse(path.read_text()))
        if isinstance(block, ast.With) and (table := _batch_table(block)) in frozen and not _only_indexes(block)
    ]
    assert not rebuilt


@pytest.mark.database
def test_the_migrated_schema_is_what_the_models_say(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})

        drift = compare_metadata(context, Base.metadata)

    assert not drift


@pytest.mark.owner
@pytest.mark.database
def test_down_and_up_again_gives_the_same_schema(app: Flask) -> None:
    before = _shape()

    db.engine.dispose()
    downgrade(directory=str(MIGRATIONS), revision="base")
    emptied = _shape()
    upgrade(directory=str(MIGRATIONS))

    assert [name for kind, name, _ in emptied if kind in {"table", "column", "trigger"} and "alembic" not in name] == []
    assert _shape() == before


def _batch_table(block: ast.With) -> str:
    opened = block.items[0].context_expr
    if isinstance(opened, ast.Call) and ast.unparse(opened.func) == "op.batch_alter_table":
        return str(ast.literal_eval(opened.args[0]))
    return ""


def _only_indexes(block: ast.With) -> bool:
    calls = [node.func for line in block.body for node in ast.walk(line) if isinstance(node, ast.Call)]
    acts = {call.attr for call in calls if isinstance(call, ast.Attribute)}
    return acts <= {"create_index", "drop_index", "f"}


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


def _shape() -> list[tuple[str, str, str]]:
    with db.engine.connect() as connection:
        return _rows(connection)


def _rows(connection: Connection) -> list[tuple[str, str, str]]:
    rows = connection.execute(text(SHAPES[connection.dialect.name])).all()
    return [(str(kind), str(name), " ".join(str(shape).split())) for kind, name, shape in rows]
