"""Reading schemes, their versions and windows; packs compiled once per content."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import joinedload

from vouchers.accounts import queries as accounts
from vouchers.accounts.rules import Reach
from vouchers.db.base import db
from vouchers.kernel import closing
from vouchers.kernel.actor import Actor
from vouchers.kernel.closing import LONGEST
from vouchers.kernel.errors import NotFound, NotPermitted
from vouchers.kernel.workdays import WorkCalendar
from vouchers.policy import force
from vouchers.policy.calendar import published_calendar
from vouchers.policy.keys import SchemeKey, VersionKey
from vouchers.policy.loader import compiled_of
from vouchers.policy.models import Scheme, SchemeVersion, Window
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.reading import read_values
from vouchers.policy.parameters import in_force
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.size_class import SizeTable, size_table
from vouchers.policy.states import Standing, VersionState, WindowState

T = TypeVar("T")

_SIZE_TABLES = Path(__file__).parents[2] / "seeds" / "size-classes"
_MOST_COMPILED = 200
_compiled: dict[str, CompiledPack] = {}


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A window as visitors and applicants see it."""

    public_id: str
    title: str
    kind: str
    kind_name: str
    scheme_title: str
    scheme_public_id: str
    opens_at: datetime
    closes_at: datetime
    left: int | None = None  # of the vouchers it freed at its opening; None where it frees no number


@dataclass(frozen=True, slots=True)
class SchemeRow:
    """A scheme in a list, with its newest version."""

    public_id: str
    pack_id: str
    title: str
    version_public_id: str
    number: int
    state: VersionState | Standing
    published_number: int | None
    open_windows: int


def covered_by(actor: Actor, *, on: date) -> ColumnElement[bool]:
    """The condition that a scheme lies within the officer's appointment."""
    return within(accounts.actor_schemes(actor, on=on))


def within(reach: Reach) -> ColumnElement[bool]:
    """The condition that a scheme lies within this reach."""
    if reach.named:
        return Scheme.pack_id.in_(reach.named)
    return true() if reach.own is None else Scheme.office_id == reach.own


def is_covered(scheme: Scheme | SchemeKey, actor: Actor, *, on: date) -> bool:
    """Whether a scheme lies within the officer's appointment."""
    return accounts.actor_schemes(actor, on=on).covers(scheme.pack_id, scheme.office_id)


def confirm_covered(scheme: Scheme | SchemeKey, actor: Actor, *, on: date) -> None:
    """Refuse an officer whose appointment does not cover the scheme, whatever page or call it comes by."""
    if not is_covered(scheme, actor, on=on):
        raise NotPermitted("the scheme is outside the appointment")


def scheme(public_id: str) -> Scheme:
    """A scheme; NotFound when there is none."""
    return _found(db.session.scalar(select(Scheme).where(Scheme.public_id == public_id)))


def scheme_by_key(scheme_id: int) -> Scheme:
    """A scheme by its key."""
    return _found(db.session.get(Scheme, scheme_id))


def scheme_of_pack(pack_id: str) -> Scheme | None:
    """The scheme under a pack id."""
    return db.session.scalar(select(Scheme).where(Scheme.pack_id == pack_id))


def version(version_id: int) -> SchemeVersion:
    """A version by its key."""
    return _found(db.session.get(SchemeVersion, version_id))


def get_version(public_id: str) -> SchemeVersion:
    """A version by its public id."""
    statement = select(SchemeVersion).options(joinedload(SchemeVersion.scheme))
    return _found(db.session.scalar(statement.where(SchemeVersion.public_id == public_id)))


def numbered_version(pack_id: str, number: int) -> SchemeVersion:
    """A version by the id of its pack and its number; NotFound when there is none."""
    statement = select(SchemeVersion).join(Scheme).where(Scheme.pack_id == pack_id, SchemeVersion.number == number)
    return _found(db.session.scalar(statement))


def lock_scheme(scheme_id: int) -> None:
    """Hold a scheme until the transaction ends, against other acts on its versions; cases go on meanwhile."""
    db.session.execute(select(Scheme.id).where(Scheme.id == scheme_id).with_for_update(key_share=True))


def lock_version(public_id: str) -> SchemeVersion:
    """A version and its scheme, locked until the transaction ends: of two acts on a scheme one sees the other's end."""
    own = db.session.scalar(select(SchemeVersion.scheme_id).where(SchemeVersion.public_id == public_id))
    if own is not None:
        lock_scheme(own)
    statement = select(SchemeVersion).where(SchemeVersion.public_id == public_id)
    return _found(db.session.scalar(statement.with_for_update().execution_options(populate_existing=True)))


def versions_of(scheme_id: int) -> list[SchemeVersion]:
    """All versions of a scheme, newest first."""
    statement = select(SchemeVersion).where(SchemeVersion.scheme_id == scheme_id)
    return list(db.session.scalars(statement.order_by(SchemeVersion.number.desc())))


def schemes_of(actor: Actor, *, on: date) -> list[SchemeRow]:
    """The schemes within the officer's appointment."""
    within = set(db.session.scalars(select(Scheme.public_id).where(covered_by(actor, on=on))))
    return [row for row in schemes(on=on) if row.public_id in within]


