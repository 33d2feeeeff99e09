"""A database of another shape, or one that refuses this role, told by every command in one sentence."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from vouchers.db.base import db
from vouchers.db.grants import is_refused, lacking

_SQLITE_WORDS = ("no such table", "no such column", "has no column named")
_POSTGRESQL_STATES = frozenset({"42P01", "42703"})  # undefined table, undefined column
_MARK = "tells_missing_tables"


def telling(command: click.Command) -> click.Command:
    """The command, saying `flask db upgrade` where the database lacks a table or column, its subcommands as well."""
    if isinstance(command, click.Group):
        for one in command.commands.values():
            telling(one)
    if command.callback is not None and not hasattr(command.callback, _MARK):
        command.callback = _told(command.callback)
    return command


def lacks_shape(error: DBAPIError) -> bool:
    """Whether a statement failed because a table or column is not there."""
    message = str(error.orig)
    return getattr(error.orig, "sqlstate", None) in _POSTGRESQL_STATES or any(one in message for one in _SQLITE_WORDS)


def _told(callback: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(callback)
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            return callback(*args, **kwargs)
        except DBAPIError as error:
            if is_refused(error):
                raise click.ClickException(_refusal(error)) from None
            if not lacks_shape(error):
                raise
            words = "数据库还没有建表，或不是最新的结构：请先运行 flask --app app db upgrade，然后重试"
            raise click.ClickException(words) from None

    setattr(told, _MARK, True)
    return told


def _refusal(error: DBAPIError) -> str:
    """Either the role lacks what the product needs, or this is an act of the owner."""
    db.session.rollback()
    words = "这件事由表的所有者办理（改结构、清理安全日志、恢复备份、清除演示），请换成它的 DATABASE_URL"
    return f"数据库拒绝了这个角色（{str(error.orig).splitlines()[0]}）：{lacking(db.engine) or words}"
