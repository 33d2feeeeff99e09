"""Whether the tables are of the shape this code was written for: neither behind, nor newer, nor half."""

from collections import defaultdict
from functools import cache
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from vouchers.db.base import Base

_COLUMNS = {
    "sqlite": "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'",
    "postgresql": "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema()",
}


def wrong_shape(engine: Engine, migrations: Path) -> str:
    """What is wrong with the shape, as a sentence with its mend; empty when it is right."""
    newest, known = _written(migrations)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
        if not set(current) <= known:
            return (
                f"数据库的结构（{'、'.join(current)}）比本程序（{newest}）新，为免写坏数据没有启动："
                "请换用升级后的程序，或恢复升级前的备份"
            )
        if not current:
            return "数据库还没有建表（空库）：请执行 flask prepare 或 flask db upgrade，PostgreSQL 上由表的所有者执行"
        if current != (newest,):
            return (
                f"数据库的结构（{'、'.join(current)}）不是本程序需要的 {newest}："
                "请先备份，再执行 flask prepare 或 flask db upgrade"
            )
        missing = _missing(connection)
    if missing:
        return f"数据库的结构不完整，缺少 {'、'.join(missing)}：请停止使用，从备份恢复"
    return ""


@cache
def _written(migrations: Path) -> tuple[str | None, frozenset[str]]:
    """The newest revision of this code and all it knows; its files do not change while it runs."""
    scripts = ScriptDirectory(str(migrations))
    return scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())


def _missing(connection: Connection) -> list[str]:
    """Tables and columns that the models name and the database lacks."""
    found: dict[str, set[str]] = defaultdict(set)
    for table, column in connection.execute(text(_COLUMNS[connection.dialect.name])):
        found[table].add(column)
    return [
        name if name not in found else f"{name}.{column}"
        for name, table in Base.metadata.tables.items()
        for column in ({""} if name not in found else {one.name for one in table.columns} - found[name])
    ]
