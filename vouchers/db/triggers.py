"""Trigger files of the migrations: one per dialect, statements parted by lines of `--;;`."""

from pathlib import Path

from sqlalchemy.engine import Connection

_FOLDER = Path(__file__).parents[2] / "migrations" / "sql"


def run(connection: Connection, name: str) -> None:
    """Run the statements of `migrations/sql/<name>.<dialect>.sql`; no such file means nothing to do there."""
    path = _FOLDER / f"{name}.{connection.dialect.name}.sql"
    if not path.exists():
        return
    for statement in path.read_text().split("--;;"):
        if statement.strip():
            connection.exec_driver_sql(statement)
