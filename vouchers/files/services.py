"""Receive a file, outside any transaction, and keep it, inside one."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.files.contents.looking import looked_through
from vouchers.files.models import StoredFile
from vouchers.files.queries import is_on_record
from vouchers.files.rules import DOCUMENT_KINDS, Upload, inspect
from vouchers.files.states import ArchiveClass, FileKind
from vouchers.files.store import current_store
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.faults import fault

_GRACE = timedelta(days=1)  # so long an upload may wait for its record


@dataclass(frozen=True, slots=True)
class Received:
    """A file that passed inspection and lies in the store; nothing refers to it yet."""

    sha256: str
    size: int
    kind: FileKind
    name: str
    given_sha256: str = ""  # of the bytes as handed in, where others are kept


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose file it is: an organisation's or an office's."""

    organisation_id: int | None = None
    office_id: int | None = None


def receive(upload: Upload, allowed: frozenset[FileKind] = DOCUMENT_KINDS, *, field: str = "") -> Received:
    """Inspect the bytes, look into them and store them; before the transaction, for it takes a while and a disk.

    Documents are kept as they came; pictures are drawn anew without what hides in them.
    """
    inspection = inspect(upload, allowed, field=field)
    if inspection.kind is None:
        raise RuleViolation(inspection.findings)
    content = looked_through(upload.content, inspection.kind, field=field)
    sha256 = current_store().put(content)
    given = "" if content is upload.content else hashlib.sha256(upload.content).hexdigest()
    return Received(sha256, len(content), inspection.kind, inspection.name, given)


def lay_down(upload: Upload) -> Received:
    """Store what we made ourselves; nothing of it came from outside, so nobody need look into it."""
    inspection = inspect(upload, frozenset(FileKind))
    if inspection.kind is None:
        raise RuleViolation(inspection.findings)
    return Received(current_store().put(upload.content), len(upload.content), inspection.kind, inspection.name)


def keep(received: Received, *, owner: Owner, archive_class: ArchiveClass, actor: Actor, at: datetime) -> StoredFile:
    """Put a received file on record, as its owner's."""
    fault("file.before")
    stored = StoredFile(
        sha256=received.sha256,
        size=received.size,
        kind=received.kind,
        name=received.name,
        owner_organisation_id=owner.organisation_id,
        owner_office_id=owner.office_id,
        archive_class=archive_class,
        retention_start=beijing_date(at),
        uploaded_by=actor.name,
        uploaded_at=at,
    )
    db.session.add(stored)
    db.session.flush()
    fault("file.recorded")
    record(
        "file.keep",
        Subject("file", stored.public_id),
        actor=actor,
        at=at,
        details={"sha256": stored.sha256, "size": stored.size, "kind": stored.kind.value}
        | ({"given_sha256": received.given_sha256} if received.given_sha256 else {}),
    )
    return stored


def sweep_orphans(*, actor: Actor, at: datetime) -> int:  # noqa: ARG001  every daily job is told who runs it
    """Remove bytes that no record refers to: uploads that were broken off. Daily; changes no record."""
    return current_store().sweep(is_on_record, touched_before=at - _GRACE)
