"""Submitted cases as they were frozen, for deciding them again."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, select

from vouchers.applications.models import Application, Submission
from vouchers.db.base import db
from vouchers.policy.comparing.replaying import PastCase
from vouchers.policy.models import Scheme, SchemeVersion

_AT_ONCE = 500


def past_cases(pack_id: str) -> Iterator[PastCase]:
    """Every submitted case of a scheme by its last snapshot, in the order of numbers; rehearsals are left out."""
    newest = select(Submission.application_id, func.max(Submission.revision).label("revision"))
    last = newest.group_by(Submission.application_id).subquery()
    statement = (
        select(Application.number, Application.voucher_kind, Submission.snapshot)
        .join(Submission, Submission.application_id == Application.id)
        .join(last, (last.c.application_id == Submission.application_id) & (last.c.revision == Submission.revision))
        .join(SchemeVersion, SchemeVersion.id == Application.scheme_version_id)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .where(Scheme.pack_id == pack_id, Application.is_rehearsal.is_(False))
        .order_by(Application.number)
        .execution_options(yield_per=_AT_ONCE)
    )
    for number, kind, frozen in db.session.execute(statement):
        day = date.fromisoformat(frozen["decided_on"])
        yield PastCase(number, kind, day, frozen["facts"], frozen["computed"])
