"""Secrets in files of their own: made whole or not at all, read only when nobody else can, one for each purpose."""

import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vouchers.kernel.errors import SettingsError
from vouchers.kernel.faults import fault

KEY_BYTES = 32
SAMPLE_SECRETS = frozenset({"dev", "secret", "changeme", "change-me", "secret-key", "your-secret-key"})


def derive(key: bytes, purpose: str) -> bytes:
    """A key of its own for one purpose."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"vouchers:{purpose}".encode()).derive(key)


def from_file(name: str, path: Path, *, may_make: bool) -> bytes:
    """The secret in this file; SettingsError says how to mend one that is missing, open to others or too weak."""
    if not path.exists():
        if not may_make:
            raise SettingsError(
                f"缺少 {name}：请设环境变量，或写入 {path}（权限 0600），"
                f"例如 python3 -c 'import secrets; print(secrets.token_hex(32))'"
            )
        try:
            _make(path)
        except OSError as error:
            raise SettingsError(
                f"密钥写不进数据目录 {path.parent}（{error.strerror}）：请检查权限、挂载和剩余空间"
            ) from None
    if not os.access(path, os.R_OK):
        raise SettingsError(f"{path} 不能读取：请把它改为归运行本程序的用户所有（chown）")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SettingsError(f"{path} 可被其他用户读取：请执行 chmod 600 {path}")
    return checked(name, path.read_bytes().strip())


def checked(name: str, key: bytes) -> bytes:
    """The key, when it is long enough and no sample."""
    if len(key) < KEY_BYTES:
        raise SettingsError(f"{name} 太短：至少 {KEY_BYTES} 个字符，请用随机值")
    if key.decode(errors="ignore").lower() in SAMPLE_SECRETS or len(set(key)) < 8:  # noqa: PLR2004  a repeated sample
        raise SettingsError(f"{name} 是示例值，请换成随机值")
    return key


def _make(path: Path) -> None:
    """Whole or not at all: written under a passing name, and only then linked to its own."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # 0600, whatever the umask
    part = Path(name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        fault("secret.written")
        with suppress(FileExistsError):  # another process of the same start was first
            path.hardlink_to(part)
        fault("secret.named")
    finally:
        part.unlink(missing_ok=True)
