"""Every invariant of every slice, asked of the database as `flask ledger verify` and `flask audit verify` ask."""

from importlib import import_module
from pkgutil import iter_modules

import vouchers


def verifiers() -> list[str]:
    """The modules that check a slice's books."""
    slices = [f"vouchers.{found.name}" for found in iter_modules(vouchers.__path__) if found.ispkg]
    return [
        f"{name}.verify"
        for name in slices
        if any(found.name == "verify" for found in iter_modules(import_module(name).__path__))
    ]


def broken() -> list[tuple[str, str, str]]:
    """Every finding on the live database; nothing when all holds."""
    return [finding for name in verifiers() for finding in import_module(name).findings()]
