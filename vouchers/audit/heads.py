"""Signed heads of the chain: what is kept outside, so that a chain that was rewritten as a whole is found out.

The key lies in a file of its own and is read only when a head is signed. Whoever holds the database, the key and every
copy of every head can still rewrite the past: heads must be kept by somebody else.
"""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vouchers.audit.rules import ALGORITHM
from vouchers.config import Settings
from vouchers.kernel.canonical import canonical_json
from vouchers.kernel.errors import SettingsError

KEY_FILE, FOLDER = "audit_signing_key", "heads"
_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Head:
    """Number and hash of the newest event at an instant, signed; `key` is the public key in hex."""

    seq: int
    hash: str
    at: str
    alg: str
    key: str
    signature: str = ""

    @property
    def signed(self) -> bytes:
        """What the signature is over."""
        fields = {name: value for name, value in asdict(self).items() if name != "signature"}
        return canonical_json(fields).encode()

    @property
    def instant(self) -> datetime:
        """When it was signed."""
        return datetime.fromisoformat(self.at)

    @property
    def text(self) -> str:
        """As it lies in a file."""
        return json.dumps(asdict(self), indent=2) + "\n"


def sign(seq: int, own_hash: str, settings: Settings, *, at: datetime) -> Head:
    """A signed head; the key is made when there is none yet."""
    key = _private_key(settings)
    head = Head(seq, own_hash, at.isoformat(), ALGORITHM, key.public_key().public_bytes_raw().hex())
    return Head(**{**asdict(head), "signature": key.sign(head.signed).hex()})


def keep(head: Head, settings: Settings) -> Path:
    """Put a head into the folder of heads, whole or not at all."""
    folder = settings.instance / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{head.seq:012d}.json"
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(head.text)
    part.replace(path)
    return path


def kept(settings: Settings) -> Iterator[Head]:
    """All heads in the folder, the newest first; files that are no heads are left out."""
    for path in sorted((settings.instance / FOLDER).glob("*.json"), reverse=True):
        with suppress(ValueError, TypeError):
            yield read(json.loads(path.read_text()))


def read(given: Mapping[str, Any]) -> Head:
    """A head from what a file says; ValueError when something is missing."""
    try:
        texts = {name: str(given[name]) for name in ("hash", "at", "alg", "key", "signature")}
        return Head(seq=int(given["seq"]), **texts)
    except (KeyError, TypeError) as error:
        raise ValueError(f"链头文件缺少 {error}：请用 flask audit export-head 导出") from None


def is_signed(head: Head, *, public_key: str) -> bool:
    """Whether the signature is genuine and made under this key."""
    if public_key and head.key != public_key:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.key)).verify(bytes.fromhex(head.signature), head.signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key(settings: Settings) -> str:
    """The public key of this installation; empty where it has not signed yet or the key is not to be read here."""
    if not settings.signing_key and not os.access(settings.instance / KEY_FILE, os.R_OK):
        return ""
    return _private_key(settings).public_key().public_bytes_raw().hex()


def _private_key(settings: Settings) -> Ed25519PrivateKey:
    seed = settings.signing_key or _from_file(settings.instance / KEY_FILE)
    return Ed25519PrivateKey.from_private_bytes(seed)


def _from_file(path: Path) -> bytes:
    with suppress(FileExistsError):
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(os.urandom(_SEED_BYTES).hex())
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SettingsError(f"{path} 可被其他用户读取：请执行 chmod 600 {path}")
    return bytes.fromhex(path.read_text().strip())
