"""Who plays in the demonstration: people, offices, providers and enterprises as `seeds/demo/cast.yaml` names them."""

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from vouchers.accounts.permissions import SECOND_FACTOR
from vouchers.accounts.states import Role
from vouchers.kernel.identifiers import uscc_check_character
from vouchers.policy.pack.reading import read_values

CAST = Path(__file__).parents[3] / "seeds" / "demo" / "cast.yaml"

Part = Mapping[str, Any]
"""One entry of the cast, as plain values."""


@lru_cache(maxsize=1)
def the_cast() -> Part:
    """The whole cast, read once."""
    return read_values(CAST.read_text(encoding="utf-8"), CAST.name)


def password() -> str:
    """The one password of all demonstration accounts."""
    return str(the_cast()["password"])


def parts(group: str) -> list[Part]:
    """The entries of a group, in the order of the file."""
    return cast("list[Part]", the_cast()[group])


def uscc(number: int) -> str:
    """An invented 统一社会信用代码 whose check character agrees.

    >>> from vouchers.kernel.identifiers import uscc_problem
    >>> uscc_problem(uscc(1))
    ''
    """
    body = f"91500103MAYAN{number:04d}"
    return body + uscc_check_character(body)


def totp_secret(sign_in: str) -> str:
    """The known seed of a demonstration account's one-time codes.

    >>> len(totp_secret("shenhe"))
    32
    """
    return base64.b32encode(hashlib.sha256(f"demonstration:{sign_in}".encode()).digest()[:20]).decode()


def sign_ins() -> list[dict[str, str | None]]:
    """One account per role and hand that the life of a voucher needs, as the sign-in page and scripts get them."""
    first = parts("providers")[0]
    enterprise = parts("enterprises")[0]
    handler = cast("Part", the_cast()["handler"])
    named = [
        *((str(one["role"]), str(one["sign_in"])) for one in parts("staff")),
        (Role.REPRESENTATIVE.value, str(enterprise["sign_in"])),
        (Role.HANDLER.value, str(handler["sign_in"])),
        (Role.PROVIDER_OPERATOR.value, str(first["sign_in"])),
        (Role.PROVIDER_FINANCE.value, str(first["finance"]["sign_in"])),
    ]
    return [
        {
            "role": role,
            "sign_in": sign_in,
            "password": password(),
            "totp_secret": totp_secret(sign_in) if Role(role) in SECOND_FACTOR else None,
        }
        for role, sign_in in named
    ]
