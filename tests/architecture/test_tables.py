"""Foreign keys go down the ladder; a string key would slip past the import checker."""

import ast
from pathlib import Path

from tests.architecture.ladder import homes, rungs, tables
from vouchers.db.base import Base, Passing

SOURCE = Path(__file__).parents[2] / "vouchers"

NAME_LENGTH = 30  # the shortest limit among the databases we mean to reach


def test_every_table_has_one_home() -> None:
    homeless = tables().keys() - homes().keys()

    assert not homeless


def test_foreign_keys_go_down_the_ladder() -> None:
    upward = [
        f"{table.name} ({homes()[table.name]}) → {key.column.table.name} ({homes()[key.column.table.name]})"
        for table in tables().values()
        for key in table.foreign_keys
        if not _may_look_at(homes()[table.name], homes()[key.column.table.name])
    ]

    assert not upward


def test_table_names_fit_every_database() -> None:
    long = [name for name in tables() if len(name) > NAME_LENGTH]

    assert not long


def test_no_amount_is_a_float() -> None:
    floats = [
        f"{table.name}.{column.name}: {column.type!r}"
        for table in tables().values()
        for column in table.columns
        if type(column.type).__name__ in {"Float", "Double", "REAL", "DOUBLE_PRECISION", "Numeric"}
    ]

    assert not floats


def test_rows_are_removed_by_statement_only_where_they_may_go() -> None:
    """On PostgreSQL nobody else is given the right to (`db.grants`); what the ORM removes is watched in every test."""
    passing = {mapper.class_.__name__ for mapper in Base.registry.mappers if issubclass(mapper.class_, Passing)}
    removed = {
        call.args[0].id
        for path in SOURCE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "delete"
        and isinstance(call.args[0], ast.Name)
    }

    assert len(removed) > 3
    assert removed - passing == {"AuditEvent"}  # `flask audit purge`, which the owner runs


def _may_look_at(upper: str, lower: str) -> bool:
    return upper == lower or rungs()[lower] < rungs()[upper]
