"""The one place that begins, locks and commits."""

import fcntl
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import IO

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from vouchers.db.base import BUSY_MILLISECONDS, WAIT, WRITE, db
from vouchers.db.failures import meaning, meaning_of_commit
from vouchers.db.writing import ACTIVE, AFTER_COMMIT, BEFORE_COMMIT, Busy, in_transaction
from vouchers.kernel.faults import fault

PATIENCE_SECONDS = 8.0  # with what follows, an answer within ten seconds
CHECKPOINT_EVERY = 200
RETRY_CHECKPOINT_AFTER = 20
_RETRY_SECONDS = 0.002


class _WriterLock:
    """One writer at a time over all threads and processes of this installation (SQLite only).

    The lock file, not SQLite's busy handler, decides whose turn it is: the handler sleeps without a queue and starves
    writers. Checkpoints run under the same lock, which also removes the trigger of the WAL-reset bug.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Condition()
        self._queue: deque[object] = deque()
        self._file: IO[bytes] | None = None
        self._file_pid = 0
        self.commits_to_checkpoint = CHECKPOINT_EVERY

    def acquire(self, deadline: float) -> None:
        """Wait for one's turn among the threads, then for the other processes; Busy when the time is over."""
        ticket = object()
        with self._turn:
            self._queue.append(ticket)
            if not self._turn.wait_for(lambda: self._queue[0] is ticket, deadline - monotonic()):
                self._queue.remove(ticket)
                raise Busy
        try:
            self._lock_file(deadline)
        except BaseException:
            self._pass_turn()
            raise

    def release(self) -> None:
        """Let the next one in."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._pass_turn()

    def _lock_file(self, deadline: float) -> None:
        if self._file is None or self._file_pid != os.getpid():  # a forked child must not share the description
            self._file, self._file_pid = self._path.open("ab"), os.getpid()
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if monotonic() > deadline:
                    raise Busy from None
                sleep(_RETRY_SECONDS)
            else:
                return

    def _pass_turn(self) -> None:
        with self._turn:
            self._queue.popleft()
            self._turn.notify_all()


_locks: dict[str, _WriterLock] = {}
_locks_guard = threading.Lock()


@contextmanager
def transaction(*, patience: float | None = None) -> Iterator[Session]:
    """Begin, do the work, and commit; anything raised inside undoes all of it. Nesting raises.

    `patience` is how many seconds to wait for the writers' turn. What the database cannot do now comes out as
    Unavailable: Busy, StorageFull, or OutcomeUnknown when it broke in the midst of COMMIT.
    """
    session = db.session()
    engine = _engine_of(session)
    deadline = monotonic() + (PATIENCE_SECONDS if patience is None else patience)
    lock = _lock_of(engine)
    if lock is not None:
        lock.acquire(deadline)
    try:
        _begin(session, deadline)
        yield session
        session.flush()
        fault("transaction.flushed")
        for hook in BEFORE_COMMIT:
            hook(session)
        _commit(session)
        if lock is not None:
            _checkpoint_at_times(engine, lock)
    except BaseException as error:
        _undo(session)
        known = meaning(error) if isinstance(error, DBAPIError) else None
        if known is not None:
            raise known from error
        raise
    finally:
        session.info.pop(ACTIVE, None)
        if lock is not None:
            lock.release()


def _engine_of(session: Session) -> Engine:
    """Where a session that may begin will write; what a page read before is over, everything is read anew."""
    if in_transaction(session):
        raise RuntimeError("a transaction is already open: services never open one")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("the session was changed outside a transaction")
    session.rollback()
    engine = session.get_bind()
    if not isinstance(engine, Engine):
        raise TypeError("the session must be bound to an engine")
    return engine


def _begin(session: Session, deadline: float) -> None:
    """Open the transaction; another program that writes into the SQLite file is waited for no longer than the rest."""
    fault("transaction.locked")
    left = min(BUSY_MILLISECONDS, max(0, int((deadline - monotonic()) * 1000)))
    session.info[ACTIVE] = session.connection(execution_options={WRITE: True, WAIT: left})
    fault("transaction.begun")


def _commit(session: Session) -> None:
    fault("commit.before")
    try:
        session.commit()
    except DBAPIError as error:
        known = meaning_of_commit(error)
        if known is None:
            raise
        raise known from error
    fault("commit.after")
    for hook in AFTER_COMMIT:
        hook(session)


def _undo(session: Session) -> None:
    """Roll back; a connection that cannot even do that is thrown away, so that nobody goes on with it."""
    try:
        session.rollback()
    except SQLAlchemyError:
        session.invalidate()


def _lock_of(engine: Engine) -> _WriterLock | None:
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    path = _lock_path(engine.url.database)
    with _locks_guard:
        return _locks.setdefault(path, _WriterLock(Path(path)))


@cache
def _lock_path(database: str) -> str:
    return f"{Path(database).resolve()}.lock"


def _checkpoint_at_times(engine: Engine, lock: _WriterLock) -> None:
    """Move the journal into the database now and then; never wait for a reader while everybody waits for this lock."""
    lock.commits_to_checkpoint -= 1
    if lock.commits_to_checkpoint > 0:
        return
    lock.commits_to_checkpoint = RETRY_CHECKPOINT_AFTER
    fault("checkpoint.before")
    with suppress(SQLAlchemyError, sqlite3.Error):  # the act is committed: one that fails comes again later
        connection = engine.raw_connection()
        cursor = connection.cursor()
        try:
            cursor.execute("PRAGMA busy_timeout=0")  # a long reader leaves a rest for the next time
            was_busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not was_busy:
                lock.commits_to_checkpoint = CHECKPOINT_EVERY
        finally:
            cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
            connection.close()
    fault("checkpoint.after")
