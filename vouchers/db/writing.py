"""Whether a transaction is under way, what is done around its commit, and why one could not be had."""

from collections.abc import Callable

from sqlalchemy.orm import Session

ACTIVE = "vouchers_transaction"
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
    return bool(session.info.get(ACTIVE))
