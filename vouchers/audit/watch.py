"""The watcher: a transaction that changes business rows without an event is refused."""

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from vouchers.audit import services

_CHANGED = "audit_changed"
_UNWATCHED = frozenset({"audit_events", "audit_head", "number_series"})

EXEMPT: set[str] = (
    set()
)  # tables that hold no business state (sessions, rate counters, job leases); each slice adds its own


class SilentWriteError(RuntimeError):
    """Rows were changed and no event says so."""


def watch(session_class: type[Session]) -> None:
    """Listen to every flush and every bulk statement of this session class."""
    event.listen(session_class, "after_flush", _note_flush)
    event.listen(session_class, "do_orm_execute", _note_statement)
    event.listen(session_class, "after_rollback", _forget)


def seal(session: Session) -> None:
    """Last act before the commit: compare changes with events, then chain the events."""
    events = services.take_pending(session)
    changed: set[str] = session.info.pop(_CHANGED, set())
    if changed and not events:
        raise SilentWriteError(f"changed without an audit event: {', '.join(sorted(changed))}")
    services.append(session, events)


def _note_flush(session: Session, _: UOWTransaction) -> None:
    for instance in (*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row))):
        _note(session, instance.__tablename__)


def _note_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        table = getattr(state.statement, "table", None)
        if table is not None:
            _note(state.session, table.name)


def _note(session: Session, table: str) -> None:
    if table not in _UNWATCHED and table not in EXEMPT:
        session.info.setdefault(_CHANGED, set()).add(table)


def _forget(session: Session) -> None:
    if session.get_nested_transaction() is not None:
        return  # a savepoint went back, the act goes on: its events and changes still count
    services.take_pending(session)
    session.info.pop(_CHANGED, None)
