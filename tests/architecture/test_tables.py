"""Foreign keys go down the ladder; a string key would slip past the import checker."""

from tests.architecture.ladder import homes, rungs, tables

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


def _may_look_at(upper: str, lower: str) -> bool:
    return upper == lower or rungs()[lower] < rungs()[upper]
