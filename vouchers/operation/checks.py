"""What `flask doctor` looks at: each check names a thing, says what it is, and how to mend it."""

import ctypes
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, inspect, select, text

from vouchers.audit import heads, mark
from vouchers.audit.models import AuditEvent
from vouchers.config import Environment, Settings
from vouchers.db import grants
from vouchers.db.base import db, has_wal_reset_bug
from vouchers.db.fitness import unwritable
from vouchers.db.shape import wrong_shape
from vouchers.db.soundness import MOST_JOURNAL, journal_bytes, unsound
from vouchers.documents.fonts import fonts_state
from vouchers.jobs.models import Job
from vouchers.jobs.rules import is_jump
from vouchers.jobs.services import last_day
from vouchers.jobs.worker import DAILY
from vouchers.kernel.clock import beijing_date
from vouchers.policy.calendar import published_calendar

OLDEST_POSTGRESQL = (15, 0)
LEAST_FREE_BYTES = 2**30
CLOCK_SLACK = timedelta(seconds=5)
HEAD_SLACK = timedelta(days=2)
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "glusterfs", "ceph"})
SQLITE_PRAGMAS = {
    "journal_mode": {"wal", "truncate"},
    "synchronous": {"2"},
    "foreign_keys": {"1"},
    "recursive_triggers": {"1"},
    "trusted_schema": {"0"},
}
POSTGRESQL_SETTINGS = {"synchronous_commit": {"on"}, "fsync": {"on"}, "full_page_writes": {"on"}, "TimeZone": {"UTC"}}


class Level(StrEnum):
    """How bad it is: a finding must be mended, a note is worth knowing."""

    GOOD = "good"
    NOTE = "note"
    FINDING = "finding"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    value: str
    level: Level = Level.GOOD
    message: str = ""


def examine(settings: Settings, migrations: Path, *, at: datetime) -> Iterator[Check]:
    """Everything, in reading order; a check that cannot be made is a finding itself."""
    checks: tuple[tuple[str, Callable[[], Iterator[Check]]], ...] = (
        ("Python", _python),
        ("数据库", lambda: _database(settings)),
        ("迁移", lambda: _migrations(migrations)),
        ("完好", lambda: _soundness(settings)),
        ("PDF", _papers),
        ("权限", lambda: _rights(settings.instance)),
        ("磁盘", lambda: _disk(settings.instance)),
        ("时钟", lambda: _clock(at)),
        ("链头", lambda: _heads(settings, at)),
        ("按日办理", lambda: _sweeps(at)),
        ("工作日历", lambda: _calendar(at)),
        ("设置", lambda: _settings(settings)),
    )
    for name, check in checks:
        try:
            yield from check()
        except Exception as error:  # noqa: BLE001  one broken part must not hide the others
            db.session.rollback()  # else PostgreSQL refuses the next one too
            words = str(getattr(error, "orig", error)).partition("\n")[0]
            yield Check(name, "未能检查", Level.FINDING, f"{type(error).__name__}: {words}")


def _python() -> Iterator[Check]:
    yield Check("Python", ".".join(map(str, sys.version_info[:3])))


def _database(settings: Settings) -> Iterator[Check]:
    with db.engine.connect() as connection:
        yield from _sqlite(connection) if settings.is_sqlite else _postgresql(connection)
        if not settings.is_sqlite:
            yield _role(connection, settings)


def _sqlite(connection: Connection) -> Iterator[Check]:
    yield Check("SQLite", sqlite3.sqlite_version)
    if has_wal_reset_bug(sqlite3.sqlite_version_info):
        yield Check(
            "SQLite WAL",
            "含 WAL-reset 缺陷的版本",
            Level.NOTE,
            "本系统把提交与检查点放在同一把锁内，不受影响；运行期间请勿用其他工具写入数据库文件",
        )
    found = {name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()).lower() for name in SQLITE_PRAGMAS}
    yield _in_force("PRAGMA", found, SQLITE_PRAGMAS)


