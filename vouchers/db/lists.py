"""The one list specification: typed filters, sorting, keyset pages, a capped count, and export of the same rows."""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from vouchers.kernel.clock import BEIJING
from vouchers.kernel.money import parse_yuan

T = TypeVar("T")
Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Condition = Callable[[str], ColumnElement[bool]]

COUNT_CAP = 10_000
PAGE_SIZE = 50
EXPORT_CHUNK = 1_000
_MOST_TEXT = 100
_MOST_CURSOR = 2_000
_MOST_INT = 2**63 - 1
_KINDS: tuple[tuple[type, str], ...] = (
    (datetime, "t"),
    (date, "d"),
    (int, "i"),
    (str, "s"),
)  # a datetime is a date too


class MalformedList(ValueError):  # noqa: N818  a refusal: the address does not say a list that exists
    """A filter, sorting or cursor that no page of ours makes; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class ListSpec:
    """What may be filtered and sorted. Sort columns are never NULL; `key` is unique and decides ties.

    `default` names the first sorting, with "-" before it for descending.
    """

    key: Column
    sorts: Mapping[str, Column]
    default: str
    filters: Mapping[str, Condition] = field(default_factory=dict)
    size: int = PAGE_SIZE


@dataclass(frozen=True, slots=True)
class SortState:
    """How a column head looks and where its link leads."""

    aria: str
    next: str
    mark: str


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, ready for the macros `table` and `paging`."""

    rows: Sequence[T]
    next_cursor: str
    previous_cursor: str
    count: int
    is_capped: bool
    sort: str
    args: Mapping[str, str]

    @property
    def is_filtered(self) -> bool:
        """Whether a filter is set: an empty page then says so."""
        return any(self.args.values())

    def sort_state(self, key: str) -> SortState:
        """The state of one column head."""
        if self.sort == key:
            return SortState("ascending", f"-{key}", "▲")
        if self.sort == f"-{key}":
            return SortState("descending", key, "▼")
        return SortState("none", key, "")


def page_of(
    session: Session,
    statement: Select[Any],
    *,
    spec: ListSpec,
    arguments: Mapping[str, str],
    shape: Callable[..., T],
) -> Page[T]:
    """The page that these arguments of an address ask for; `shape` makes a row of what the statement selects."""
    filtered = _filtered(statement, spec, arguments)
    order = _Order.of(spec, arguments.get("sort") or spec.default)
    backwards, after = _read_cursor(arguments.get("cursor", ""), order)
    found = _fetch(session, filtered, order, after=after, backwards=backwards, limit=spec.size + 1)
    has_more, found = len(found) > spec.size, found[: spec.size]
    if backwards:
        found.reverse()
    has_next, has_previous = (bool(found), has_more) if backwards else (has_more, after is not None and bool(found))
    counted = filtered.with_only_columns(spec.key, maintain_column_froms=True).order_by(None).limit(COUNT_CAP + 1)
    count = session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    return Page(
        rows=[shape(*row[:-2]) for row in found],
        next_cursor=_write_cursor("n", order, found[-1]) if has_next else "",
        previous_cursor=_write_cursor("p", order, found[0]) if has_previous else "",
        count=min(count, COUNT_CAP),
        is_capped=count > COUNT_CAP,
        sort=order.name,
        args={name: arguments.get(name, "") for name in spec.filters},
    )


def export_of(
    session: Session,
    statement: Select[Any],
    *,
    spec: ListSpec,
    arguments: Mapping[str, str],
    shape: Callable[..., T],
) -> Iterator[T]:
    """Every row of the same list in the same order, read in chunks so that memory stays small."""
    filtered = _filtered(statement, spec, arguments)
    order = _Order.of(spec, arguments.get("sort") or spec.default)
    after: tuple[Any, Any] | None = None
    while True:
        found = _fetch(session, filtered, order, after=after, backwards=False, limit=EXPORT_CHUNK)
        for row in found:
            yield shape(*row[:-2])
        if len(found) < EXPORT_CHUNK:
            return
        after = found[-1][-2], found[-1][-1]


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


@dataclass(frozen=True, slots=True)
class _Order:
    """A sorting with its tie-breaker, both in the same direction."""

    name: str
    column: Any
    key: Any
    is_descending: bool

    @classmethod
    def of(cls, spec: ListSpec, name: str) -> "_Order":
        column = spec.sorts.get(name.removeprefix("-"))
        if column is None:
            raise MalformedList("没有这种排序，请点表头排序")
        return cls(name, column, spec.key, name.startswith("-"))

    def beyond(self, after: tuple[Any, Any], *, backwards: bool) -> ColumnElement[bool]:
        """What lies beyond a row, in the direction of reading."""
        ours = tuple_(self.column, self.key)
        theirs = tuple_(literal(after[0], self.column.type), literal(after[1], self.key.type))
        return ours < theirs if self.is_descending != backwards else ours > theirs

    def by(self, *, backwards: bool) -> tuple[ColumnElement[Any], ...]:
        """The ORDER BY of a reading direction."""
        parts = (self.column, self.key)
        return tuple(part.desc() if self.is_descending != backwards else part.asc() for part in parts)

    def kinds(self) -> tuple[str, str]:
        """Letters for the types of both parts, as cursors carry them."""
        return _letter_of(self.column.type.python_type), _letter_of(self.key.type.python_type)


def _filtered(statement: Select[Any], spec: ListSpec, arguments: Mapping[str, str]) -> Select[Any]:
    conditions = [
        condition(text.strip())
        for name, condition in spec.filters.items()
        if (text := arguments.get(name, "")) and text.strip()
    ]
    return statement.where(and_(*conditions)) if conditions else statement


def _fetch(
    session: Session,
    statement: Select[Any],
    order: _Order,
    *,
    after: tuple[Any, Any] | None,
    backwards: bool,
    limit: int,
) -> list[Any]:
    ordered = statement.add_columns(order.column, order.key).order_by(None).order_by(*order.by(backwards=backwards))
    if after is not None:
        ordered = ordered.where(order.beyond(after, backwards=backwards))
    return list(session.execute(ordered.limit(limit)).all())


def _write_cursor(direction: str, order: _Order, row: Sequence[Any]) -> str:
    values = [value.isoformat() if isinstance(value, date) else value for value in (row[-2], row[-1])]
    if None in values:
        raise ValueError(f"sort column {order.name} holds NULL: wrap it in coalesce")
    return base64.urlsafe_b64encode(json.dumps([direction, order.name, *values]).encode()).decode().rstrip("=")


def _read_cursor(text: str, order: _Order) -> tuple[bool, tuple[Any, Any] | None]:
    """Direction and place of a cursor; whatever our pages did not write is refused."""
    if not text:
        return False, None
    try:
        if len(text) > _MOST_CURSOR:
            raise MalformedList
        direction, name, *values = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
        if direction not in ("n", "p") or name != order.name:
            raise MalformedList
        first, second = (_value(kind, value) for kind, value in zip(order.kinds(), values, strict=True))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise MalformedList("翻页位置已经失效，请从第一页重新开始") from None
    return direction == "p", (first, second)


def _value(kind: str, value: object) -> Any:
    if kind == "i" and type(value) is int and abs(value) <= _MOST_INT:
        return value
    if isinstance(value, str) and "\x00" not in value:
        if kind == "d":
            return date.fromisoformat(value)
        if kind == "t":
            return datetime.fromisoformat(value).astimezone(UTC)
        if kind == "s":
            return value
    raise MalformedList


def _letter_of(python_type: type) -> str:
    return next(letter for kind, letter in _KINDS if issubclass(python_type, kind))


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
