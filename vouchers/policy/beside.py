"""The windows of a scheme beside each other: which end with a version, which begin after it, which turns are used."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from vouchers.db.base import db
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.periods import DateRange
from vouchers.policy import force, queries
from vouchers.policy.models import SchemeVersion, Window
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.opening import Plan, Round, period_name, proposed
from vouchers.policy.states import WindowState

USERS: list[Callable[[Window], bool]] = []  # the factory fills it: slices above tell whether a window has cases


def ending_with(of: SchemeVersion, *, on: date) -> list[Window]:
    """The windows that end when a version is stopped: its open ones, and where it is in force those of older texts."""
    ends = Window.scheme_version_id == of.id
    if force.has_begun(of, on):
        older = SchemeVersion.number < of.number
        ends |= Window.scheme_version_id.in_(
            select(SchemeVersion.id).where(SchemeVersion.scheme_id == of.scheme_id, older)
        )
    return list(db.session.scalars(select(Window).where(Window.state == WindowState.OPEN, ends).order_by(Window.id)))


def yet_to_begin(scheme_id: int, *, since: date, at: datetime) -> list[Window]:
    """Open windows of a scheme that have not begun and will begin on a day or after."""
    statement = select(Window).options(joinedload(Window.scheme_version)).order_by(Window.opens_at, Window.id)
    to_come = (Window.scheme_id == scheme_id, Window.state == WindowState.OPEN, Window.opens_at > at)
    return [one for one in db.session.scalars(statement.where(*to_come)) if beijing_date(one.opens_at) >= since]


@dataclass(frozen=True, slots=True)
class Turn:
    """How often windows of a kind open by its pack, and the days of the next; `period` names its quarter or year."""

    kind: str
    name: str
    plan: Plan
    days: DateRange | None
    period: str


def turns_of(version: SchemeVersion, *, on: date) -> list[Turn]:
    """The next window of every kind of a version, from a day on."""
    compiled = queries.compiled(version)
    return [_turn(version, kind.id, kind.name, plan_of(compiled, kind.id), on=on) for kind in compiled.pack.kinds]


def _turn(version: SchemeVersion, kind: str, name: str, plan: Plan, *, on: date) -> Turn:
    days = proposed(plan, on, rounds_of(version, kind))
    return Turn(kind, name, plan, days, period_name(plan.opens, days.first) if days else "")


def plan_of(compiled: CompiledPack, kind: str) -> Plan:
    """What a pack says of the windows of a kind; an arrangement of its own goes before the track of the whole."""
    pack = compiled.pack
    rule, days = pack.process.intake(kind), DateRange(pack.effective.first, pack.effective.last)
    if rule is None:
        return Plan("rolling", days, say="常年受理") if pack.process.track == "rolling" else Plan(None, days)
    first, last = max(rule.first or days.first, days.first), min(rule.last or pack.effective.last, pack.effective.last)
    days = DateRange(first, max(first, last))
    return Plan(rule.opens, days, rule.first, rule.last, rule.say, compiled.clauses[rule.id])


def rounds_of(version: SchemeVersion, kind: str) -> list[Round]:
    """The windows of a kind there are in the scheme of a version, whichever text they are under."""
    return [_round(one, version) for one in queries.windows_of(version.scheme_id) if one.voucher_kind == kind]


def _round(one: Window, version: SchemeVersion) -> Round:
    return Round(
        title=one.title,
        days=DateRange(beijing_date(one.opens_at), beijing_date(one.closes_at)),
        is_own=one.scheme_version_id == version.id,
        is_open=one.state is WindowState.OPEN,
        is_used=any(has_cases(one) for has_cases in USERS),
        was_stopped=one.is_stopped,
    )
