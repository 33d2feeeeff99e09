"""What the front page shows: open windows with money left, open notices, and sums from the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.kernel.clock import beijing_date
from vouchers.ledger import queries as ledger_queries
from vouchers.notices.models import PublicNotice
from vouchers.notices.states import NoticeState
from vouchers.policy import force
from vouchers.policy import queries as policy
from vouchers.policy.models import Scheme
from vouchers.policy.queries import OpenWindow


@dataclass(frozen=True, slots=True)
class Offer:
    """An open window with what is left of its envelope, in fen, and the working days until it closes."""

    window: OpenWindow
    summary: str
    granted: int
    available: int
    share_promised: int
    days_left: int

    @property
    def is_scarce(self) -> bool:
        """Whether less than a tenth is left."""
        return self.available * 10 < self.granted


@dataclass(frozen=True, slots=True)
class OnNotice:
    """A notice that still runs, with the working days left."""

    public_id: str
    title: str
    closes_on: date
    entries: int
    days_left: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Sums over all schemes, in fen, and how many enterprises hold a voucher."""

    issued: int
    paid: int
    holders: int


def open_windows(at: datetime) -> list[Offer]:
    """Windows that take applications now."""
    return [_offer(window, at) for window in policy.open_windows(at)]


def open_notices(on: date) -> Sequence[OnNotice]:
    """Notices that still run, the first to end first."""
    calendar = policy.work_calendar()
    statement = (
        select(PublicNotice)
        .where(PublicNotice.state == NoticeState.OPEN, PublicNotice.opens_on <= on, PublicNotice.closes_on >= on)
        .order_by(PublicNotice.closes_on, PublicNotice.id)
        .limit(5)
    )
    return [
        OnNotice(one.public_id, one.title, one.closes_on, len(one.entries), calendar.between(on, one.closes_on))
        for one in db.session.scalars(statement)
    ]


def progress() -> Progress:
    """What came of all schemes so far; rehearsals are left out."""
    live = Voucher.is_rehearsal.is_(False)
    row = db.session.execute(
        select(func.coalesce(func.sum(Voucher.face), 0), func.count(func.distinct(Voucher.enterprise_id))).where(live)
    ).one()
    paid = sum(total.paid for total in ledger_queries.pot_totals())
    return Progress(int(row[0]), paid, int(row[1]))


def _offer(window: OpenWindow, at: datetime) -> Offer:
    scheme = policy.scheme(window.scheme_public_id)
    totals = [one for one in ledger_queries.pot_totals(scheme.id) if one.voucher_kind == window.kind]
    granted, available = sum(one.granted for one in totals), sum(one.available for one in totals)
    days = policy.work_calendar().between(beijing_date(at), beijing_date(window.closes_at))
    promised = (granted - available) * 100 // granted if granted else 0
    return Offer(window, _summary(scheme, beijing_date(at)), granted, available, promised, days)


def _summary(scheme: Scheme, on: date) -> str:
    version = force.version_in_force(scheme.id, on=on)
    return policy.pack(version).summary if version else ""
