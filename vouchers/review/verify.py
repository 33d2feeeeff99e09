"""What always holds of examining and deciding, checked on a live database."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import aliased

from vouchers.accounts.models import Appointment, CaseDuty, Office, User
from vouchers.accounts.states import Duty
from vouchers.applications.models import Application
from vouchers.db.base import db
from vouchers.enterprises.models import Enterprise
from vouchers.kernel.clock import beijing_date
from vouchers.parties.models import Conflict, Mandate
from vouchers.review.models import Opinion

CHECKS = ("INV-32", "INV-33", "INV-34", "INV-36")
Found = tuple[str, str, str]
"""Invariant, row, sentence."""


def findings() -> Iterator[Found]:
    """Opinions of people who hold no such duty, are tied to the applicant, or did what others were to do."""
    yield from _duties()
    yield from _ties()
    yield from _parts()
    yield from _offices()


def _duties() -> Iterator[Found]:
    """Whoever gave an opinion holds the duty to examine or to decide on the case: the key lets nobody hold two."""
    statement = (
        select(Opinion.id, Application.number)
        .join(Application, Application.id == Opinion.application_id)
        .outerjoin(
            CaseDuty,
            (CaseDuty.case_id == Application.public_id)
            & (CaseDuty.person_id == Opinion.reviewer_person_id)
            & CaseDuty.duty.in_((Duty.EXAMINE, Duty.DECIDE)),
        )
        .where(CaseDuty.case_id.is_(None))
    )
    for row in db.session.execute(statement):
        yield "INV-32", f"opinions/{row.id}", f"提出意见的人在申请 {row.number} 没有审核或审定职责"


def _ties() -> Iterator[Found]:
    """Nobody judges an organisation they acted for on that day, or had declared not to be impartial towards."""
    about = (
        select(Opinion.id, Opinion.at, Opinion.reviewer_person_id, Enterprise.organisation_id)
        .join(Application, Application.id == Opinion.application_id)
        .join(Enterprise, Enterprise.id == Application.enterprise_id)
        .subquery()
    )
    of = (about.c.reviewer_person_id, about.c.organisation_id)
    members = select(about.c.id, about.c.at, Mandate.valid_from, Mandate.valid_until).join(
        Mandate, (Mandate.person_id == of[0]) & (Mandate.organisation_id == of[1])
    )
    for row in db.session.execute(members):
        day = beijing_date(row.at)
        if row.valid_from <= day and (row.valid_until is None or day <= row.valid_until):
            yield "INV-33", f"opinions/{row.id}", "提出意见的人当日代表申请单位"
    declared = select(about.c.id).join(
        Conflict,
        (Conflict.person_id == of[0]) & (Conflict.organisation_id == of[1]) & (Conflict.declared_at < about.c.at),
    )
    for opinion in db.session.scalars(declared):
        yield "INV-33", f"opinions/{opinion}", "提出意见的人此前已声明与申请单位有利害关系"


def _parts() -> Iterator[Found]:
    """Of two stages that a pack wants done by different people nobody does both."""
    own, other = aliased(CaseDuty), aliased(CaseDuty)
    statement = (
        select(Opinion.id)
        .join(Application, Application.id == Opinion.application_id)
        .join(own, (own.case_id == Application.public_id) & (own.person_id == Opinion.reviewer_person_id))
        .join(other, (other.case_id == Application.public_id) & (other.part == Opinion.stage))
        .where(own.part != "", own.part != Opinion.stage)
        .distinct()
    )
    for opinion in db.session.scalars(statement):
        yield "INV-34", f"opinions/{opinion}", "须由不同的人办理的两个环节由同一人办理"


def _offices() -> Iterator[Found]:
    """Whoever spoke for an office holds or held a post in it."""
    posts = (
        select(User.person_id, Office.public_id)
        .join(Appointment, Appointment.user_id == User.id)
        .join(Office, Office.id == Appointment.office_id)
        .distinct()
        .subquery()
    )
    statement = (
        select(Opinion.id)
        .outerjoin(posts, (posts.c.person_id == Opinion.reviewer_person_id) & (posts.c.public_id == Opinion.office))
        .where(Opinion.office != "", posts.c.person_id.is_(None))
    )
    for opinion in db.session.scalars(statement):
        yield "INV-36", f"opinions/{opinion}", "提出意见的人没有在所代表的机构任过职"
