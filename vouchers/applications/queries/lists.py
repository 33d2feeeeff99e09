"""Cases as the office lists them: filtered, sorted, paged by key, within the schemes and stages of the appointment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, literal, or_, select, true, tuple_, union_all
from sqlalchemy.orm import joinedload

from vouchers.accounts import queries as accounts
from vouchers.accounts.rules import Reach
from vouchers.applications.models import Application
from vouchers.applications.states import NOT_WAITING, OPEN_TO_OFFICE, ApplicationState
from vouchers.db.base import db
from vouchers.db.filters import at_least_fen, at_most_fen, contains, equals, one_of, since, until
from vouchers.db.lists import COUNT_CAP, ListSpec, Page, Source, export_of, page_of
from vouchers.db.writing import send
from vouchers.enterprises.models import Enterprise
from vouchers.kernel.actor import Actor
from vouchers.parties.models import Organisation
from vouchers.policy import queries as policy
from vouchers.policy.models import Scheme, Window
from vouchers.policy.reach import is_all

WAITING, EVERYWHERE = "waiting", "all"
_STOPPED = 9  # the place of the stopped clock among the columns
_MOST_SIGHTS = 100  # offices differ in what they cover, not the hundreds of officers
_ARRIVED = func.coalesce(Application.submitted_at, Application.created_at)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the lists of the office."""

    public_id: str
    number: str
    name: str
    scheme: str
    voucher_kind: str
    state: ApplicationState
    stage: str
    due_on: date | None
    is_provisional: bool
    is_stopped: bool
    submitted_at: datetime | None
    computed: int
    approved: int | None
    window_id: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many cases stand where."""

    state: ApplicationState
    count: int
    is_capped: bool = False


def _waiting(text: str) -> ColumnElement[bool]:
    """The filter `where`: what waits for the office, or everything."""
    return true() if text == EVERYWHERE else Application.queue_on < NOT_WAITING


CASES = ListSpec(
    key=Application.id,
    sorts={
        "due": Application.queue_on,
        "submitted": _ARRIVED,
        "number": Application.number,
        "computed": Application.computed,
    },
    default="due",
    filters={
        "state": one_of(Application.state, ApplicationState),
        "stage": equals(Application.stage),
        "scheme": equals(Scheme.pack_id),
        "q": contains(Application.number, Organisation.name, Organisation.uscc),
        "from": since(_ARRIVED),
        "to": until(_ARRIVED),
        "least": at_least_fen(Application.computed),
        "most": at_most_fen(Application.computed),
        "where": _waiting,
    },
    beside=frozenset({"scheme", "q"}),
    sources={
        "q": (
            Source(Application.id, (Application.number,)),
            Source(
                Organisation.id,
                (Organisation.name, Organisation.uscc),
                leads=select(Application.id).join(Enterprise, Enterprise.id == Application.enterprise_id),
                through=Enterprise.organisation_id,
            ),
        )
    },
)


def list_cases(actor: Actor, arguments: Mapping[str, str], *, on: date) -> Page[CaseRow]:
    """The cases this officer may see, the oldest deadline first."""
    told = _cases(*_sight(actor, on))
    bare = _bare(*_counted_sight(actor, on), waits=arguments.get("where") == WAITING)
    return page_of(db.session(), told, spec=CASES, arguments=arguments, shape=_row, bare=bare)


def export_cases(actor: Actor, arguments: Mapping[str, str], *, on: date) -> Iterator[CaseRow]:
    """Every row of the same list."""
    return export_of(db.session(), _cases(*_sight(actor, on)), spec=CASES, arguments=arguments, shape=_row)


def stage_names(rows: Sequence[CaseRow]) -> dict[str, str]:
    """The name of the stage of each listed case, by public id; in one query."""
    windows = (
        select(Window).options(joinedload(Window.scheme_version)).where(Window.id.in_({r.window_id for r in rows}))
    )
    stages = {
        window.id: {stage.id: stage.name for stage in policy.pack(window.scheme_version).process.stages}
        for window in db.session.scalars(windows)
    }
    return {row.public_id: stages[row.window_id].get(row.stage, "") for row in rows}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The cases before and after one in the officer's queue, by public id; empty at its ends."""

    before: str = ""
    after: str = ""


