"""Dated values: what holds on this day?"""

from collections.abc import Iterable
from datetime import date

from vouchers.policy.rules.size_class import SizeTable


def in_force(tables: Iterable[SizeTable], on: date) -> SizeTable:
    """The newest table that holds on a day; ValueError when none does yet."""
    held = [table for table in tables if table.in_force <= on]
    if not held:
        raise ValueError(f"没有在 {on.isoformat()} 施行的划型标准")
    return max(held, key=lambda table: table.in_force)
