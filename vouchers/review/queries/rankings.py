"""Reading for the choice among all cases of a window: the windows, the cases, the slots given, what was settled."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select

from vouchers.applications.models import Application
from vouchers.applications.states import ApplicationState
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.policy import lots
from vouchers.policy import queries as policy
from vouchers.policy.models import Scheme, Window
from vouchers.policy.pack.allocation import Allocation
from vouchers.review.models import Ranking, RankingEntry

Round = Window
"""A window whose cases are chosen among at once, by its name for the services here."""

S = ApplicationState
_ON_THE_WAY = frozenset({S.SUBMITTED, S.IN_STAGE, S.CORRECTION})
_FALLEN = frozenset({S.REJECTED, S.WITHDRAWN, S.LAPSED, S.OUT_OF_FUNDS})


def rule_of(application: Application) -> Allocation | None:
    """How the money of a case's kind is given out, by the case's own version."""
    return lots.allocation_of(policy.pack(application.scheme_version), application.voucher_kind)


def rule_of_window(window: Window) -> Allocation | None:
    """How the money of a window is given out."""
    return lots.allocation_of(policy.pack(window.scheme_version), window.voucher_kind)


def windows_to_rank(actor: Actor, *, on: date) -> list[Window]:
    """The windows within reach whose cases are chosen among at once, the newest first."""
    statement = select(Window).join(Scheme).where(policy.covered_by(actor, on=on)).order_by(Window.id.desc())
    return [one for one in db.session.scalars(statement) if (rule := rule_of_window(one)) and rule.at_once]


def to_rank(window_id: int, *, held: bool = False) -> list[Application]:
    """The cases of a window that wait for the choice, in the order of their numbers; held until the commit."""
    statement = select(Application).where(Application.window_id == window_id, Application.state == S.TO_DECIDE)
    statement = statement.order_by(Application.public_id)
    if held:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return list(db.session.scalars(statement))


def on_the_way(window_id: int) -> int:
    """How many cases of a window are still being looked at."""
    own = (Application.window_id == window_id, Application.state.in_(_ON_THE_WAY))
    return db.session.scalar(select(func.count()).select_from(Application).where(*own)) or 0


def ranking_of(window_id: int) -> Ranking | None:
    """What was settled for a window."""
    return db.session.scalar(select(Ranking).where(Ranking.window_id == window_id))


def entry_of(application: Application) -> RankingEntry | None:
    """The place of a case in the ranking of its window."""
    return db.session.scalar(select(RankingEntry).where(RankingEntry.application_id == application.id))


def slots_taken(window: Window, rule: Allocation) -> int:
    """How many slots of the same period cases hold already; a window counts in the year in which it opens."""
    statement = (
        select(Window.opens_at, Window.id)
        .join(Application, Application.window_id == Window.id)
        .join(RankingEntry, RankingEntry.application_id == Application.id)
        .where(
            Window.scheme_id == window.scheme_id,
            Window.voucher_kind == window.voucher_kind,
            Application.state.not_in(_FALLEN | {S.WAITING}),
        )
    )
    found: Sequence[tuple[datetime, int]] = [(row[0], row[1]) for row in db.session.execute(statement)]
    return sum(_counts(window, rule, opens_at, window_id) for opens_at, window_id in found)


def reserves_before(entry: RankingEntry) -> list[str]:
    """The numbers of the cases that stand by before this one and still wait."""
    statement = (
        select(RankingEntry.number)
        .join(Application, Application.id == RankingEntry.application_id)
        .where(
            RankingEntry.ranking_id == entry.ranking_id,
            RankingEntry.place < entry.place,
            Application.state == S.WAITING,
        )
    )
    return list(db.session.scalars(statement.order_by(RankingEntry.place)))


def _counts(window: Window, rule: Allocation, opens_at: datetime, window_id: int) -> bool:
    if rule.per == "window":
        return window_id == window.id
    return rule.per == "life" or beijing_date(opens_at).year == beijing_date(window.opens_at).year
