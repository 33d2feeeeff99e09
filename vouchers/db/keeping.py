"""A copy of the SQLite file before its shape is changed."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

FOLDER = "before-migration"
KEEP = 5


def copy_before_migration(engine: Engine, revision: str) -> Path | None:
    """Copy the whole database beside itself, readable by its owner only; the newest five copies stay.

    Nothing to copy gives None. A copy that cannot be made is raised: then nothing is migrated either.
    """
    if engine.dialect.name != "sqlite" or not engine.url.database or not Path(engine.url.database).exists():
        return None
    file = Path(engine.url.database)
    folder = file.parent / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    number = max((int(old.name.split("-")[0]) for old in folder.glob("*.db")), default=0) + 1
    kept, part = folder / f"{number:04d}-{revision}.db", folder / ".part"
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.replace(kept)
    for old in sorted(folder.glob("*.db"))[:-KEEP]:
        old.unlink()
    return kept
