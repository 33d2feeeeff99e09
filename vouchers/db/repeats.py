"""Rows that a unique key should have kept apart: whoever holds the file may drop an index."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from vouchers.db.base import db


def repeated(*key: InstrumentedAttribute[Any], where: ColumnElement[bool] | None = None) -> Iterator[str]:
    """Each value of a key that stands in more than one row, its parts joined by colons; what is NULL is no key."""
    statement = select(*key).group_by(*key).having(func.count() > 1).order_by(*key)
    known = [column.is_not(None) for column in key]
    for row in db.session.execute(statement.where(*known, *([] if where is None else [where]))):
        yield ":".join(map(str, row))
