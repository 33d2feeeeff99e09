"""Reading public notices: lists, one notice with its entries, what waits for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, func, select, true
from sqlalchemy.orm import joinedload

from vouchers.applications.models import Application
from vouchers.applications.states import ApplicationState
from vouchers.db.base import db
from vouchers.db.lists import ListSpec, Page, page_of
from vouchers.db.writing import send
from vouchers.enterprises.models import Enterprise
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound
from vouchers.notices.models import NoticeEntry, Objection, PublicNotice
from vouchers.notices.states import NoticeState, ObjectionState
from vouchers.parties.models import Organisation
from vouchers.policy import queries as policy
from vouchers.policy.models import Scheme, Window
from vouchers.policy.reach import reaches_scheme

T = TypeVar("T")
Seen = tuple[Actor, date]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice in a list."""

    public_id: str
    number: str
    title: str
    state: NoticeState
    opens_on: date
    closes_on: date
    count: int
    fen: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A line of a notice; the case behind it is for officers only."""

    public_id: str
    name: str
    voucher_kind: str
    amount: int
    application: str
    number: str
    state: ApplicationState
    version: int
    open_objections: int
    scheme_version: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that may be put on notice or approved."""

    public_id: str
    number: str
    name: str
    voucher_kind: str
    fen: int
    scheme: str
    version: int
    meeting: str
    state: ApplicationState


def get(public_id: str) -> PublicNotice:
    """A notice."""
    statement = select(PublicNotice).options(joinedload(PublicNotice.scheme))
    return found(db.session.scalar(statement.where(PublicNotice.public_id == public_id)), public_id)


def lock(public_id: str) -> PublicNotice:
    """A notice, read anew and held until the commit."""
    statement = select(PublicNotice).where(PublicNotice.public_id == public_id)
    held = statement.with_for_update().execution_options(populate_existing=True)
    return found(db.session.scalar(held), public_id)


def get_entry(public_id: str) -> NoticeEntry:
    """A line of a notice."""
    return found(db.session.scalar(select(NoticeEntry).where(NoticeEntry.public_id == public_id)), public_id)


def notice_of(entry: NoticeEntry) -> PublicNotice:
    """The notice of a line."""
    return found(db.session.get(PublicNotice, entry.notice_id), str(entry.notice_id))


NOTICES = ListSpec(key=PublicNotice.id, sorts={"opened": PublicNotice.opens_on}, default="-opened")


def published(arguments: Mapping[str, str]) -> Page[NoticeRow]:
    """A page of the notices that are public, the newest first."""
    return _page(_notices(PublicNotice.state != NoticeState.WITHDRAWN), arguments)


def office_notices(seen_by: Seen, arguments: Mapping[str, str]) -> Page[NoticeRow]:
    """A page of the notices within an officer's reach, those taken down as well, the newest first."""
    return _page(_notices(within(seen_by)), arguments)


def _page(listed: Select[*tuple[Any, ...]], arguments: Mapping[str, str]) -> Page[NoticeRow]:
    page = page_of(db.session(), listed, spec=NOTICES, arguments=arguments, shape=lambda *values: values)
    return page.showing(_with_sums(page.rows))


