"""Who took what out and looked at whose papers: an event for each export and each reading of somebody else's file."""

from flask import request

from vouchers.accounts.guards import current_actor
from vouchers.audit.services import Subject, record
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now

_MOST_NAME, _MOST_FILTERS = 40, 20


def note_export(what: str, subject: Subject) -> None:
    """Leave an event before the file goes out; of the filters the names alone, for their values may be personal."""
    used = sorted(name[:_MOST_NAME] for name, value in request.args.items() if value)[:_MOST_FILTERS]
    with transaction():
        record(f"{what}.export", subject, actor=current_actor(), at=now(), reason="导出清单", details={"filters": used})


def note_reading(subject: Subject, *, owner: int | None) -> None:
    """Leave an event when a paper is handed to somebody it does not belong to."""
    with transaction():
        record("file.read", subject, actor=current_actor(), at=now(), reason="查阅材料", details={"owner": owner or 0})
