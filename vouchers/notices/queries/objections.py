"""Reading objections: one, those of an office, those still open on a case."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from vouchers.db.base import db
from vouchers.kernel.clock import beijing_date
from vouchers.notices import rules
from vouchers.notices.models import NoticeEntry, Objection, PublicNotice
from vouchers.notices.queries.notices import Seen, found, within
from vouchers.notices.rules import ObjectionTerm
from vouchers.notices.states import ObjectionState
from vouchers.policy import queries as policy


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection as officers see it."""

    public_id: str
    state: ObjectionState
    text: str
    contact_name: str
    contact: str
    lodged_at: datetime
    resolution: str
    resolved_by: str
    resolved_at: datetime | None
    version: int
    entry: str
    name: str
    notice: str
    notice_title: str


def get_objection(public_id: str) -> Objection:
    """An objection."""
    return found(db.session.scalar(select(Objection).where(Objection.public_id == public_id)), public_id)


def lock_objection(public_id: str) -> Objection:
    """An objection, read anew and held until the commit."""
    statement = select(Objection).where(Objection.public_id == public_id)
    held = statement.with_for_update().execution_options(populate_existing=True)
    return found(db.session.scalar(held), public_id)


def objections(
    state: ObjectionState | None = None,
    *,
    notice_id: int | None = None,
    public_id: str | None = None,
    seen_by: Seen | None = None,
) -> list[ObjectionRow]:
    """Objections, the newest first: those in a state, to a notice, or one; for an officer those within reach."""
    statement = (
        select(Objection, NoticeEntry, PublicNotice)
        .join(NoticeEntry, NoticeEntry.id == Objection.entry_id)
        .join(PublicNotice, PublicNotice.id == NoticeEntry.notice_id)
        .where(within(seen_by))
        .order_by(Objection.id.desc())
    )
    if state is not None:
        statement = statement.where(Objection.state == state)
    if notice_id is not None:
        statement = statement.where(PublicNotice.id == notice_id)
    if public_id is not None:
        statement = statement.where(Objection.public_id == public_id)
    return [_objection(*row) for row in db.session.execute(statement)]


def term_of(entry: NoticeEntry, notice: PublicNotice) -> ObjectionTerm:
    """Until when an objection to an entry is taken, as the version of its own case says."""
    version = entry.application.scheme_version
    rule = policy.pack(version).process.objection
    clause = policy.compiled(version).clauses[rule.id] if rule else ""
    days = (notice.opens_on, notice.closes_on)
    return rules.objection_term(policy.work_calendar(), days, rule, clause=clause)


def answer_due(objection: Objection, term: ObjectionTerm) -> date | None:
    """The last day to answer an objection, where its pack sets one."""
    return rules.answer_due(policy.work_calendar(), beijing_date(objection.lodged_at), term)


def open_objections(application_id: int) -> int:
    """How many objections to a case are not settled."""
    statement = (
        select(func.count())
        .select_from(Objection)
        .join(NoticeEntry, NoticeEntry.id == Objection.entry_id)
        .where(NoticeEntry.application_id == application_id, Objection.state == ObjectionState.OPEN)
    )
    return db.session.scalar(statement) or 0


def _objection(objection: Objection, entry: NoticeEntry, notice: PublicNotice) -> ObjectionRow:
    return ObjectionRow(
        public_id=objection.public_id,
        state=objection.state,
        text=objection.text,
        contact_name=objection.contact_name or "",
        contact=objection.contact or "",
        lodged_at=objection.lodged_at,
        resolution=objection.resolution,
        resolved_by=objection.resolved_by,
        resolved_at=objection.resolved_at,
        version=objection.version,
        entry=entry.public_id,
        name=entry.name,
        notice=notice.public_id,
        notice_title=notice.title,
    )
