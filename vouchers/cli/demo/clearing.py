"""Clearing: books and log are never deleted from, so a whole development database makes room for an empty one."""

from datetime import datetime
from pathlib import Path

from flask import current_app
from flask_migrate import upgrade
from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url

from vouchers.accounts.demonstration import FILE
from vouchers.audit import mark
from vouchers.audit.heads import FOLDER as HEADS
from vouchers.config import Settings
from vouchers.db.base import db

_JOURNALS = ("", "-wal", "-shm", mark.ENDING)


def consequence(settings: Settings) -> str:
    """What clearing does on this installation, in words."""
    if settings.is_sqlite:
        return f"数据库文件 {_file(settings)} 将移到旁边留存，再建一个空库。"
    return "PostgreSQL 库里的全部表将被删除，再建空表；请先备份。"


def clear(settings: Settings, *, at: datetime) -> str:
    """Put an empty database in place; returns what was done, in words."""
    if settings.is_sqlite:
        kept = _move_aside(_file(settings), at)
        done = f"已清除。原数据库留在 {kept}，不再需要时可删除；现在是空库。"
    else:
        _drop_everything()
        done = "已清除：全部表已删除并重建，现在是空库。"
    upgrade(directory=current_app.extensions["migrate"].directory)
    (settings.instance / FILE).unlink(missing_ok=True)
    for head in (settings.instance / HEADS).glob("*.json"):
        head.unlink()  # of the chain that is gone
    return done


def _file(settings: Settings) -> Path:
    return Path(make_url(settings.database_url).database or "")


def _move_aside(file: Path, at: datetime) -> Path:
    """Move the file with its journals; whoever still has it open keeps the old one."""
    db.session.remove()
    db.engine.dispose()  # the last connection to close writes the journal back
    kept = file.with_name(f"{file.name}.cleared-{at:%Y%m%dT%H%M%SZ}")
    for ending in _JOURNALS:
        journal = file.with_name(file.name + ending)
        if journal.exists():
            journal.replace(kept.with_name(kept.name + ending))
    return kept


def _drop_everything() -> None:
    db.session.remove()
    with db.engine.begin() as connection:
        schema = inspect(connection).default_schema_name or "public"
        connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))
    db.engine.dispose()
