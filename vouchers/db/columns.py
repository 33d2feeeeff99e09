"""Column types that mean the same on SQLite and PostgreSQL."""

import base64
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator

from vouchers.kernel.canonical import canonical_json

E = TypeVar("E", bound=StrEnum)

RowId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER keys


class Fen(TypeDecorator[int]):
    """Money in integer fen; anything but an int is refused before it reaches the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """Refuse floats, decimals and booleans."""
        if value is not None and type(value) is not int:
            raise TypeError(f"money is integer fen, not {type(value).__name__}")
        return value


class Instant(TypeDecorator[datetime]):
    """An instant in UTC; naive datetimes are refused. SQLite keeps it as naive UTC, which sorts right."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("an instant needs its time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Blank(TypeDecorator[str]):
    """A text that is NULL where it says nothing: the chain leaves out what is NULL, so such a column may come later."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Nothing rather than an empty text."""
        return value or None

    def process_result_value(self, value: str | None, dialect: Dialect) -> str:
        """An empty text for nothing."""
        return value or ""


class EnumText(TypeDecorator[E]):
    """A StrEnum by its value."""

    impl = String(40)
    cache_ok = True

    def __init__(self, kind: type[E]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        """The member's value; a stranger raises ValueError."""
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        """The member."""
        return None if value is None else self.kind(value)


class Json(TypeDecorator[Any]):
    """A JSON value kept as canonical text, so that a hash of it is stable on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Canonical text."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The value."""
        return None if value is None else json.loads(value)


class PersonalKeys:
    """The keys of personal columns, handed in once at start-up; `key_id` allows rotation."""

    key_id = "1"
    encryption: bytes = b""
    index: bytes = b""

    @classmethod
    def set(cls, derive: Callable[[str], bytes]) -> None:
        """Derive one key for encryption and one for blind indexes."""
        cls.encryption = derive("personal-encryption")
        cls.index = derive("personal-index")


def seal(value: str) -> str:
    """Encrypt by AES-256-GCM with a fresh nonce, as `key id:nonce+text` in base64."""
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(PersonalKeys.encryption).encrypt(nonce, value.encode(), PersonalKeys.key_id.encode())
    return f"{PersonalKeys.key_id}:{base64.b64encode(nonce + sealed).decode()}"


def unseal(value: str) -> str:
    """What was sealed."""
    key_id, _, body = value.partition(":")
    raw = base64.b64decode(body)
    return AESGCM(PersonalKeys.encryption).decrypt(raw[:12], raw[12:], key_id.encode()).decode()


class Personal(TypeDecorator[str]):
    """A personal value, sealed."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encrypt."""
        return None if value is None else seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Decrypt."""
        return None if value is None else unseal(value)


def blind_index(value: str) -> str:
    """A keyed digest by which an encrypted value can be found and kept unique."""
    return hmac.new(PersonalKeys.index, value.encode(), "sha256").hexdigest()
