"""What many tests begin with is made once per worker and kind of database, and laid out anew from then on.

A factory marked `kept` is really run the first time; from then on, when the database stands exactly as it stood then,
the rows that it left are put back and what it returned is returned. The database stands so when the same was made
in it since it was empty, and nobody has written a thing since.
"""

import hashlib
import io
import pickle
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

from flask import current_app
from sqlalchemy import inspect, select
from sqlalchemy.orm import make_transient_to_detached

from tests.databases import Ground, Put
from vouchers.db.base import Base, db
from vouchers.db.writing import in_transaction
from vouchers.files.models import StoredFile
from vouchers.files.store import DamagedFile, current_store
from vouchers.kernel.errors import NotFound
from vouchers.policy.loader import LoadedPack

P = ParamSpec("P")
T = TypeVar("T")
MOST = 100
"""Worlds kept of one kind of database, those wanted last: tests of one module begin alike."""


class World(NamedTuple):
    """What puts the rows back, what the factory returned, and the originals that the rows speak of."""

    put: Put
    found: bytes
    originals: list[str]


@dataclass
class Keeper:
    """What was made in a database since it was empty, and what may be laid out in it."""

    ground: Ground
    worlds: dict[bytes, "World"] = field(default_factory=dict)
    made: bytes = b""
    stamp: object = None
    is_eager: bool = False
    depth: int = 0

    def begin(self) -> None:
        """A new test, its database empty."""
        self.ground.renew_later()
        self.made, self.stamp, self.is_eager = b"", None, False

    def settle(self) -> None:
        """The test itself begins: it may look at the database by ways that nobody here sees."""
        self.is_eager = True
        self.ground.settle()

    def is_as_made(self) -> bool:
        """Whether nothing was written but by what is known; threads race each other to write, and are let do it."""
        if threading.current_thread() is not threading.main_thread():
            return False
        if current_app._get_current_object() is not self.ground.app or in_transaction(db.session()):  # type: ignore[attr-defined]
            return False
        return self.ground.is_waiting or self.ground.stamp() == (self.stamp or self.ground.laid)

    def make(self, call: bytes, make: Callable[[], Any]) -> Any:
        """What the call returns, its rows in the database, whether it was run or not."""
        name = hashlib.sha256(self.made + call).digest()
        if name in self.worlds and _are_whole(self.worlds[name].originals):
            return self._lay(name)
        self.depth += 1
        try:
            found = make()
        finally:
            self.depth -= 1
        self.made, self.stamp = name, self.ground.stamp()
        if not self.depth:  # what a factory makes on its way is seldom where another begins
            self._keep(name, found)
        return found

    def _lay(self, name: bytes) -> Any:
        world = self.worlds[name] = self.worlds.pop(name)
        self.ground.lay(world.put)
        self.made, self.stamp = name, None
        if self.is_eager:
            self.ground.settle()
        return _Unpickler(io.BytesIO(world.found)).load()

    def _keep(self, name: bytes, found: Any) -> None:
        written = io.BytesIO()
        try:
            _Pickler(written).dump(found)
        except (pickle.PicklingError, TypeError, AttributeError):
            return
        originals = list(db.session.scalars(select(StoredFile.sha256)))
        put = self.ground.snapshot()
        self.stamp = self.ground.stamp()
        if put is not None:
            self.worlds[name] = World(put, written.getvalue(), originals)
        if len(self.worlds) > MOST:
            del self.worlds[next(iter(self.worlds))]


_keepers: list[Keeper] = []


def keeper_of(ground: Ground) -> Keeper:
    """The keeper of the database that tests now stand on."""
    found = next((one for one in _keepers if one.ground is ground), None) or Keeper(ground)
    _keepers[:] = [found, *(one for one in _keepers if one is not found)]
    return found


def kept(make: Callable[P, T]) -> Callable[P, T]:
    """A factory whose rows are laid out anew instead of made anew, where that is the same."""

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> T:
        call = _told(f"{make.__module__}.{make.__qualname__}", args, kwargs)
        if not _keepers or call is None or not _keepers[0].is_as_made():
            return make(*args, **kwargs)
        return cast("T", _keepers[0].make(call, lambda: make(*args, **kwargs)))

    return made


def _are_whole(originals: list[str]) -> bool:
    """Whether no test has removed or damaged them since."""
    try:
        return all(current_store().read(one) for one in originals)
    except (NotFound, DamagedFile):
        return False


def _told(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes | None:
    """A call in words; None when it holds something that no words tell from another of its kind."""
    words = repr((name, _word(args), _word(kwargs)))
    return None if " at 0x" in words else words.encode()


def _word(value: Any) -> object:
    """The same for what is the same, so far as the database goes."""
    found = value
    if isinstance(value, LoadedPack):
        found = value.digest
    elif isinstance(value, Base):
        found = type(value), inspect(value).identity
    elif is_dataclass(value) and not isinstance(value, type):
        found = type(value), [_word(getattr(value, one.name)) for one in fields(value)]
    elif isinstance(value, Mapping):
        found = [(key, _word(one)) for key, one in sorted(value.items(), key=repr)]
    elif isinstance(value, list | tuple):
        found = [_word(one) for one in value]
    elif isinstance(value, set | frozenset):
        found = sorted(value, key=repr)
    return found


class _Pickler(pickle.Pickler):
    """Rows of tables are written as their keys."""

    def persistent_id(self, value: Any) -> Any:
        if not isinstance(value, Base):
            return None
        identity = inspect(value).identity
        if identity is None:
            raise pickle.PicklingError
        return type(value), identity


class _Unpickler(pickle.Unpickler):
    """Rows are read again when somebody looks at them."""

    def persistent_load(self, named: Any) -> Any:
        kind, identity = named
        mapper, session = inspect(kind), db.session()
        known = session.identity_map.get(mapper.identity_key_from_primary_key(identity))
        if known is not None:
            return known
        row = kind()
        for column, value in zip(mapper.primary_key, identity, strict=True):
            setattr(row, mapper.get_property_by_column(column).key, value)
        make_transient_to_detached(row)
        session.add(row)
        return row
