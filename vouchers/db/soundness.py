"""Whether the SQLite file is whole, and whether anything may be written beside it."""

import sqlite3
from pathlib import Path
from time import monotonic

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

MOST_JOURNAL = 64 * 2**20
_STEPS = 100_000  # of SQLite's machine between two looks at the time
_RESTORE = "请停止使用，保留现场（连同 -wal、-shm 文件），从最近的备份恢复后再启动"


def unsound(engine: Engine, *, seconds: float | None = None) -> str:
    """What is damaged in the file, as a sentence with its mend; looks no longer than so many seconds, if given."""
    if engine.dialect.name != "sqlite" or not engine.url.database or not Path(engine.url.database).exists():
        return ""
    try:
        connection = engine.raw_connection()
    except (sqlite3.Error, DBAPIError) as error:
        return f"打不开数据库文件 {engine.url.database}（{error}）：{_RESTORE}"
    driver = connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError(type(driver))
    deadline = None if seconds is None else monotonic() + seconds
    driver.set_progress_handler(lambda: int(deadline is not None and monotonic() > deadline), _STEPS)
    try:
        found = [str(row[0]) for row in driver.execute("PRAGMA quick_check(3)")]
    except sqlite3.OperationalError as error:
        found = ["ok"] if "interrupted" in str(error) else [str(error)]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    finally:
        driver.set_progress_handler(None, 0)
        connection.close()
    if found == ["ok"]:
        return ""
    return f"数据库文件 {engine.url.database} 已损坏（{found[0]}）：{_RESTORE}"


def journal_bytes(engine: Engine) -> int:
    """How large the journal beside the file is."""
    journal = Path(f"{engine.url.database}-wal")
    return journal.stat().st_size if engine.dialect.name == "sqlite" and journal.exists() else 0
