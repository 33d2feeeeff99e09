"""Making a backup while everybody works: first one moment of the database, then the originals it refers to."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text

from vouchers.cli.backup import manifest, rows
from vouchers.cli.backup.manifest import DATABASE, FILES, HEADS, ROWS, Manifest, Unusable
from vouchers.config import Settings
from vouchers.db.base import db
from vouchers.files.store import BlobStore, DamagedFile
from vouchers.kernel.errors import NotFound
from vouchers.operation.settings import SECRET, shown

_OWNER_ONLY = 0o700
_NOT_MOVED = SECRET | {"DATABASE_URL"}


@dataclass(frozen=True, slots=True)
class _Moment:
    """What one moment of the database says of itself."""

    revision: str
    audit_seq: int
    audit_hash: str
    transfers: int
    originals: list[str]


def make(settings: Settings, target: Path, *, at: datetime, like: Path | None = None) -> Manifest:
    """Write a whole backup to a new folder; originals that `like`, an earlier backup, holds are linked, not copied."""
    if target.exists() and any(target.iterdir()):
        raise Unusable(f"{target} 不是空目录：每份备份用一个新目录，例如 {target}-{at:%Y%m%d}")
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=_OWNER_ONLY, parents=True)
    if (heads := settings.instance / HEADS).is_dir():
        shutil.copytree(heads, part / HEADS)  # before the data, so that the chain reaches every head
    moment = _sqlite_moment(part) if settings.is_sqlite else _postgresql_moment(part)
    lost = list(_copy_originals(moment.originals, BlobStore(settings.instance / FILES), part, like))
    made = Manifest(
        made_at=at.isoformat(),
        revision=moment.revision,
        database="sqlite" if settings.is_sqlite else "postgresql",
        audit_seq=moment.audit_seq,
        audit_hash=moment.audit_hash,
        transfers=moment.transfers,
        originals=len(moment.originals),
        lost=lost,
        keys=manifest.fingerprints(settings),
        settings={name: shown(settings, name) for name in settings.sources if name not in _NOT_MOVED},
    )
    made.write(part)
    manifest.write_sums(part)
    _to_disk(part)
    part.replace(target)
    return made


def _to_disk(part: Path) -> None:
    """Have everything that was written reach the disk before the backup gets its name."""
    for path in (*part.rglob("*"), part):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sqlite_moment(part: Path) -> _Moment:
    """A copy by SQLite itself: writers go on beside it in the journal, and the copy is one moment."""
    source = db.engine.raw_connection()
    try:
        with closing(sqlite3.connect(part / DATABASE)) as copy:
            source.driver_connection.backup(copy)  # type: ignore[union-attr]
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a journal beside it
    finally:
        source.close()
    engine = create_engine(f"sqlite:///{part / DATABASE}")
    try:
        with engine.connect() as connection:
            return _moment(connection)
    finally:
        engine.dispose()


def _postgresql_moment(part: Path) -> _Moment:
    """All rows as one transaction sees them; nobody waits for it."""
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(text(f"SET LOCAL {limit} = 0"))
        found = _moment(connection)
        rows.write_folder(rows.DatabaseSource(connection, rows.tables(connection)), part / ROWS)
        return found


def _moment(connection: Connection) -> _Moment:
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        raise Unusable("数据库还没有建表：没有可以备份的内容，请先执行 flask db upgrade")
    head = connection.execute(text("SELECT seq, hash FROM audit_head WHERE id = 1")).one_or_none()
    seq, own_hash = (0, "") if head is None else (head.seq, head.hash)
    transfers = connection.execute(text("SELECT count(*) FROM transfers")).scalar_one()
    originals = connection.execute(text("SELECT DISTINCT sha256 FROM stored_files ORDER BY sha256")).scalars()
    return _Moment(revision, seq, own_hash, transfers, list(originals))


def _copy_originals(originals: list[str], store: BlobStore, part: Path, like: Path | None) -> Iterator[str]:
    """Copy what the moment refers to; yields what is lost or damaged."""
    copied = BlobStore(part / FILES)
    earlier = BlobStore(like / FILES) if like else None
    for sha256 in originals:
        path = copied.path(sha256)
        path.parent.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        if earlier and earlier.path(sha256).is_file():
            path.hardlink_to(earlier.path(sha256))
            continue
        try:
            path.write_bytes(store.read(sha256))
        except (NotFound, DamagedFile):
            yield sha256
