"""Reading the chain."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from heapq import merge
from typing import Any

from sqlalchemy import RowMapping, func, select, type_coerce
from sqlalchemy.types import NullType

from vouchers.audit.models import AuditEvent, AuditHead, PurgedEvent, Restoration
from vouchers.audit.rules import GENESIS, Link, covered, plain
from vouchers.db.base import db
from vouchers.db.writing import send

_CHUNK = 2000


def history_of(subject_type: str, subject_id: str) -> Sequence[AuditEvent]:
    """All events on one thing, oldest first."""
    statement = (
        select(AuditEvent)
        .where(AuditEvent.subject_type == subject_type, AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.seq)
    )
    return db.session.scalars(statement).all()


_HEAD = select(AuditHead.seq, AuditHead.hash)


def head() -> tuple[int, str]:
    """Number and hash of the newest event; (0, genesis) before the first."""
    row = send(_HEAD).one_or_none()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


_HEAD_ALONE = "SELECT seq, hash FROM audit_head"


def head_now() -> tuple[int, str]:
    """The same as it stands at this instant, asked of the driver: a page that is kept needs nothing else.

    Trouble with the database comes out as it does everywhere: the session asks again and tells.
    """
    try:
        with closing(db.engine.raw_connection()) as line, closing(line.cursor()) as cursor:
            cursor.execute(_HEAD_ALONE)
            row = cursor.fetchone()
    except db.engine.dialect.loaded_dbapi.Error:
        return head()
    return (0, GENESIS) if row is None else (row[0], row[1])


def count() -> int:
    """How many events there are."""
    return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def hash_at(seq: int) -> str:
    """The hash of one event; genesis for number 0, empty when there is no such event."""
    if seq == 0:
        return GENESIS
    kept = db.session.scalar(select(AuditEvent.hash).where(AuditEvent.seq == seq))
    return kept or db.session.scalar(select(PurgedEvent.hash).where(PurgedEvent.seq == seq)) or ""


def last_link() -> tuple[int, str]:
    """Number and hash of the last event that is really there; (0, genesis) when there is none."""
    newest = select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1)
    row = db.session.execute(newest).one_or_none()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def links() -> Iterator[Link]:
    """The whole chain in order; of purged events only the links are left."""
    return merge(_events(), _purged(), key=lambda link: link.seq)


def purges() -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """Every purge with number and hash of what it took away, in order."""
    statement = select(PurgedEvent.purge, PurgedEvent.seq, PurgedEvent.hash).order_by(PurgedEvent.seq)
    found: dict[str, list[tuple[int, str]]] = {}
    for purge, seq, own in db.session.execute(statement):
        found.setdefault(purge, []).append((seq, own))
    yield from found.items()


def restoration_under_way() -> Restoration | None:
    """The newest restoration from a backup, as long as nobody confirmed that the bank and the mails agree with it."""
    newest = select(Restoration).order_by(Restoration.id.desc()).limit(1)
    found = db.session.scalars(newest).one_or_none()
    return None if found is None or found.ended_at is not None else found


def _events() -> Iterator[Link]:
    """Read as it lies there, so that whatever somebody put in is compared and nothing stops the reading."""
    columns = [type_coerce(column, NullType()).label(column.name) for column in AuditEvent.__table__.columns]
    last = 0
    while True:
        statement = select(*columns).where(AuditEvent.seq > last).order_by(AuditEvent.seq).limit(_CHUNK)
        rows = db.session.execute(statement).mappings().all()
        for row in rows:
            yield Link(row["seq"], row["hash_alg"], row["previous_hash"], row["hash"], _fields(row))
        if len(rows) < _CHUNK:
            return
        last = rows[-1]["seq"]


def _fields(row: RowMapping) -> dict[str, Any]:
    fields = dict(row)
    fields["at"] = str(plain(fields["at"])).replace(" ", "T") + "Z"
    for name in ("details", "rows"):
        with suppress(ValueError, TypeError):  # what is no JSON stays as it is and does not fit the hash
            fields[name] = json.loads(fields[name])
    return covered(fields)


def _purged() -> Iterator[Link]:
    for row in db.session.execute(select(PurgedEvent).order_by(PurgedEvent.seq)).scalars():
        yield Link(row.seq, "", row.previous_hash, row.hash, None)
