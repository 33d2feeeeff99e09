"""Facts as columns: the type of each, its name in a table, and what cannot be held in one."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

import ibis

from vouchers.kernel.money import MOST_FEN
from vouchers.policy.rules.facts import FactKind, FactType

_LONGEST_NAME = 60  # PostgreSQL cuts names after 63 bytes
_OVER = "/over"

TYPES: Mapping[FactKind, str] = {
    FactKind.FLAG: "boolean",
    FactKind.COUNT: "int64",
    FactKind.MONEY: "int64",
    FactKind.SHARE: "int64",
    FactKind.DATE: "date",
    FactKind.DATES: "array<date>",
    FactKind.CHOICE: "string",
    FactKind.TEXT: "string",
    FactKind.AREA: "string",
    FactKind.WORDS: "array<string>",
}
"""Money in fen; a share is a numerator, with its denominator in a second column."""

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
"""The dates that a register may hold; within them every sum of days fits, and every term ends in the calendar."""

MOST: Mapping[FactKind, int] = {FactKind.COUNT: 10**12 - 1, FactKind.MONEY: MOST_FEN}


class CannotSay(ValueError):
    """A rule that says what no column can; the sentence names the rule and what stands in the way."""


def column_of(name: str) -> str:
    """The column of a fact; a long name is cut, and kept apart from others by a digest.

    >>> column_of("headcount")
    'headcount'
    """
    if len(name) <= _LONGEST_NAME - len(_OVER):
        return name
    return f"{name[:38]}~{sha256(name.encode()).hexdigest()[:16]}"


def over_column(name: str) -> str:
    """The column that holds the denominator of a share."""
    return column_of(name) + _OVER


def columns_of(fact: FactType) -> dict[str, str]:
    """The columns of a fact, each with its type."""
    kind = TYPES.get(fact.kind)
    if kind is None:
        raise CannotSay(f"“{fact.label}”（{fact.kind}）不是登记册能写的一列")
    own = {column_of(fact.name): kind}
    return own | {over_column(fact.name): kind} if fact.kind is FactKind.SHARE else own


def facts_table(
    facts: Mapping[str, FactType], extra: Mapping[str, str] | None = None, *, name: str = "register"
) -> Any:
    """An unbound table with the columns of these facts, after others."""
    columns = {column: kind for fact in facts.values() for column, kind in columns_of(fact).items()}
    return ibis.table({**(extra or {}), **columns}, name=name)
