"""候补 beside a notice: who stands by behind those who were chosen, where they were chosen among at once."""

from dataclasses import dataclass

from sqlalchemy import select

from vouchers.db.base import db
from vouchers.notices import rules
from vouchers.notices.models import NoticeEntry
from vouchers.review.models import Ranking, RankingEntry


@dataclass(frozen=True, slots=True)
class Reserve:
    """A case that stands by: its place in the ranking and the public name of the applicant."""

    place: int
    number: str
    name: str


def rankings_of(notice_id: int) -> list[Ranking]:
    """The rankings from which the cases of a notice were chosen."""
    own = select(NoticeEntry.application_id).where(NoticeEntry.notice_id == notice_id)
    ids = select(RankingEntry.ranking_id).where(RankingEntry.application_id.in_(own))
    return list(db.session.scalars(select(Ranking).where(Ranking.id.in_(ids)).order_by(Ranking.id)))


def reserves_of(rankings: list[Ranking]) -> list[Reserve]:
    """Who stands by in these rankings, in the order of their places."""
    found = []
    for entry in (entry for ranking in rankings for entry in ranking.entries if entry.reason == "reserve"):
        organisation = entry.application.enterprise.organisation
        name = rules.public_name(organisation.name, is_natural_person=organisation.uscc is None)
        found.append(Reserve(entry.place, entry.number, name))
    return found
