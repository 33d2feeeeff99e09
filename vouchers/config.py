"""Settings from the environment and `instance/`; a wrong or missing one stops the start and says how to mend it."""

import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

E = TypeVar("E", bound=StrEnum)

KEY_BYTES = 32
SAMPLE_SECRETS = frozenset({"dev", "secret", "changeme", "change-me", "secret-key", "your-secret-key"})


class SettingsError(Exception):
    """A setting that stops the start; the message says which and how to mend it."""


class Environment(StrEnum):
    """What the installation is for."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class PasswordProfile(StrEnum):
    """Which password rules hold: ASVS (length only) or 等保 (composition and change)."""

    ASVS = "asvs"
    DENGBAO = "dengbao"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, typed. `sources` says where each value came from: environment, file or default."""

    environment: Environment
    instance: Path
    database_url: str
    secret_key: bytes = field(repr=False)
    data_key: bytes = field(repr=False)
    secret_key_fallbacks: tuple[bytes, ...] = field(default=(), repr=False)
    signing_key: bytes = field(
        default=b"", repr=False
    )  # signs heads; empty: `audit_signing_key`, read when one is signed
    public_url: str = "http://127.0.0.1:5000"
    allow_http: bool = True
    trusted_proxies: int = 0
    password_profile: PasswordProfile = PasswordProfile.DENGBAO
    site_name: str = "算力券服务平台"
    authority: str = "渝中区大数据发展局（演示）"
    contact: str = "业务咨询：0000-00000000"
    site_ids: str = "政府网站标识码：0000000000"
    font_dir: Path | None = None
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.database_url.startswith("sqlite")

    def derived_key(self, purpose: str) -> bytes:
        """A key of its own for one purpose, so that no key serves two."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"vouchers:{purpose}".encode()).derive(self.secret_key)


def load(environ: Mapping[str, str], instance: Path) -> Settings:
    """Read all settings; raises SettingsError with the mend for the first that is wrong."""
    reader = _Reader(environ)
    environment = reader.choice("APP_ENV", Environment, Environment.DEVELOPMENT)
    is_production = environment is Environment.PRODUCTION
    instance.mkdir(parents=True, exist_ok=True)
    default_url = f"sqlite:///{instance / 'vouchers.db'}"
    database_url = _database_url(reader.text("DATABASE_URL", default_url))
    local_url = f"http://127.0.0.1:{environ.get('PORT', '5000')}"
    public_url = reader.text("PUBLIC_URL", "" if is_production else local_url).rstrip("/")
    allow_http = reader.flag("ALLOW_HTTP", default=not is_production)
    if not public_url.startswith(("https://", "http://")):
        raise SettingsError(
            "PUBLIC_URL 缺失或不是网址：请设为公众访问的地址，例如 PUBLIC_URL=https://suanli.example.gov.cn"
        )
    if public_url.startswith("http://") and not allow_http:
        raise SettingsError("PUBLIC_URL 不是 https：请改用 https 地址，或仅在本机试用时设 ALLOW_HTTP=1")
    font_dir = reader.text("FONT_DIR", "")
    return Settings(
        environment=environment,
        instance=instance,
        database_url=database_url,
        secret_key=_key(reader, "SECRET_KEY", instance / "secret_key", is_production=is_production),
        data_key=_key(reader, "DATA_KEY", instance / "data_key", is_production=is_production),
        secret_key_fallbacks=tuple(k.encode() for k in reader.text("SECRET_KEY_FALLBACKS", "").split(",") if k),
        signing_key=_signing_key(reader),
        public_url=public_url,
        allow_http=allow_http,
        trusted_proxies=reader.number("TRUSTED_PROXIES", 0),
        password_profile=reader.choice("PASSWORD_PROFILE", PasswordProfile, PasswordProfile.DENGBAO),
        site_name=reader.text("SITE_NAME", "算力券服务平台"),
        authority=reader.text("AUTHORITY", "渝中区大数据发展局（演示）"),
        contact=reader.text("CONTACT", "业务咨询：0000-00000000"),
        site_ids=reader.text("SITE_IDS", "政府网站标识码：0000000000"),
        font_dir=Path(font_dir) if font_dir else None,
        sources=reader.sources,
    )


class _Reader:
    """Reads variables and remembers where each value came from."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.sources: dict[str, str] = {}

    def text(self, name: str, default: str) -> str:
        value = self._environ.get(name)
        self.sources[name] = "default" if value is None else "environment"
        return default if value is None else value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name, "1" if default else "0")
        if value not in {"0", "1"}:
            raise SettingsError(f"{name} 只能是 0 或 1，现为 {value!r}")
        return value == "1"

    def number(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit()):
            raise SettingsError(f"{name} 应为不小于 0 的整数，现为 {value!r}")
        return int(value)

    def choice(self, name: str, kind: type[E], default: E) -> E:
        value = self.text(name, default.value)
        try:
            return kind(value)
        except ValueError:
            raise SettingsError(f"{name} 只能是 {'、'.join(m.value for m in kind)}，现为 {value!r}") from None


def _database_url(url: str) -> str:
    if url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        return url.replace("postgresql://", "postgresql+psycopg://", 1)
    raise SettingsError("DATABASE_URL 只支持 sqlite:///路径 或 postgresql://…，请检查拼写")


def _key(reader: _Reader, name: str, path: Path, *, is_production: bool) -> bytes:
    """A secret from the environment or its file; made on first run outside production."""
    given = reader.text(name, "")
    if given:
        return _checked_key(name, given.encode())
    reader.sources[name] = f"file {path.name}"
    if not path.exists():
        if is_production:
            raise SettingsError(
                f"缺少 {name}：请设环境变量，或写入 {path}（权限 0600），"
                f"例如 python3 -c 'import secrets; print(secrets.token_hex(32))'"
            )
        _make_key(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SettingsError(f"{path} 可被其他用户读取：请执行 chmod 600 {path}")
    return _checked_key(name, path.read_bytes().strip())


def _signing_key(reader: _Reader) -> bytes:
    """The seed of the key that signs heads of the audit chain, when it comes from the environment."""
    given = reader.text("SIGNING_KEY", "")
    try:
        seed = bytes.fromhex(given)
    except ValueError:
        seed = b"?"
    if given and len(seed) != KEY_BYTES:
        raise SettingsError(
            f"SIGNING_KEY 应为 {KEY_BYTES * 2} 个十六进制字符，"
            f"例如 python3 -c 'import secrets; print(secrets.token_hex({KEY_BYTES}))'；"
            f"不设时用 instance/audit_signing_key"
        )
    return seed


def _make_key(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return  # another process of the same start was first
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(KEY_BYTES))


def _checked_key(name: str, key: bytes) -> bytes:
    if len(key) < KEY_BYTES:
        raise SettingsError(f"{name} 太短：至少 {KEY_BYTES} 个字符，请用随机值")
    if key.decode(errors="ignore").lower() in SAMPLE_SECRETS or len(set(key)) < 8:  # noqa: PLR2004  a repeated sample
        raise SettingsError(f"{name} 是示例值，请换成随机值")
    return key
