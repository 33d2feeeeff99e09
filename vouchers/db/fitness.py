"""What must hold before anything is served or worked off: a folder to write into, a whole database, the right shape."""

import os
import pwd
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, ProgrammingError

from vouchers.db.base import db
from vouchers.db.grants import is_refused, lacking
from vouchers.db.shape import wrong_shape
from vouchers.db.soundness import unsound

LOOK_SECONDS = 1.0  # a start is quick; `flask doctor` looks at every page
MORE: list[Callable[[Engine], str]] = []  # what slices above want looked at; the factory adds it


def unfit(app: Flask) -> str:
    """Why this installation must not be written to, as a sentence with its mend; empty when it may."""
    with app.app_context():
        try:
            return (
                unwritable(Path(app.instance_path), db.engine)
                or unsound(db.engine, seconds=LOOK_SECONDS)
                or wrong_shape(db.engine, Path(app.extensions["migrate"].directory))
                or lacking(db.engine)
                or next(filter(None, (look(db.engine) for look in MORE)), "")
            )
        except OperationalError as error:
            return f"连不上数据库（{error.orig}）：请检查 DATABASE_URL 和数据库服务"
        except ProgrammingError as error:
            if not is_refused(error):
                raise
            return f"数据库不让这个角色读表（{error.orig}）：请用表的所有者执行 flask grant-app"
        finally:
            db.engine.dispose()


def unwritable(folder: Path, engine: Engine) -> str:
    """Why data cannot be kept here, as a sentence with its mend; empty when it can."""
    if stat.S_IMODE(folder.stat().st_mode) & stat.S_IWOTH:
        return f"所有用户都能写数据目录 {folder}：请执行 chmod o-w {folder}"
    for place in (folder, folder / "files"):
        if place.exists() and (why := _cannot_write(place)):
            return f"数据目录 {place} 不能写入（{why}）：请执行 chown -R {_name(os.geteuid())} {folder}，或检查挂载方式"
    if engine.dialect.name == "sqlite" and engine.url.database:
        file = Path(engine.url.database)
        for part in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
            if part.exists() and not os.access(part, os.R_OK | os.W_OK):
                return f"数据库文件 {part} 属于 {_owner(part)}，{_name(os.geteuid())} 不能写：请执行 chown 改正"
    return ""


def _cannot_write(folder: Path) -> str:
    try:
        with tempfile.NamedTemporaryFile(prefix=".try-", dir=folder):
            return ""
    except OSError as error:
        return f"{error.strerror}，属于 {_owner(folder)}"


def _owner(path: Path) -> str:
    return _name(path.stat().st_uid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
