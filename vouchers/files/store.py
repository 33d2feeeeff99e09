"""The store of originals: one file per content under `files/aa/bb/<sha256>`, written whole or not at all."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import current_app

from vouchers.kernel.errors import Conflict, NotFound
from vouchers.kernel.faults import fault

_OWNER_ONLY = 0o700


class DamagedFile(Conflict):
    """The stored bytes are no longer those that were handed in."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"原件与入库时的摘要不一致，已停止使用（{sha256[:16]}）。请联系系统管理员从备份恢复。")
        self.sha256 = sha256


@dataclass(frozen=True, slots=True)
class BlobStore:
    """Originals under one folder, found by the SHA-256 of their bytes; never changed, never executed."""

    root: Path

    def put(self, content: bytes) -> str:
        """Keep the bytes and return their SHA-256; what is there already and whole is left alone."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        if path.is_file() and _digest(path.read_bytes()) == sha256:
            os.utime(path)  # young again: what was just received is no orphan
            return sha256
        fault("blob.before")
        path.parent.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                fault("blob.written")
                os.fsync(file.fileno())
            fault("blob.synced")
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        fault("blob.renamed")
        _sync_folder(path.parent)
        fault("blob.kept")
        return sha256

    def read(self, sha256: str) -> bytes:
        """The bytes, compared with their name at every reading."""
        try:
            content = self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"原件不在库中（{sha256[:16]}）。请联系系统管理员从备份恢复。") from None
        if _digest(content) != sha256:
            raise DamagedFile(sha256)
        return content

    def sweep(self, is_referenced: Callable[[str], bool], *, touched_before: datetime) -> int:
        """Remove what nothing refers to and nobody touched since; returns how many files went."""
        old = [path for path in self.root.glob("??/??/*") if path.stat().st_mtime < touched_before.timestamp()]
        orphans = [path for path in old if not is_referenced(path.name)]
        for path in orphans:
            fault("blob.removing")
            path.unlink(missing_ok=True)
        return len(orphans)

    def path(self, sha256: str) -> Path:
        """Where the bytes of this digest lie."""
        return self.root / sha256[:2] / sha256[2:4] / sha256


def current_store() -> BlobStore:
    """The store of the running application."""
    return BlobStore(Path(current_app.instance_path) / "files")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
