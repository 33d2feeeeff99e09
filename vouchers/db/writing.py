"""Whether a transaction is under way, and what is done last before its commit: for those who may not open one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.orm import Session

from vouchers.db.base import db

ACTIVE = "vouchers_transaction"  # under it stands the connection of the transaction
BEFORE_COMMIT: list[Callable[[Session], None]] = []  # the factory adds the audit watcher


class Busy(Exception):
    """The write lock was not to be had in time; nothing was done, try again."""


def in_transaction(session: Session) -> bool:
    """Whether a `transaction()` is open on this session."""
    return ACTIVE in session.info


def send(
    statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
) -> CursorResult[Any]:
    """Send a prebuilt Core statement straight to the connection, past the session: for what every act does.

    Objects of the session are not flushed before.
    """
    session = db.session()
    connection: Connection = session.info.get(ACTIVE) or session.connection()
    return connection.execute(statement, values)
