"""The mark beside the SQLite file: how far the chain had come. A journal that was cut or deleted leaves no other trace.

It is written after each commit, without waiting for the disk, so it is never ahead of what was durable.
"""

import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from vouchers.audit.models import AuditHead
from vouchers.audit.services import LAST_SEQ

ENDING = ".seq"
_DIGITS = 20


def leave(session: Session) -> None:
    """Write down the number of the newest event, after the commit; a disk that is full is no reason to fail now."""
    seq, engine = session.info.pop(LAST_SEQ, None), session.get_bind()
    path = _path(engine) if isinstance(engine, Engine) else None
    if seq is None or path is None:
        return
    with suppress(OSError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(handle, f"{seq:0{_DIGITS}d}\n".encode(), 0)
        finally:
            os.close(handle)


def lost(engine: Engine) -> str:
    """What is missing of the chain, as a sentence with its mend; empty when the database is as new as its mark."""
    path = _path(engine)
    if path is None or not path.exists():
        return ""
    text = path.read_text(errors="replace").strip()
    with engine.connect() as connection:
        seq = connection.scalar(select(AuditHead.seq)) or 0
    if not text.isdigit() or int(text) <= seq:
        return ""
    return (
        f"数据库只到第 {seq} 条留痕，而曾经提交到第 {int(text)} 条：日志文件（-wal）被截断或删除，或放回了较早的文件。"
        f"请停止使用，找回 -wal 或从备份恢复；若确是有意恢复较早的备份，删除 {path} 后再启动"
    )


def _path(engine: Engine) -> Path | None:
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    return Path(f"{engine.url.database}{ENDING}")