def _notices(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    columns = (
        PublicNotice.id,
        PublicNotice.public_id,
        PublicNotice.number,
        PublicNotice.title,
        PublicNotice.state,
        PublicNotice.opens_on,
        PublicNotice.closes_on,
    )
    real = select(Scheme.id).where(Scheme.is_rehearsal.is_(False))
    return select(*columns).where(*conditions, PublicNotice.scheme_id.in_(real))


_SUMS = (
    select(NoticeEntry.notice_id, func.count(), func.sum(NoticeEntry.amount))
    .where(NoticeEntry.notice_id.in_(bindparam("shown", expanding=True)))
    .group_by(NoticeEntry.notice_id)
)


def _with_sums(rows: Sequence[Sequence[Any]]) -> list[NoticeRow]:
    """Rows with how many entries each has and what they come to: added up for what is shown, not for all there is."""
    added = send(_SUMS, {"shown": [row[0] for row in rows]})
    sums = {key: (count, int(fen)) for key, count, fen in added}
    return [NoticeRow(*(*row[1:], *sums.get(row[0], (0, 0)))) for row in rows]


_OPEN_ONES = (
    select(func.count())
    .where(Objection.state == ObjectionState.OPEN, Objection.entry_id == NoticeEntry.id)
    .scalar_subquery()
)
_ENTRIES = (  # asked for by every visitor of a notice: built once
    select(
        NoticeEntry.public_id,
        NoticeEntry.name,
        NoticeEntry.voucher_kind,
        NoticeEntry.amount,
        Application.public_id,
        Application.number,
        Application.state,
        Application.version,
        _OPEN_ONES,
        Application.scheme_version_id,
    )
    .join(Application, Application.id == NoticeEntry.application_id)
    .where(NoticeEntry.notice_id == bindparam("notice"))
    .order_by(NoticeEntry.id)
)


def entries_of(notice_id: int) -> list[EntryRow]:
    """The lines of a notice with the state of the cases behind them."""
    return [EntryRow(*row) for row in send(_ENTRIES, {"notice": notice_id})]


def candidates(actor: Actor, states: Sequence[ApplicationState], *, on: date) -> list[Candidate]:
    """Cases in these states within the schemes of the officer's appointment, oldest first."""
    statement = (
        select(
            Application.public_id,
            Application.number,
            Organisation.name,
            Application.voucher_kind,
            func.coalesce(Application.approved, 0),
            Scheme.title,
            Application.version,
            Application.meeting,
            Application.state,
        )
        .join(Enterprise, Enterprise.id == Application.enterprise_id)
        .join(Organisation, Organisation.id == Enterprise.organisation_id)
        .join(Window, Window.id == Application.window_id)
        .join(Scheme, Scheme.id == Window.scheme_id)
        .where(Application.state.in_(states), policy.covered_by(actor, on=on))
        .order_by(Application.id)
    )
    return [Candidate(*row) for row in db.session.execute(statement)]


def approvable(actor: Actor, states: Sequence[ApplicationState], *, on: date) -> list[Candidate]:
    """Of these cases those that may be approved now: decided ones only where their version wants no notice."""
    found = candidates(actor, states, on=on)
    decided = [one.public_id for one in found if one.state is ApplicationState.DECIDED]
    without = {
        case.public_id
        for case in db.session.scalars(select(Application).where(Application.public_id.in_(decided)))
        if policy.pack(case.scheme_version).process.notice is None
    }
    return [one for one in found if one.state is not ApplicationState.DECIDED or one.public_id in without]


def provisional() -> list[str]:
    """Public ids of open notices whose last day is still a guess."""
    open_ones = (PublicNotice.state == NoticeState.OPEN, PublicNotice.is_provisional.is_(True))
    return list(db.session.scalars(select(PublicNotice.public_id).where(*open_ones).order_by(PublicNotice.id)))


def ended_by(on: date, most: int) -> list[str]:
    """Public ids of open notices whose last day has passed; one on a guess at the calendar ends nothing."""
    statement = (
        select(PublicNotice.public_id)
        .where(PublicNotice.state == NoticeState.OPEN, PublicNotice.closes_on < on)
        .where(PublicNotice.is_provisional.is_(False))
        .order_by(PublicNotice.id)
        .limit(most)
    )
    return list(db.session.scalars(statement))


def on_notice(notice_id: int) -> list[str]:
    """Public ids of the cases of a notice that are on notice without an open objection."""
    statement = (
        select(Application.public_id)
        .join(NoticeEntry, NoticeEntry.application_id == Application.id)
        .where(NoticeEntry.notice_id == notice_id, Application.state == ApplicationState.ON_NOTICE)
        .order_by(Application.id)
    )
    return list(db.session.scalars(statement))


def within(seen_by: Seen | None) -> ColumnElement[bool]:
    """The condition that a notice is within reach of who looks."""
    return reaches_scheme(PublicNotice.scheme_id, seen_by[0], on=seen_by[1]) if seen_by else true()


def found(row: T | None, key: str) -> T:
    """The row; NotFound when there is none."""
    if row is None:
        raise NotFound(f"notice {key}")
    return row
