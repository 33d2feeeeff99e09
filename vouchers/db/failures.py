"""What an error of the driver means for the one who waits: come again, no room left, or a fault of ours."""

import errno

from sqlalchemy.exc import DBAPIError

from vouchers.db.writing import Busy, OutcomeUnknown, StorageFull, Unavailable

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BUSY_STATES = frozenset({"40001", "40P01", "55P03", "57014", "53300", "53200", "57P01", "57P02", "57P03", "25P03"})
_BUSY_WORDS = (
    "database is locked",
    "database table is locked",
    "database is busy",
    "disk i/o error",
    "unable to open database file",
    "connection is bad",
    "connection to server",
    "connection failed",
    "connection timeout",
    "server closed the connection",
    "the connection is closed",
)
_FULL_STATES = frozenset({"53100"})
_FULL_WORDS = ("disk is full", "no space left on device")


def meaning(error: DBAPIError) -> Unavailable | None:
    """Busy when a rival holds a lock or the server is away, StorageFull without room; None for a fault of ours."""
    state, words = str(getattr(error.orig, "sqlstate", None) or ""), str(error.orig).lower()
    if state in _FULL_STATES or any(word in words for word in _FULL_WORDS):
        return StorageFull()
    is_away = state.startswith("08") or error.connection_invalidated
    if is_away or state in _BUSY_STATES or any(word in words for word in _BUSY_WORDS):
        return Busy()
    return None


def meaning_of_commit(error: DBAPIError) -> Unavailable | None:
    """The same for an error that came out of COMMIT itself: a connection that broke there leaves the outcome open."""
    state, words = str(getattr(error.orig, "sqlstate", None) or ""), str(error.orig).lower()
    if error.connection_invalidated or state.startswith(("08", "57P")) or "disk i/o error" in words:
        return OutcomeUnknown()
    return meaning(error)
