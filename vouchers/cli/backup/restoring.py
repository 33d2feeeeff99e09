"""Restoring a backup: only into an empty place, onto either kind of database, and nothing leaves the house at first."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url

from vouchers.accounts import services as accounts
from vouchers.audit import services as audit
from vouchers.audit.verify import of_all
from vouchers.cli.backup import manifest, rows
from vouchers.cli.backup.manifest import DATABASE, FILES, HEADS, ROWS, Manifest, Unusable
from vouchers.config import Settings
from vouchers.db.base import WRITE, db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command

Found = tuple[str, str, str]


def check(folder: Path, settings: Settings, migrations: Path) -> Manifest:
    """The manifest of a backup that is whole, of a shape we know, and of our keys; Unusable says all that is wrong."""
    found = manifest.read(folder)
    wrong = list(manifest.problems(folder))
    if found.database == "sqlite" and not wrong:
        wrong += _unsound(folder / DATABASE)
    known = {script.revision for script in ScriptDirectory(str(migrations)).walk_revisions()}
    if found.revision not in known:
        wrong.append(f"备份的结构 {found.revision} 比本版程序新：请用做备份的那一版或更新的程序恢复")
    ours = manifest.fingerprints(settings)
    wrong += [
        f"{name} 不是备份时的密钥：请把另行保存的密钥放回（环境变量 {name} 或 {settings.instance / name.lower()}）"
        for name, print_then in sorted(found.keys.items())
        if ours.get(name) != print_then
    ]
    if wrong:
        raise Unusable("\n".join(wrong))
    return found


def restore(app: Flask, folder: Path, *, accept_lost: bool, at: datetime) -> Manifest:
    """Put a checked backup into the empty place that the settings name, and start in the mode after a restore."""
    settings: Settings = app.config["SETTINGS"]
    migrations = Path(app.extensions["migrate"].directory)
    found = check(folder, settings, migrations)
    if found.lost and not accept_lost:
        raise Unusable(
            f"做备份时已缺少或损坏 {len(found.lost)} 份原件：{'、'.join(found.lost[:5])}。"
            "请先找回；确认找不回的，加 --accept-lost 恢复其余内容"
        )
    _confirm_empty(settings)
    if found.database == "sqlite" and settings.is_sqlite:
        _put_file(folder / DATABASE, Path(str(make_url(settings.database_url).database)))
    else:
        _load_rows(folder, found, migrations)
    _copy_tree(folder / FILES, settings.instance / FILES)
    _copy_tree(folder / HEADS, settings.instance / HEADS)
    upgrade(directory=str(migrations))
    with transaction():
        accounts.end_all_sessions(at=at)
        made_at = datetime.fromisoformat(found.made_at)
        audit.begin_restoration(made_at, found.audit_seq, actor=command("backup restore"), at=at)
    return found


def findings(app: Flask) -> Iterator[Found]:
    """What does not hold of the restored data, as `flask ledger verify` and `flask audit verify` say it."""
    return of_all(app.extensions["verifiers"])


def _confirm_empty(settings: Settings) -> None:
    if inspect(db.engine).get_table_names():
        way = "请把 INSTANCE_PATH 指向新目录" if settings.is_sqlite else "请新建一个空库并把 DATABASE_URL 指向它"
        raise Unusable(f"数据库里已有内容，恢复不会覆盖它：{way}，或先把现有数据移走")
    files = settings.instance / FILES
    if files.is_dir() and any(files.iterdir()):
        raise Unusable(f"{files} 里已有原件，恢复不会覆盖它们：请把 INSTANCE_PATH 指向新目录，或先把它移走")


def _unsound(database: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
            found += [f"外键 {row[0]}/{row[1]}" for row in connection.execute("PRAGMA foreign_key_check")]
        except sqlite3.DatabaseError as error:
            found = [str(error)]
    return [f"{DATABASE} 不完好：{one}" for one in found]


def _put_file(copy: Path, place: Path) -> None:
    db.engine.dispose()
    for part in ("", "-wal", "-shm"):
        place.with_name(place.name + part).unlink(missing_ok=True)
    coming = place.with_name(f"{place.name}.part")
    shutil.copyfile(copy, coming)
    coming.replace(place)


def _load_rows(folder: Path, found: Manifest, migrations: Path) -> None:
    """Make the shape the backup has, fill it row by row, and compare what came out."""
    upgrade(directory=str(migrations), revision=found.revision)
    with db.engine.connect().execution_options(**{WRITE: True}) as target, target.begin():
        if target.dialect.name == "postgresql":
            target.execute(text("SET LOCAL statement_timeout = 0"))
        with _source(folder, found) as source:
            unequal = rows.load(source, target)
        if unequal:
            raise Unusable(f"写入后与备份不一致的表：{'、'.join(unequal)}。没有写入任何内容，请报告维护者")


@contextmanager
def _source(folder: Path, found: Manifest) -> Iterator[rows.Source]:
    if found.database == "postgresql":
        yield rows.FolderSource(folder / ROWS)
        return
    engine = create_engine(f"sqlite:///{folder / DATABASE}")
    try:
        with engine.connect() as connection:
            yield rows.DatabaseSource(connection, rows.tables(connection))
    finally:
        engine.dispose()


def _copy_tree(source: Path, place: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, place, dirs_exist_ok=True)
