"""Typed filters of lists: each makes a condition from the text of an address, or refuses it with the way to mend it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_
from sqlalchemy.orm import InstrumentedAttribute

from vouchers.kernel.clock import BEIJING
from vouchers.kernel.money import parse_yuan

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Condition = Callable[[str], ColumnElement[bool]]

_MOST_TEXT = 100


class MalformedList(ValueError):
    """A filter, sorting or cursor that no page of ours makes; the message says how to mend it."""


def equals(column: Column) -> Condition:
    """The column is exactly this text."""
    return lambda text: column == _short(text)


def one_of(column: Column, kind: type[StrEnum]) -> Condition:
    """The column is this member; a stranger is refused."""

    def condition(text: str) -> ColumnElement[bool]:
        try:
            return column == kind(text)
        except ValueError:
            raise MalformedList("筛选条件不在可选范围内，请从列表中选择") from None

    return condition


def contains(*columns: Column) -> Condition:
    """Any of the columns contains this text, whatever its case."""
    return lambda text: or_(
        false(), *(func.lower(column).contains(_short(text).lower(), autoescape=True) for column in columns)
    )


def from_day(column: Column) -> Condition:
    """The day column is this day or later."""
    return lambda text: column >= _day(text)


def to_day(column: Column) -> Condition:
    """The day column is this day or earlier."""
    return lambda text: column <= _day(text)


def since(column: Column) -> Condition:
    """The instant column lies on this Beijing day or later."""
    return lambda text: column >= _midnight(_day(text))


def until(column: Column) -> Condition:
    """The instant column lies on this Beijing day or earlier."""
    return lambda text: column < _midnight(_day(text) + timedelta(days=1))


def at_least_fen(column: Column) -> Condition:
    """The money column is at least this amount, written in yuan."""
    return lambda text: column >= _fen(text)


def at_most_fen(column: Column) -> Condition:
    """The money column is at most this amount, written in yuan."""
    return lambda text: column <= _fen(text)


def _short(text: str) -> str:
    if len(text) > _MOST_TEXT or not text.isprintable():
        raise MalformedList(f"筛选文字最多 {_MOST_TEXT} 字，不含换行和控制字符")
    return text


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise MalformedList("筛选日期应为 2026-09-30 这样的年-月-日") from None
    if day.year < 1900 or day.year > 9000:  # noqa: PLR2004  beyond, one day more or a time zone overflows
        raise MalformedList("筛选日期的年份不对")
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, BEIJING).astimezone(UTC)


def _fen(text: str) -> int:
    try:
        return parse_yuan(text)
    except ValueError as problem:
        raise MalformedList(str(problem)) from None
