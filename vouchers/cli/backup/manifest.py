"""What lies in a backup, and whether it is all still there: manifest, sums, the database, the originals."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vouchers.config import Settings

FORMAT = 1
MANIFEST, SUMS, DATABASE, ROWS, FILES, HEADS = "manifest.json", "SHA256SUMS", "database.db", "rows", "files", "heads"
_CHUNK = 1 << 20


class Unusable(Exception):
    """A backup that cannot be restored; the message says what of it is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is of: when, which shape, up to which event and transfer, under which keys."""

    made_at: str
    revision: str
    database: str  # "sqlite": one file; "postgresql": rows per table
    audit_seq: int
    audit_hash: str
    transfers: int
    originals: int
    lost: list[str] = field(default_factory=list)  # originals that were lost or damaged already
    keys: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Put it into the backup."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2, sort_keys=True)
        (folder / MANIFEST).write_text(text + "\n")


def read(folder: Path) -> Manifest:
    """The manifest of a backup; Unusable when there is none that we understand."""
    try:
        given: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        if given["format"] != FORMAT:
            raise Unusable(
                f"{MANIFEST} 是第 {given['format']} 版格式，本版只认第 {FORMAT} 版：请用做备份的那一版程序恢复"
            )
        return Manifest(**given)
    except FileNotFoundError:
        raise Unusable(f"{folder} 里没有 {MANIFEST}：请指向 flask backup make 写出的目录") from None
    except (ValueError, KeyError, TypeError) as error:
        raise Unusable(f"{MANIFEST} 已损坏（{error}）：请改用另一份备份") from None


def fingerprints(settings: Settings) -> dict[str, str]:
    """What proves, without telling them, that the keys at hand are those the data were written under."""
    keys = {"SECRET_KEY": settings.secret_key, "DATA_KEY": settings.data_key}
    return {name: hmac.new(key, b"vouchers backup", "sha256").hexdigest()[:16] for name, key in keys.items()}


def write_sums(folder: Path) -> None:
    """One line per file, as `sha256sum -c SHA256SUMS` reads them; an original is named by its own digest."""
    lines = [f"{_known_digest(folder, path)}  {path.relative_to(folder)}\n" for path in _all_files(folder)]
    (folder / SUMS).write_text("".join(lines))


def problems(folder: Path) -> Iterator[str]:
    """Every file that is missing, cut, changed or unexpected."""
    try:
        lines = [line.split("  ", 1) for line in (folder / SUMS).read_text().splitlines()]
        listed = {name: digest for digest, name in lines}
    except (OSError, ValueError):
        yield f"{SUMS} 缺失或已损坏：无法核对这份备份"
        return
    present = {str(path.relative_to(folder)) for path in _all_files(folder)}
    for name, digest in sorted(listed.items()):
        if name not in present:
            yield f"缺少文件 {name}"
        elif sha256_of(folder / name) != digest:
            yield f"文件 {name} 与备份时的摘要不符：被截断或改动"
    for name in sorted(present - listed.keys()):
        yield f"多出文件 {name}：不在 {SUMS} 里"


def sha256_of(path: Path) -> str:
    """The digest of a file of any size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _known_digest(folder: Path, path: Path) -> str:
    return path.name if path.is_relative_to(folder / FILES) else sha256_of(path)


def _all_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / SUMS)
