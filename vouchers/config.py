"""Settings from the environment and `instance/`; a wrong or missing one stops the start and says how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from re import fullmatch
from typing import Any, TypedDict, TypeVar
from urllib.parse import urlsplit

from vouchers.kernel import defaults, faults
from vouchers.kernel.errors import SettingsError
from vouchers.kernel.keys import KEY_BYTES, checked, derive, from_file

E = TypeVar("E", bound=StrEnum)

LEAST_METRICS_KEY = 16
SMTP_SCHEMES = frozenset({"smtp", "smtp+starttls", "smtps"})
MAIL_ADDRESS = r"[^@\s\x00-\x1f<>,;\"]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}"


class Environment(StrEnum):
    """What the installation is for."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class PasswordProfile(StrEnum):
    """Which password rules hold: ASVS (length only) or 等保 (composition and change)."""

    ASVS = "asvs"
    DENGBAO = "dengbao"


class LogFormat(StrEnum):
    """How log lines are written: for a person at a screen, or one JSON object a line for a collector."""

    PLAIN = "plain"
    JSON = "json"


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
    site_name: str = defaults.SITE
    authority: str = "渝中区大数据发展局（演示）"
    contact: str = "业务咨询：0000-00000000"
    site_ids: str = "政府网站标识码：0000000000"
    font_dir: Path | None = None
    office_url: str = ""
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    log_format: LogFormat = LogFormat.PLAIN
    metrics_key: str = field(default="", repr=False)
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_name: str = defaults.IDENTITY
    oidc_factor_values: frozenset[str] = frozenset()
    app_fault: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.database_url.startswith("sqlite")

    def derived_key(self, purpose: str) -> bytes:
        """A key of its own for one purpose, so that no key serves two."""
        return derive(self.secret_key, purpose)

    def personal_key(self, purpose: str) -> bytes:
        """A key for personal columns: it stays when SECRET_KEY is changed."""
        return derive(self.data_key, purpose)

    @property
    def is_trial(self) -> bool:
        """Whether nothing that is decided here binds anybody: a demonstration, a trial, a test."""
        return self.environment is not Environment.PRODUCTION

    @property
    def has_provider(self) -> bool:
        """Whether people may sign in at the city's identity provider."""
        return bool(self.oidc_issuer)


def load(environ: Mapping[str, str], instance: Path) -> Settings:
    """Read all settings; raises SettingsError with the mend for the first that is wrong."""
    reader = _Reader(environ)
    environment = reader.choice("APP_ENV", Environment, Environment.DEVELOPMENT)
    app_fault = _fault(reader.text("APP_FAULT", ""), environment)  # first: it may break what follows
    is_production = environment is Environment.PRODUCTION
    _make_folder(instance)
    default_url = f"sqlite:///{instance / 'vouchers.db'}"
    database_url = _database_url(reader.text("DATABASE_URL", default_url))
    local_url = f"http://127.0.0.1:{environ.get('PORT', '5000')}"
    public_url = reader.text("PUBLIC_URL", "" if is_production else local_url).rstrip("/")
    allow_http = reader.flag("ALLOW_HTTP", default=not is_production)
    _check_public(public_url, allow_http=allow_http)
    font_dir = reader.text("FONT_DIR", "")
    return Settings(
        environment=environment,
        instance=instance,
        database_url=database_url,
        secret_key=reader.key("SECRET_KEY", instance / "secret_key", may_make=not is_production),
        data_key=reader.key("DATA_KEY", instance / "data_key", may_make=not is_production),
        secret_key_fallbacks=_fallbacks(reader.text("SECRET_KEY_FALLBACKS", "")),
        signing_key=_signing_key(reader),
        public_url=public_url,
        allow_http=allow_http,
        trusted_proxies=reader.number("TRUSTED_PROXIES", 0),
        password_profile=reader.choice("PASSWORD_PROFILE", PasswordProfile, PasswordProfile.DENGBAO),
        site_name=reader.text("SITE_NAME", defaults.SITE),
        authority=reader.text("AUTHORITY", "渝中区大数据发展局（演示）"),
        contact=reader.text("CONTACT", "业务咨询：0000-00000000"),
        site_ids=reader.text("SITE_IDS", "政府网站标识码：0000000000"),
        font_dir=Path(font_dir) if font_dir else None,
        **_operation(reader, public_url, allow_http=allow_http, is_production=is_production),
        **_provider(reader, allow_http=allow_http),
        app_fault=app_fault,
        sources=reader.sources,
    )


def _check_public(public_url: str, *, allow_http: bool) -> None:
    if not public_url.startswith(("https://", "http://")):
        raise SettingsError(
            "PUBLIC_URL 缺失或不是网址：请设为公众访问的地址，例如 PUBLIC_URL=https://suanli.example.gov.cn"
        )
    if public_url.startswith("http://") and not allow_http:
        raise SettingsError("PUBLIC_URL 不是 https：请改用 https 地址，或仅在本机试用时设 ALLOW_HTTP=1")


