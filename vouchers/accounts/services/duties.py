"""Duties on cases (岗位分离): the key of the table decides, also between two requests at the same moment."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from vouchers.accounts import rules
from vouchers.accounts.models import CaseDuty
from vouchers.accounts.states import Duty
from vouchers.db.base import db
from vouchers.kernel.errors import RuleViolation


def hold_duty(case_id: str, person_id: int, *, duty: Duty, part: str = "", at: datetime) -> None:
    """Let a person take this duty on a case, or repeat it; RuleViolation when they hold another.

    Rows are never changed, so the part of the first act stands. `part` is the stage where a pack wants its stages done
    by different people; such a pack names one at every act of the duty, the first included. Elsewhere it is empty.
    """
    key = (CaseDuty.case_id == case_id, CaseDuty.person_id == person_id)
    session = db.session()
    try:
        with session.begin_nested():
            session.add(CaseDuty(case_id=case_id, person_id=person_id, duty=duty, part=part, since=at))
    except IntegrityError:
        held = session.execute(select(CaseDuty.duty, CaseDuty.part).where(*key)).one()
        findings = rules.duty_findings((held.duty, held.part), (duty, part))
        if findings:
            raise RuleViolation(findings) from None
