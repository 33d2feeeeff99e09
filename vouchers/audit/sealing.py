"""Rows the chain vouches for: the event of an act holds a digest of every such row that the act wrote or removed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, event, inspect, select, tuple_, type_coerce
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import History
from sqlalchemy.types import NullType

from vouchers.audit.rules import row_digest
from vouchers.db.base import Base

_NOTED = "audit_noted"
_PORTION = 400  # keys in one question

Digests = dict[str, dict[str, str]]
"""Table → key → digest; an empty digest says that the row was removed."""
SOURCES: dict[str, Callable[[Connection], Iterator[tuple[str, str]]]] = {}
"""Where digests that were given by `note_digest` are computed anew; each slice adds its own."""


class Sealed:
    """A table whose rows are bound into the chain. A column that is empty does not count, so that columns may come."""

    SEALED: ClassVar[tuple[str, ...]]
    """The columns that carry rights, money or proof; what merely moves along (a counter, a clock) is left out."""


def listen(session_class: type[Session]) -> None:
    """Notice every sealed row that the ORM writes; whoever writes by statements calls `note`."""
    event.listen(session_class, "after_flush", _notice)


def columns(model: type[Sealed]) -> tuple[ColumnElement[Any], ...]:
    """Key and sealed columns as they lie there: whatever somebody put in is read, and ciphers stay ciphers."""
    return _columns(_mapper(model))


@cache
def _columns(mapper: Mapper[Any]) -> tuple[ColumnElement[Any], ...]:
    names = (*(column.name for column in mapper.primary_key), *mapper.class_.SEALED)
    found = (mapper.local_table.c[name] for name in dict.fromkeys(names))
    return tuple(type_coerce(column, NullType()).label(column.name) for column in found)


def note(session: Session, model: type[Sealed], keys: Iterable[tuple[Any, ...]]) -> None:
    """Have the digests of these rows, as they are at the end of the act, put into its event."""
    noted: dict[type[Sealed], set[tuple[Any, ...]]] = session.info.setdefault(_NOTED, {})
    noted.setdefault(model, set()).update(keys)


def note_row(session: Session, model: type[Sealed], row: Row[Any]) -> None:
    """Put the digest of a row into the event of this act, from the `columns` that the writing statement gave back."""
    mapper = _mapper(model)
    key, digest = _digester(mapper)(row)
    note_digest(session, _table(mapper), key, digest)


def note_digest(session: Session, table: str, key: str, digest: str) -> None:
    """Put a digest into the event of this act that the caller has computed itself."""
    given: Digests = session.info.setdefault(f"{_NOTED}_digests", {})
    given.setdefault(table, {})[key] = digest


def take_digests(session: Session) -> Digests:
    """The digests of all rows noted in this transaction; the list starts anew."""
    digests: Digests = session.info.pop(f"{_NOTED}_digests", {})
    noted: dict[type[Sealed], set[tuple[Any, ...]]] = session.info.pop(_NOTED, {})
    for model, keys in noted.items():
        mapper = _mapper(model)
        written = digests.setdefault(_table(mapper), {})
        written.update(dict.fromkeys(map(_text, keys), ""))
        written.update(_read(session.connection(), mapper, sorted(keys)))
    return digests


def forget(session: Session) -> None:
    """Drop what was noted: the transaction was undone."""
    session.info.pop(_NOTED, None)
    session.info.pop(f"{_NOTED}_digests", None)


def standing(connection: Connection) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
    """Every sealed table with key and digest of each of its rows as they stand now."""
    mappers = [mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, Sealed)]
    for mapper in sorted(mappers, key=_table):
        statement = _statement(mapper).execution_options(yield_per=1000)
        yield _table(mapper), map(_digester(mapper), connection.execute(statement))
    for table, source in sorted(SOURCES.items()):
        yield table, source(connection)


def _read(connection: Connection, mapper: Mapper[Any], keys: list[tuple[Any, ...]]) -> Iterator[tuple[str, str]]:
    if len(keys) == 1:  # as in most acts
        yield from map(
            _digester(mapper),
            connection.execute(_one(mapper), {f"key_{place}": value for place, value in enumerate(keys[0])}),
        )
        return
    for start in range(0, len(keys), _PORTION):
        which = tuple_(*mapper.primary_key).in_(keys[start : start + _PORTION])
        yield from map(_digester(mapper), connection.execute(_statement(mapper).where(which)))


@cache
def _one(mapper: Mapper[Any]) -> Select[*tuple[Any, ...]]:
    """The question for a single row, built once: it is sent in nearly every act."""
    keys = (column == bindparam(f"key_{place}") for place, column in enumerate(mapper.primary_key))
    return _statement(mapper).where(*keys)


def _statement(mapper: Mapper[Any]) -> Select[*tuple[Any, ...]]:
    return select(*_columns(mapper))


@cache
def _digester(mapper: Mapper[Any]) -> Callable[[Row[Any]], tuple[str, str]]:
    names = [column.name for column in mapper.primary_key]

    def digested(row: Row[Any]) -> tuple[str, str]:
        values: Mapping[str, Any] = row._asdict()
        return _text(values[name] for name in names), row_digest(values)

    return digested


def _notice(session: Session, _: Any) -> None:
    changed = (row for row in session.dirty if isinstance(row, Sealed) and _is_changed(row))
    for row in (*session.new, *session.deleted, *changed):
        if isinstance(row, Sealed):
            note(session, type(row), [tuple(_mapper(type(row)).primary_key_from_instance(row))])


def _is_changed(row: Sealed) -> bool:
    attributes = inspect(row).attrs
    histories: Iterator[History] = (attributes[name].history for name in row.SEALED)
    return any(history.has_changes() for history in histories)


def _mapper(model: type[Sealed]) -> Mapper[Any]:
    found: Mapper[Any] = inspect(model)
    return found


def _table(mapper: Mapper[Any]) -> str:
    return str(mapper.class_.__tablename__)


def _text(key: Iterable[Any]) -> str:
    return ":".join(map(str, key))
