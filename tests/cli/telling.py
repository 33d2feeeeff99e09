"""What a database tells, without what is drawn at random: two that tell the same hold the same data."""

import json
import re
from collections import Counter
from enum import Enum
from typing import Any

from flask import Flask
from sqlalchemy import Column, Connection, Table, select

from vouchers.db.base import Base, db

_DRAWN = re.compile(
    r"\$argon2id\$\S+"  # salted
    r"|\b[0-9a-f]{64}\b"  # of what holds something drawn
    r"|(?<![\w-])[\w-]{22}(?![\w-])"  # a public id
    r"|(?<![\w-])[\w-]{24}(?![\w-])"  # the token of a certificate
)
_LEFT_OUT = {("vouchers", "code"), ("audit_events", "rows")}  # drawn; digests by keys, and keys follow the order of ids


def told(app: Flask) -> dict[str, Counter[str]]:
    """Of each table its rows in whatever order, each as its columns say, keys left out."""
    with app.app_context():
        db.session.rollback()
        with db.engine.connect() as connection:
            return {name: _rows(connection, table) for name, table in Base.metadata.tables.items()}


def _rows(connection: Connection, table: Table) -> Counter[str]:
    columns = [one for one in table.columns if not _is_key(one) and (table.name, one.name) not in _LEFT_OUT]
    if not columns:
        return Counter()
    found = connection.execute(select(*columns)).mappings()
    return Counter(
        _DRAWN.sub("*", json.dumps(dict(row), default=_plain, sort_keys=True, ensure_ascii=False)) for row in found
    )


def _is_key(column: Column[Any]) -> bool:
    return (column.primary_key or bool(column.foreign_keys)) and column.type.python_type is int


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else str(value)
