"""Demonstration sign-ins of a development installation, with the one-time code of the moment."""

import json
from dataclasses import dataclass
from datetime import datetime

import pyotp

from vouchers.accounts.states import LABELS, Role
from vouchers.config import Environment, Settings

FILE = "demo-accounts.json"


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """One demonstration account as the sign-in page shows it."""

    role: str
    sign_in: str
    password: str
    code: str


def demo_sign_ins(settings: Settings, *, at: datetime) -> list[DemoSignIn]:
    """The accounts of `instance/demo-accounts.json`; none outside development."""
    path = settings.instance / FILE
    if settings.environment is not Environment.DEVELOPMENT or not path.exists():
        return []
    accounts = json.loads(path.read_text())["accounts"]
    return [
        DemoSignIn(_label(one["role"]), one["sign_in"], one["password"], _code(one.get("totp_secret"), at))
        for one in accounts
    ]


def demo_code(settings: Settings, sign_in: str, *, at: datetime) -> str:
    """The code of the moment of one demonstration account; empty for all others."""
    return next((one.code for one in demo_sign_ins(settings, at=at) if one.sign_in == sign_in), "")


def _label(role: str) -> str:
    return LABELS[Role(role)] if role in set(Role) else role


def _code(secret: str | None, at: datetime) -> str:
    return pyotp.TOTP(secret).at(at) if secret else ""