def _postgresql(connection: Connection) -> Iterator[Check]:
    version = connection.dialect.server_version_info or (0,)
    is_old = version < OLDEST_POSTGRESQL
    yield Check(
        "PostgreSQL",
        ".".join(map(str, version)),
        Level.FINDING if is_old else Level.GOOD,
        "请升级到 PostgreSQL 15 或更新版本" if is_old else "",
    )
    shown = {name: str(connection.execute(text(f"SHOW {name}")).scalar()) for name in POSTGRESQL_SETTINGS}
    yield _in_force("PostgreSQL 设置", shown, POSTGRESQL_SETTINGS)
    if connection.execute(text("SHOW data_checksums")).scalar() != "on":
        yield Check("PostgreSQL 校验和", "off", Level.NOTE, "建议启用：停库后执行 pg_checksums --enable")


def _role(connection: Connection, settings: Settings) -> Check:
    """Whoever owns the tables can take their guards away: in production the product runs as somebody else."""
    found = grants.standing(connection)
    if found.is_master:
        is_open = settings.environment is Environment.PRODUCTION
        words = "这个角色拥有表，能去掉保护账本和留痕的触发器：另建一个角色，执行 flask grant-app，服务改用它"
        return Check("数据库角色", found.role, Level.FINDING if is_open else Level.NOTE, words)
    wrong = [
        f"{word}（{grants.told(rights)}）"
        for word, rights in (("缺少", found.missing), ("多出", found.excess))
        if rights
    ]
    mend = f"权限{'，'.join(wrong)}：请用表的所有者执行 flask grant-app {found.role}"
    return _held_against("数据库角色", found.role, mend if wrong else "")


def _in_force(name: str, found: dict[str, str], wanted: dict[str, set[str]]) -> Check:
    wrong = [
        f"{key} 应为 {'或'.join(sorted(wanted[key]))}，现为 {found[key]}"
        for key in wanted
        if found[key] not in wanted[key]
    ]
    shown = "，".join(f"{key}={value}" for key, value in found.items())
    return Check(name, shown, Level.FINDING if wrong else Level.GOOD, "；".join(wrong))


def _migrations(folder: Path) -> Iterator[Check]:
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    yield _held_against("迁移", current or "空库", wrong_shape(db.engine, folder))


def _soundness(settings: Settings) -> Iterator[Check]:
    yield _held_against("数据目录", str(settings.instance), unwritable(settings.instance, db.engine))
    if not settings.is_sqlite:
        return
    yield _held_against("数据库文件", "逐页检查", unsound(db.engine))
    yield _held_against("留痕", "与上次提交相符", mark.lost(db.engine))
    size = journal_bytes(db.engine)
    is_long = size > MOST_JOURNAL
    message = "日志文件超过 64 MiB：有长时间的读取没有结束（导出、备份、外部工具），结束后会自动收回" if is_long else ""
    yield Check("日志文件", f"{size / 2**20:.1f} MiB", Level.NOTE if is_long else Level.GOOD, message)


def _held_against(name: str, value: str, problem: str) -> Check:
    return Check(name, value, Level.FINDING if problem else Level.GOOD, problem)


def _heads(settings: Settings, at: datetime) -> Iterator[Check]:
    """Since when the audit chain is not anchored; an installation that never signed is told how."""
    newest = next(heads.kept(settings), None)
    if newest is None:
        yield Check("链头", "未签署", Level.NOTE, "整条留痕被改写将无法发现：执行 flask audit export-head 并另处保存")
        return
    is_old = at - newest.instant > HEAD_SLACK
    words = "已多日没有签署：请确认后台任务在运行（flask jobs daily）" if is_old else ""
    yield Check("链头", f"第 {newest.seq} 条，{newest.at}", Level.NOTE if is_old else Level.GOOD, words)


def _papers() -> Iterator[Check]:
    yield Check("Pango", _library_version("libpango-1.0.so.0", "pango_version_string"))
    yield Check("HarfBuzz", _library_version("libharfbuzz.so.0", "hb_version_string"))
    state = fonts_state()
    serves = bool(state.files) and state.has_subsetter
    level = Level.GOOD if state.is_good else Level.NOTE if serves else Level.FINDING
    yield Check("凭证字体", state.family or "无", level, state.problem)


def _library_version(library: str, function: str) -> str:
    call = getattr(ctypes.CDLL(library), function)
    call.restype = ctypes.c_char_p
    return str(call().decode())


