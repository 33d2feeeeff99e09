"""Passwords: what is accepted, and how they are hashed without letting sign-ins take the machine."""

import re
import secrets
import string
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MOST_BYTES = 1024
HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)  # the floor of OWASP and ASVS
_TURNS = threading.BoundedSemaphore(2)  # each hash takes 46 MiB: two at once are enough for an office


def hash_password(password: str) -> str:
    """The Argon2id hash of a password."""
    with _TURNS:
        return HASHER.hash(_normal(password))


def is_right(password_hash: str, password: str) -> bool:
    """Whether this is the password; too long an input is refused before any work."""
    if len(password) > MOST_BYTES or len(_normal(password)) > MOST_BYTES:
        return False
    with _TURNS:
        try:
            return HASHER.verify(password_hash, _normal(password))
        except (VerificationError, InvalidHashError):
            return False


def spend_the_time(password: str) -> None:
    """Do for an unknown name the work of a known one, so that the time taken tells nothing."""
    is_right(_nobodys_hash(), password)


def new_password() -> str:
    """A random first password, of characters that are not misread; its owner replaces it at the first sign-in."""
    alphabet = re.sub("[0Oo1Il]", "", string.ascii_letters + string.digits)
    groups = ("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def _normal(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode()


@cache
def _nobodys_hash() -> str:
    return hash_password(secrets.token_urlsafe(16))
