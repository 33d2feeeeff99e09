"""The watcher: a transaction that changed business rows without an event is refused, whatever way it wrote them."""

import re
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from vouchers.audit import sealing, services

_WRITTEN = "audit_written"
_UNWATCHED = frozenset({"audit_events", "audit_head"})
_WRITE = re.compile(
    r"\b(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|MERGE\s+INTO|UPDATE(?!\s+(?:SET|OF|SKIP|NOWAIT)\b)|DELETE\s+FROM)\s+[\"`]?(\w+)",
    re.IGNORECASE,
)

EXEMPT: set[str] = set()  # tables without business state (sessions, counters, job leases); each slice adds its own

NO_ACT = "no_act"
"""The option of a single statement that is no act, on a table that is watched: what time alone has ended."""


class SilentWriteError(RuntimeError):
    """Rows were changed and no event says so."""


def watch(engine: Engine) -> None:
    """Listen to every statement that reaches the database on this engine: ORM, Core and plain text alike."""
    event.listen(engine, "begin", _start)
    event.listen(engine, "after_cursor_execute", _note)


def forget_undone(session_class: type[Session]) -> None:
    """Note what acts write, and drop the events of those that were rolled back."""
    event.listen(session_class, "after_rollback", _forget)
    sealing.listen(session_class)


def seal(session: Session) -> None:
    """Last act before the commit: compare changes with events, then chain the events."""
    events = services.take_pending(session)
    written: list[tuple[Any, frozenset[str]]] = session.connection().info.pop(_WRITTEN, [])
    changed = {table for cursor, tables in written if cursor.rowcount for table in tables}
    if changed and not events:
        raise SilentWriteError(f"changed without an audit event: {', '.join(sorted(changed))}")
    rows = sealing.take_digests(session)
    if rows and events:
        events[-1]["rows"] = rows
    services.append(events)


def _start(connection: Connection) -> None:
    connection.info.pop(_WRITTEN, None)


def _note(connection: Connection, cursor: Any, statement: str, _parameters: Any, context: Any, _many: Any) -> None:
    is_counted = cursor.description is None or connection.dialect.name != "sqlite"  # else once its rows are read
    if statement.startswith("SELECT") or (is_counted and cursor.rowcount == 0):
        return  # read only, or an update that met no row
    if context is not None and context.execution_options.get(NO_ACT):
        return
    written = _written(statement) - _UNWATCHED - EXEMPT
    if written:
        connection.info.setdefault(_WRITTEN, []).append((cursor, written))


@lru_cache(maxsize=1000)
def _written(statement: str) -> frozenset[str]:
    return frozenset(_WRITE.findall(statement))


def _forget(session: Session) -> None:
    if session.get_nested_transaction() is not None:
        return  # a savepoint went back, the act goes on: its events still count
    services.take_pending(session)
    session.info.pop(services.LAST_SEQ, None)
    sealing.forget(session)