def _rights(instance: Path) -> Iterator[Check]:
    mode = stat.S_IMODE(instance.stat().st_mode)
    if mode & 0o022:
        yield Check("目录权限", f"{mode:04o}", Level.FINDING, f"其他用户可写：请执行 chmod go-w {instance}")
    else:
        yield Check("目录权限", f"{mode:04o}")
    for name in ("secret_key", "data_key", heads.KEY_FILE):
        path = instance / name
        if path.exists():
            mode = stat.S_IMODE(path.stat().st_mode)
            is_open = bool(mode & 0o077)
            message = f"密钥可被他人读取：请执行 chmod 600 {path}" if is_open else ""
            yield Check(name, f"{mode:04o}", Level.FINDING if is_open else Level.GOOD, message)
    if (kind := _file_system(instance)) in NETWORK_FILE_SYSTEMS:
        yield Check("文件系统", kind, Level.FINDING, "网络文件系统上的锁不可靠：请把 instance/ 放在本机磁盘上")


def _file_system(path: Path) -> str:
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return ""
    fields = [line.split() for line in mounts.read_text().splitlines()]
    above = [(point, kind) for _, point, kind, *_ in fields if path.resolve().is_relative_to(point)]
    return max(above, key=lambda mount: len(mount[0]))[1] if above else ""


def _disk(instance: Path) -> Iterator[Check]:
    free = shutil.disk_usage(instance).free
    is_short = free < LEAST_FREE_BYTES
    message = f"所剩空间不足 {LEAST_FREE_BYTES / 2**30:.0f} GiB：请清理或扩容" if is_short else ""
    yield Check("磁盘", f"剩余 {free / 2**30:.1f} GiB", Level.FINDING if is_short else Level.GOOD, message)


def _clock(at: datetime) -> Iterator[Check]:
    newest = None
    if inspect(db.engine).has_table(AuditEvent.__tablename__):
        newest = db.session.scalar(select(func.max(AuditEvent.at)))
    is_behind = newest is not None and at + CLOCK_SLACK < newest
    message = f"早于最近一条留痕（{newest:%Y-%m-%d %H:%M:%S} UTC）：请校准本机时钟" if is_behind else ""
    yield Check("时钟", f"{at:%Y-%m-%d %H:%M:%S} UTC", Level.FINDING if is_behind else Level.GOOD, message)


def _sweeps(at: datetime) -> Iterator[Check]:
    last = last_day(DAILY) if inspect(db.engine).has_table(Job.__tablename__) else None
    is_held = is_jump(last, beijing_date(at))
    message = "相隔超过一天，按日办理已停：先核对时钟，无误后执行 flask jobs daily --confirm-jump" if is_held else ""
    yield Check("按日办理", last.isoformat() if last else "尚未", Level.FINDING if is_held else Level.GOOD, message)


def _calendar(at: datetime) -> Iterator[Check]:
    years = published_calendar().known_years
    this_year = beijing_date(at).year
    is_unknown = this_year not in years
    message = (
        f"没有 {this_year} 年的放假安排：期限只能按周末推算并标为暂定。请在 seeds/calendars/ 写入国务院公布的安排"
        if is_unknown
        else ""
    )
    yield Check("工作日历", f"已知至 {max(years)} 年", Level.FINDING if is_unknown else Level.GOOD, message)


def _settings(settings: Settings) -> Iterator[Check]:
    yield Check("运行环境", settings.environment.value)
    if settings.environment is not Environment.PRODUCTION:
        return
    if settings.allow_http:
        yield Check("ALLOW_HTTP", "1", Level.FINDING, "生产环境不应允许 http：请删除此设置并配置 https")
    if not settings.trusted_proxies and settings.public_url.startswith("https://"):
        words = "https 由反向代理提供；不设时所有人算作同一来源，共用次数限制，并能看 /metrics：请设为代理的层数"
        yield Check("TRUSTED_PROXIES", "0", Level.FINDING, words)
    for name in ("AUTHORITY", "CONTACT", "SITE_IDS"):
        if settings.sources.get(name) == "default":
            yield Check(name, "示例值", Level.FINDING, f"页脚会显示示例文字：请设置 {name}")