def neighbours_of(case: Application, actor: Actor, *, on: date) -> Neighbours:
    """What stands beside a waiting case in the queue, the oldest deadline first; nothing for one that does not wait."""
    if case.queue_on >= NOT_WAITING:
        return Neighbours()
    place = tuple_(Application.queue_on, Application.id)
    here = tuple_(literal(case.queue_on), literal(case.id))
    order = (Application.queue_on, Application.id)
    seen = select(Application.public_id).where(in_sight(actor, on=on), Application.queue_on < NOT_WAITING).limit(1)
    after = db.session.scalar(seen.where(place > here).order_by(*order))
    before = db.session.scalar(seen.where(place < here).order_by(*(column.desc() for column in order)))
    return Neighbours(before or "", after or "")


def tallies(actor: Actor, *, on: date) -> list[Tally]:
    """How many cases of this officer's stand in each state that needs the office, counted up to the cap."""
    counted: dict[str, int] = {row[0]: row[1] for row in send(_tallies(*_counted_sight(actor, on)))}
    return [
        Tally(state, min(counted[state.value], COUNT_CAP), counted[state.value] > COUNT_CAP)
        for state in OPEN_TO_OFFICE
        if counted[state.value]
    ]


def in_sight(actor: Actor, *, on: date) -> ColumnElement[bool]:
    """The condition that a case lies within the schemes and stages of the appointment in use."""
    return _seen(*_sight(actor, on))


def _sight(actor: Actor, on: date) -> tuple[Reach, frozenset[str]]:
    """What the appointment in use covers; asked anew each time, while the statements about it are built once."""
    return accounts.actor_schemes(actor, on=on), accounts.actor_stages(actor, on=on).keys


def _counted_sight(actor: Actor, on: date) -> tuple[Reach, frozenset[str]]:
    """The same for counting: where no scheme lies out of reach an index alone tells, else each case is looked at."""
    reach, stages = _sight(actor, on)
    return (Reach() if reach == Reach() or is_all(reach) else reach), stages


@lru_cache(maxsize=_MOST_SIGHTS)
def _tallies(reach: Reach, stages: frozenset[str]) -> CompoundSelect[str, int]:
    return union_all(*(_capped(state, _seen(reach, stages)) for state in OPEN_TO_OFFICE))


def _capped(state: ApplicationState, seen: ColumnElement[bool]) -> Select[str, int]:
    """A state and how many cases stand there, counted to one beyond the cap."""
    some = select(Application.id).where(Application.state == state, seen).limit(COUNT_CAP + 1).subquery()
    return select(literal(state.value), func.count()).select_from(some)


@lru_cache(maxsize=_MOST_SIGHTS)
def _seen(reach: Reach, stages: frozenset[str]) -> ColumnElement[bool]:
    drafts = (ApplicationState.DRAFT, ApplicationState.TO_CONFIRM)
    return and_(Application.state.not_in(drafts), *_covered(reach, stages))


@lru_cache(maxsize=_MOST_SIGHTS)
def _bare(reach: Reach, stages: frozenset[str], *, waits: bool) -> Select[int]:
    """The same cases without what a line tells of them; no draft waits, so nobody asks where only those count."""
    conditions = _covered(reach, stages) if waits else [_seen(reach, stages)]
    return select(Application.id).where(*conditions)


def _covered(reach: Reach, stages: frozenset[str]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if reach != Reach():
        seen = select(Window.id).join(Scheme, Scheme.id == Window.scheme_id).where(policy.within(reach))
        conditions.append(Application.window_id.in_(seen))
    if stages:
        conditions.append(or_(Application.stage == "", Application.stage.in_(stages)))
    return conditions


@lru_cache(maxsize=_MOST_SIGHTS)
def _cases(reach: Reach, stages: frozenset[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Application.public_id,
            Application.number,
            Organisation.name,
            Scheme.title,
            Application.voucher_kind,
            Application.state,
            Application.stage,
            Application.due_on,
            Application.due_is_provisional,
            Application.clock_stopped_at,
            Application.submitted_at,
            Application.computed,
            Application.approved,
            Application.window_id,
        )
        .join(Enterprise, Enterprise.id == Application.enterprise_id)
        .join(Organisation, Organisation.id == Enterprise.organisation_id)
        .join(Window, Window.id == Application.window_id)
        .join(Scheme, Scheme.id == Window.scheme_id)
        .where(_seen(reach, stages))
    )


def _row(*values: Any) -> CaseRow:
    shown = [*values]
    shown[_STOPPED] = shown[_STOPPED] is not None
    return CaseRow(*shown)
