"""The one list specification: typed filters, sorting, keyset pages, a capped count, and export of the same rows."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator, TypeEngine

from vouchers.db.columns import EnumText
from vouchers.db.filters import Column, Condition, MalformedList, contains

T = TypeVar("T")
S = TypeVar("S")

COUNT_CAP = 1_000
PAGE_SIZE = 50
EXPORT_CHUNK = 1_000
_MOST_CURSOR = 2_000
_MOST_INT = 2**63 - 1
_KINDS: tuple[tuple[type, str], ...] = (
    (datetime, "t"),
    (date, "d"),
    (int, "i"),
    (str, "s"),
)  # a datetime is a date too


@dataclass(frozen=True, slots=True)
class Source:
    """One table in which a text is looked for: its key and columns. `leads` selects the keys of the list by `through`.

    Without `leads` the table is that of the list itself.
    """

    key: Column
    columns: tuple[Column, ...]
    leads: Select[int] | None = None
    through: Column | None = None


@dataclass(frozen=True, slots=True)
class ListSpec:
    """What may be filtered and sorted. Sort columns are never NULL; `key` is unique and decides ties.

    `default` names the first sorting, with "-" before it for descending. `sources` tells of a filter that looks for
    a text where it stands: a rare text is then found table by table, instead of in every row of the joined list.
    `beside` names the filters that look at other tables than the list's own.
    """

    key: Column
    sorts: Mapping[str, Column]
    default: str
    filters: Mapping[str, Condition] = field(default_factory=dict)
    sources: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)
    beside: frozenset[str] = frozenset()
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

    def showing(self, rows: Sequence[S]) -> "Page[S]":
        """The same page with its rows told otherwise."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        return Page(**{**told, "rows": rows})

    def sort_state(self, key: str) -> SortState:
        """The state of one column head."""
        if self.sort == key:
            return SortState("ascending", f"-{key}", "▲")
        if self.sort == f"-{key}":
            return SortState("descending", key, "▼")
        return SortState("none", key, "")


def page_of(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    *,
    spec: ListSpec,
    arguments: Mapping[str, str],
    shape: Callable[..., T],
    bare: Select[*tuple[Any, ...]] | None = None,
) -> Page[T]:
    """The page that these arguments of an address ask for; `shape` makes a row of what the statement selects.

    `bare` selects the same rows from the list's own table alone: they are counted there, unless a filter looks beside.
    """
    filtered = _filtered(session, statement, spec, arguments)
    order = _Order.of(spec, arguments.get("sort") or spec.default)
    backwards, after = _read_cursor(arguments.get("cursor", ""), order)
    found = _fetch(session, filtered, order, after=after, backwards=backwards, limit=spec.size + 1)
    has_more, found = len(found) > spec.size, found[: spec.size]
    if backwards:
        found.reverse()
    has_next, has_previous = (bool(found), has_more) if backwards else (has_more, after is not None and bool(found))
    if after is None and not has_next:
        count = len(found)
    else:
        if bare is not None and not any(arguments.get(name) for name in spec.beside):
            filtered = _filtered(session, bare, spec, arguments)
        count = _count(session, filtered, spec)
    return Page(
        rows=[shape(*row[:-2]) for row in found],
        next_cursor=_write_cursor("n", order, found[-1]) if has_next else "",
        previous_cursor=_write_cursor("p", order, found[0]) if has_previous else "",
        count=min(count, COUNT_CAP),
        is_capped=count > COUNT_CAP,
        sort=order.name,
        args={name: arguments.get(name, "") for name in spec.filters},
    )


def _count(session: Session, filtered: Select[*tuple[Any, ...]], spec: ListSpec) -> int:
    """How many rows there are, counted to one beyond the cap."""
    counted = filtered.with_only_columns(spec.key, maintain_column_froms=True).order_by(None).limit(COUNT_CAP + 1)
    return session.scalar(select(func.count()).select_from(counted.subquery())) or 0


def export_of(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    *,
    spec: ListSpec,
    arguments: Mapping[str, str],
    shape: Callable[..., T],
) -> Iterator[T]:
    """Every row of the same list in the same order, read in chunks so that memory stays small."""
    filtered = _filtered(session, statement, spec, arguments)
    order = _Order.of(spec, arguments.get("sort") or spec.default)
    after: tuple[Any, Any] | None = None
    while True:
        found = _fetch(session, filtered, order, after=after, backwards=False, limit=EXPORT_CHUNK)
        for row in found:
            yield shape(*row[:-2])
        if len(found) < EXPORT_CHUNK:
            return
        after = found[-1][-2], found[-1][-1]


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

    def types(self) -> tuple[TypeEngine[Any], TypeEngine[Any]]:
        """The column types of both parts."""
        return self.column.type, self.key.type


def _filtered(
    session: Session, statement: Select[*tuple[Any, ...]], spec: ListSpec, arguments: Mapping[str, str]
) -> Select[*tuple[Any, ...]]:
    texts = {name: arguments.get(name, "").strip() for name in spec.filters}
    conditions = [_condition(session, spec, name, text) for name, text in texts.items() if text]
    return statement.where(and_(*conditions)) if conditions else statement


def _condition(session: Session, spec: ListSpec, name: str, text: str) -> ColumnElement[bool]:
    sources = spec.sources.get(name)
    keys = None if sources is None else _keys_with(session, sources, text)
    return spec.filters[name](text) if keys is None else spec.key.in_(keys)


def _keys_with(session: Session, sources: Sequence[Source], text: str) -> set[int] | None:
    """The keys of the rows with this text; None where they are many: a page of those is soon full, row by row."""
    found: set[int] = set()
    for source in sources:
        where_it_stands = select(source.key).where(contains(*source.columns)(text))
        keys = set(session.scalars(where_it_stands.limit(COUNT_CAP + 1)))
        if source.leads is not None and source.through is not None and 0 < len(keys) <= COUNT_CAP:
            keys = set(session.scalars(source.leads.where(source.through.in_(keys)).limit(COUNT_CAP + 1)))
        found |= keys
        if len(found) > COUNT_CAP:
            return None
    return found


def _fetch(
    session: Session,
    statement: Select[*tuple[Any, ...]],
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
        first, second = (_value(kind, value) for kind, value in zip(order.types(), values, strict=True))
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise MalformedList("翻页位置已经失效，请从第一页重新开始") from None
    return direction == "p", (first, second)


def _value(kind: TypeEngine[Any], value: object) -> Any:
    """A value out of a cursor, of exactly the column's type."""
    python_type = kind.impl_instance.python_type if isinstance(kind, TypeDecorator) else kind.python_type
    if issubclass(python_type, int) and type(value) is int and abs(value) <= _MOST_INT:
        return value
    if not isinstance(value, str) or issubclass(python_type, int) or "\x00" in value:
        raise MalformedList
    if issubclass(python_type, date):
        return _moment(value) if issubclass(python_type, datetime) else date.fromisoformat(value)
    value.encode()  # half a surrogate pair raises: it never was in a row
    return kind.kind(value) if isinstance(kind, EnumText) else value


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise MalformedList
    return at.astimezone(UTC)
