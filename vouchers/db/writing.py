"""Whether a transaction is under way, what is done around its commit, and why one could not be had."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, CursorResult, Executable, FromClause, Row, Table, bindparam, update
from sqlalchemy.orm import Session, object_mapper
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import ReturningUpdate

from vouchers.db.base import Versioned, db
from vouchers.kernel.errors import Conflict

ACTIVE = "vouchers_transaction"  # under it stands the connection of the transaction
BEFORE_COMMIT: list[Callable[[Session], None]] = []  # the factory adds the audit watcher
AFTER_COMMIT: list[Callable[[Session], None]] = []  # and the mark of how far the chain has come; these cannot undo


class Unavailable(Exception):
    """The database could not serve now, through nobody's fault: nothing was done, try again."""


class Busy(Unavailable):
    """The write lock was not to be had in time; nothing was done, try again."""


class StorageFull(Unavailable):
    """There is no room left on the disk; nothing was done."""


class OutcomeUnknown(Unavailable):
    """The connection broke while the commit was under way: it may hold or not; the same key tells."""


def in_transaction(session: Session) -> bool:
    """Whether a `transaction()` is open on this session."""
    return ACTIVE in session.info


def send(
    statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
) -> CursorResult[*tuple[Any, ...]]:
    """Send a prebuilt Core statement straight to the connection, past the session: for what every act does.

    Objects of the session are not flushed before.
    """
    session = db.session()
    connection: Connection = session.info.get(ACTIVE) or session.connection()
    return connection.execute(statement, values)


def hold(statement: Executable, values: Mapping[str, Any]) -> None:
    """Lock rows of which the act needs nothing else; on SQLite an act holds the whole file, so nothing is sent."""
    if db.session().get_bind().dialect.name != "sqlite":
        send(statement, values)


def change(row: Versioned, returned: tuple[ColumnElement[Any], ...], **values: Any) -> Row[Any]:
    """Write columns of a held row, raise its version and give back columns, in one statement.

    Conflict when it is no longer as read. The unit of work would do the same at the price of ten such statements, so
    what is done all day goes this way.
    """
    seen = row.version
    statement = _change_of(object_mapper(row).local_table, tuple(values), returned)
    written = send(statement, {**values, "key": row.id, "seen": seen}).one_or_none()
    if written is None:
        raise Conflict("the row changed since it was read")
    for name, value in {**values, "version": seen + 1}.items():
        set_committed_value(row, name, value)
    return written


@lru_cache(maxsize=200)
def _change_of(
    table: FromClause, names: tuple[str, ...], returned: tuple[ColumnElement[Any], ...]
) -> ReturningUpdate[*tuple[Any, ...]]:
    is_same = (table.c.id == bindparam("key"), table.c.version == bindparam("seen"))
    values: dict[str, Any] = {name: bindparam(name) for name in names} | {"version": table.c.version + 1}
    return update(cast("Table", table)).where(*is_same).values(values).returning(*returned)
