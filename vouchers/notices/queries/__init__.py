"""Reading public notices and objections to them."""

from vouchers.notices.queries.notices import (
    Candidate,
    EntryRow,
    NoticeRow,
    approvable,
    candidates,
    ended_by,
    entries_of,
    get,
    get_entry,
    lock,
    notice_of,
    notices,
    on_notice,
    provisional,
    published,
)
from vouchers.notices.queries.objections import (
    ObjectionRow,
    get_objection,
    lock_objection,
    objections,
    open_objections,
)

__all__ = [
    "Candidate",
    "EntryRow",
    "NoticeRow",
    "ObjectionRow",
    "approvable",
    "candidates",
    "ended_by",
    "entries_of",
    "get",
    "get_entry",
    "get_objection",
    "lock",
    "lock_objection",
    "notice_of",
    "notices",
    "objections",
    "on_notice",
    "open_objections",
    "provisional",
    "published",
]