def schemes(*, on: date) -> list[SchemeRow]:
    """All schemes with their newest version and the one in force on a day."""
    newest: dict[int, SchemeVersion] = {}
    in_force: dict[int, int] = {}
    ordered = select(SchemeVersion).options(joinedload(SchemeVersion.scheme)).order_by(SchemeVersion.number)
    for one in db.session.scalars(ordered):
        newest[one.scheme_id] = one
        if one.state is VersionState.PUBLISHED and force.has_begun(one, on):
            in_force[one.scheme_id] = one.number
    is_open = select(Window.scheme_id).where(Window.state == WindowState.OPEN)
    open_ones = list(db.session.scalars(is_open))
    rows = [
        SchemeRow(
            public_id=one.scheme.public_id,
            pack_id=one.scheme.pack_id,
            title=one.scheme.title,
            version_public_id=one.public_id,
            number=one.number,
            state=force.standing_of(one, on=on),
            published_number=in_force.get(one.scheme_id),
            open_windows=open_ones.count(one.scheme_id),
        )
        for one in newest.values()
    ]
    return sorted(rows, key=lambda row: row.title)


def window(public_id: str) -> Window:
    """A window; NotFound when there is none."""
    statement = select(Window).options(joinedload(Window.scheme), joinedload(Window.scheme_version))
    return _found(db.session.scalar(statement.where(Window.public_id == public_id)))


def lock_window(public_id: str) -> Window:
    """A window, locked until the transaction ends."""
    statement = select(Window).where(Window.public_id == public_id)
    return _found(db.session.scalar(statement.with_for_update().execution_options(populate_existing=True)))


def windows_of(scheme_id: int) -> list[Window]:
    """The windows of a scheme, newest first."""
    return list(
        db.session.scalars(select(Window).where(Window.scheme_id == scheme_id).order_by(Window.opens_at.desc()))
    )


def open_windows(at: datetime) -> list[OpenWindow]:
    """The windows that take applications at an instant, the first to close first."""
    statement = (
        select(Window)
        .join(Scheme)
        .options(joinedload(Window.scheme), joinedload(Window.scheme_version), joinedload(Window.release))
        .where(Window.state == WindowState.OPEN, Window.opens_at <= at, Window.closes_at > at - LONGEST)
        .where(Scheme.is_rehearsal.is_(False))
        .order_by(Window.closes_at, Window.id)
    )
    return [_open_window(one) for one in db.session.scalars(statement) if not has_closed(one, at)]


def windows_due(at: datetime) -> list[str]:
    """The windows whose time is over but which are not closed yet."""
    statement = select(Window).options(joinedload(Window.scheme_version))
    statement = statement.where(Window.state == WindowState.OPEN, Window.closes_at <= at).order_by(Window.id)
    return [one.public_id for one in db.session.scalars(statement) if has_closed(one, at)]


def has_closed(of: Window, at: datetime) -> bool:
    """Whether a window was closed, or an instant comes too late for it as its pack counts."""
    includes = pack(of.scheme_version).process.closes.includes
    return of.state is not WindowState.OPEN or closing.has_closed(of.closes_at, at, includes)


def pack(of: SchemeVersion | VersionKey) -> PolicyPack:
    """The rules of a version."""
    return compiled(of).pack


def compiled(of: SchemeVersion | VersionKey) -> CompiledPack:
    """A version ready to decide; compiled once per content and kept. Named by its key it is read only when it must."""
    found = _compiled.get(of.content_hash)
    if found is not None:
        return found
    return _compile(of.content_hash, (version(of.id) if isinstance(of, VersionKey) else of).content)


def recusal_days(of: SchemeVersion | VersionKey) -> int:
    """How many days after leaving an organisation nobody decides on it; 0 where the pack sets none."""
    recusal = pack(of).process.recusal
    return recusal.days if recusal else 0


def longest_recusal_days() -> int:
    """The longest of these terms that any scheme set which was ever in force: for acts that belong to no scheme."""
    was_in_force = SchemeVersion.published_at.is_not(None)
    statement = select(SchemeVersion.id, SchemeVersion.content_hash).where(was_in_force)
    return max((recusal_days(VersionKey(*row)) for row in db.session.execute(statement)), default=0)


def work_calendar() -> WorkCalendar:
    """The working days of this installation."""
    return published_calendar()


def size_standard(on: date) -> SizeTable:
    """The standard of 划型 in force on a day."""
    return in_force(_size_tables(), on)


@lru_cache(maxsize=1)
def _size_tables() -> tuple[SizeTable, ...]:
    files = sorted(_SIZE_TABLES.glob("*.yaml"))
    return tuple(size_table(read_values(file.read_text(encoding="utf-8"), str(file))) for file in files)


def _compile(content_hash: str, content: dict[str, Any]) -> CompiledPack:
    found = compiled_of(content)
    if found.digest != content_hash:
        raise ValueError("the content of a scheme version does not match its hash")
    while len(_compiled) >= _MOST_COMPILED:
        _compiled.pop(next(iter(_compiled)), None)
    _compiled[content_hash] = found
    return found


def _open_window(one: Window) -> OpenWindow:
    return OpenWindow(
        public_id=one.public_id,
        title=one.title,
        kind=one.voucher_kind,
        kind_name=pack(one.scheme_version).kind(one.voucher_kind).name,
        scheme_title=one.scheme.title,
        scheme_public_id=one.scheme.public_id,
        opens_at=one.opens_at,
        closes_at=one.closes_at,
        left=None if one.release is None else one.release.left,
    )


def _found(row: T | None) -> T:
    if row is None:
        raise NotFound("no such scheme, version or window")
    return row
