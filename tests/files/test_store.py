import hashlib
from pathlib import Path

import pytest

from vouchers.files.store import BlobStore, DamagedFile
from vouchers.kernel.errors import NotFound


def test_bytes_come_back_as_they_were(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)

    sha256 = store.put(b"original")

    assert sha256 == hashlib.sha256(b"original").hexdigest()
    assert store.read(sha256) == b"original"
    assert store.path(sha256) == tmp_path / sha256[:2] / sha256[2:4] / sha256


def test_the_same_bytes_lie_there_once(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)

    store.put(b"original")
    store.put(b"original")

    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_stored_bytes_are_for_the_owner_only(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)

    path = store.path(store.put(b"original"))

    assert path.stat().st_mode & 0o077 == 0


def test_a_flipped_bit_is_noticed_and_mended_by_the_next_upload(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    sha256 = store.put(b"original")
    store.path(sha256).write_bytes(b"originam")

    with pytest.raises(DamagedFile, match="摘要不一致"):
        store.read(sha256)

    store.put(b"original")
    assert store.read(sha256) == b"original"


def test_a_lost_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="不在库中"):
        BlobStore(tmp_path).read("0" * 64)


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vouchers.files.store.os.fsync", full)

    with pytest.raises(OSError, match="No space"):
        BlobStore(tmp_path).put(b"original")

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