def _operation(reader: "_Reader", public_url: str, *, allow_http: bool, is_production: bool) -> dict[str, Any]:
    """What an operator sets beside the essentials: the office's address, mail, logs, figures."""
    office_url = reader.text("OFFICE_URL", "").rstrip("/")
    if office_url and not office_url.startswith(("https://", "http://") if allow_http else "https://"):
        raise SettingsError(
            "OFFICE_URL 应为工作人员使用的 https 网址，例如 OFFICE_URL=https://suanli-oa.example.gov.cn"
        )
    if office_url and urlsplit(office_url).netloc == urlsplit(public_url).netloc:
        raise SettingsError("OFFICE_URL 与 PUBLIC_URL 的主机名相同：请改成另一个主机名，或删去 OFFICE_URL")
    smtp_url, mail_from = reader.text("SMTP_URL", ""), reader.text("MAIL_FROM", "")
    parts = urlsplit(smtp_url)
    if smtp_url and (parts.scheme not in SMTP_SCHEMES or not parts.hostname):
        raise SettingsError(
            "SMTP_URL 应为 smtps://用户:密码@主机:465、smtp+starttls://用户:密码@主机:587，或仅限内网的 smtp://主机:25"
        )
    if smtp_url and not fullmatch(MAIL_ADDRESS, mail_from):
        raise SettingsError("设了 SMTP_URL 就要设 MAIL_FROM：发信人地址，例如 MAIL_FROM=suanli@example.gov.cn")
    metrics_key = reader.text("METRICS_KEY", "")
    if metrics_key and len(metrics_key) < LEAST_METRICS_KEY:
        raise SettingsError(f"METRICS_KEY 太短：至少 {LEAST_METRICS_KEY} 个字符，请用随机值")
    default_format = LogFormat.JSON if is_production else LogFormat.PLAIN
    return {
        "office_url": office_url,
        "smtp_url": smtp_url,
        "mail_from": mail_from,
        "log_format": reader.choice("LOG_FORMAT", LogFormat, default_format),
        "metrics_key": metrics_key,
    }


class _ProviderSettings(TypedDict):
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str
    oidc_name: str
    oidc_factor_values: frozenset[str]


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

    def key(self, name: str, path: Path, *, may_make: bool) -> bytes:
        """A secret from the environment or its file; made on first run where it may be."""
        given = self.text(name, "")
        if given:
            return checked(name, given.encode())
        self.sources[name] = f"file {path.name}"
        return from_file(name, path, may_make=may_make)

    def choice(self, name: str, kind: type[E], default: E) -> E:
        value = self.text(name, default.value)
        try:
            return kind(value)
        except ValueError:
            raise SettingsError(f"{name} 只能是 {'、'.join(m.value for m in kind)}，现为 {value!r}") from None


def _provider(reader: _Reader, *, allow_http: bool) -> _ProviderSettings:
    """The identity provider: all three of its settings, or none."""
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    given = {name: reader.text(name, "").strip() for name in names}
    missing = [name for name in names if not given[name]]
    if 0 < len(missing) < len(names):
        raise SettingsError(f"统一身份认证的设置不全，缺少 {'、'.join(missing)}：三项一起设，或都不设")
    if given["OIDC_ISSUER"]:
        _check_issuer(given["OIDC_ISSUER"], allow_http=allow_http)
    values = reader.text("OIDC_FACTOR_VALUES", "").replace("，", ",").split(",")
    return {
        "oidc_issuer": given["OIDC_ISSUER"],
        "oidc_client_id": given["OIDC_CLIENT_ID"],
        "oidc_client_secret": given["OIDC_CLIENT_SECRET"],
        "oidc_name": reader.text("OIDC_NAME", defaults.IDENTITY),
        "oidc_factor_values": frozenset(value.strip() for value in values if value.strip()),
    }


def _check_issuer(issuer: str, *, allow_http: bool) -> None:
    parts = urlsplit(issuer)
    is_local = allow_http and parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not parts.hostname or parts.query or parts.fragment or not (parts.scheme == "https" or is_local):
        raise SettingsError(
            "OIDC_ISSUER 应是认证平台的 https 地址，与它发布的 issuer 一字不差，不带 ? 和 #，"
            f"例如 https://sso.example.gov.cn/realms/city，现为 {issuer!r}"
        )


def _database_url(url: str) -> str:
    if url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        return url.replace("postgresql://", "postgresql+psycopg://", 1)
    raise SettingsError("DATABASE_URL 只支持 sqlite:///路径 或 postgresql://…，请检查拼写")


def _make_folder(instance: Path) -> None:
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"数据目录 {instance} 建不了（{error.strerror}）：请检查上级目录的权限") from None


def _fault(text: str, environment: Environment) -> str:
    """A place to break on purpose, checked; only where nothing can be lost."""
    if not text:
        return ""
    if environment is not Environment.TEST:
        raise SettingsError("APP_FAULT 只能在 APP_ENV=test 时使用：它会让程序在指定的地方出错，请删除此设置")
    try:
        faults.read(text)
    except ValueError as error:
        raise SettingsError(f"APP_FAULT 不对：{error}。flask faultpoints 列出全部的点") from None
    return text


def _fallbacks(text: str) -> tuple[bytes, ...]:
    return tuple(checked("SECRET_KEY_FALLBACKS", key.encode()) for key in text.split(",") if key)


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
