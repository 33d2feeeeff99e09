"""Duties on cases (岗位分离): the key of the table decides, also between two requests at the same moment."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from vouchers.accounts import rules
from vouchers.accounts.models import CaseDuty
from vouchers.accounts.states import Duty
from vouchers.db.base import db
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.faults import fault


def hold_duty(case_id: str, person_id: int, *, duty: Duty, part: str = "", at: datetime) -> None:
    """Let a person take this duty on a case, or repeat it; RuleViolation when they hold another.

    `part` is the stage where a pack wants its stages done by different people, and empty where it does not mind. A duty
    held without a part is narrowed to the first part its holder takes, so that nobody slips into a second one.
    """
    key = (CaseDuty.case_id == case_id, CaseDuty.person_id == person_id)
    session = db.session()
    fault("duty.before")
    try:
        with session.begin_nested():
            session.add(CaseDuty(case_id=case_id, person_id=person_id, duty=duty, part=part, since=at))
    except IntegrityError:
        held = session.execute(select(CaseDuty.duty, CaseDuty.part).where(*key)).one()
        findings = rules.duty_findings((held.duty, held.part), (duty, part))
        if findings:
            raise RuleViolation(findings) from None
        if part and not held.part:
            _narrow(case_id, person_id, part)
    fault("duty.after")


def _narrow(case_id: str, person_id: int, part: str) -> None:
    own = (CaseDuty.case_id == case_id, CaseDuty.person_id == person_id)
    db.session.execute(update(CaseDuty).where(*own, CaseDuty.part == "").values(part=part))
    taken = db.session.scalar(select(CaseDuty.part).where(*own))
    if taken != part:  # another act of the same person was first
        raise RuleViolation([rules.PART_HELD])
