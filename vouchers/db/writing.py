"""Whether a transaction is under way, and what is done last before its commit: for those who may not open one."""

from collections.abc import Callable

from sqlalchemy.orm import Session

ACTIVE = "vouchers_transaction"
BEFORE_COMMIT: list[Callable[[Session], None]] = []  # the factory adds the audit watcher


class Busy(Exception):
    """The write lock was not to be had in time; nothing was done, try again."""


def in_transaction(session: Session) -> bool:
    """Whether a `transaction()` is open on this session."""
    return bool(session.info.get(ACTIVE))
