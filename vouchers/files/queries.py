"""Find stored files: by their owner, or by an officer who may read cases."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from vouchers.accounts.permissions import Permission
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.files.models import StoredFile
from vouchers.files.store import DamagedFile, current_store
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound

_OFFICERS = (Permission.CASE_READ, Permission.FINANCE_READ)
_ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
"""三员 look after the system and see no business, that of their own office included."""


def get(file_id: int) -> StoredFile:
    """A file by its key."""
    stored = db.session.get(StoredFile, file_id)
    if stored is None:
        raise NotFound("没有这个文件")
    return stored


def get_own(public_id: str, owner: int) -> StoredFile:
    """A file of this organisation; a stranger's looks like none."""
    stored = _by_public_id(public_id)
    if stored is None or stored.owner_organisation_id != owner:
        raise NotFound("没有这个文件")
    return stored


def get_readable(public_id: str, actor: Actor) -> StoredFile:
    """A file that this hand may read: its own organisation's or office's, or any for officers who read cases."""
    stored = _by_public_id(public_id)
    if stored is None or not _may_read(stored, actor):
        raise NotFound("没有这个文件")
    return stored


def list_own(owner: int) -> Sequence[StoredFile]:
    """All files of an organisation, the newest first (材料复用)."""
    by_age = select(StoredFile).where(StoredFile.owner_organisation_id == owner).order_by(StoredFile.id.desc())
    return db.session.scalars(by_age).all()


def content_of(stored: StoredFile) -> bytes:
    """The original bytes, compared with the digest on record."""
    return current_store().read(stored.sha256)


def is_on_record(sha256: str) -> bool:
    """Whether any record refers to these bytes."""
    return db.session.scalar(select(StoredFile.id).where(StoredFile.sha256 == sha256).limit(1)) is not None


def broken_records() -> Iterator[tuple[str, str]]:
    """Public id and problem of every record whose bytes are lost or changed; reads all files."""
    store = current_store()
    for public_id, sha256 in db.session.execute(
        select(StoredFile.public_id, StoredFile.sha256).order_by(StoredFile.id)
    ):
        try:
            store.read(sha256)
        except (NotFound, DamagedFile) as problem:
            yield public_id, str(problem)


def _by_public_id(public_id: str) -> StoredFile | None:
    return db.session.scalars(select(StoredFile).where(StoredFile.public_id == public_id)).one_or_none()


def _may_read(stored: StoredFile, actor: Actor) -> bool:
    is_own = stored.owner_organisation_id is not None and stored.owner_organisation_id == actor.organisation_id
    is_offices = stored.owner_office_id is not None and stored.owner_office_id == actor.office_id
    if actor.role in _ADMINISTRATORS:
        return False
    return is_own or is_offices or any(actor.may(permission) for permission in _OFFICERS)
