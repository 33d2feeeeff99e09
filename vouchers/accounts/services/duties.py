"""Duties on cases (岗位分离): the key of the table decides, also between two requests at the same moment."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, text, update

from vouchers.accounts import rules
from vouchers.accounts.models import CaseDuty
from vouchers.accounts.states import Duty
from vouchers.audit import sealing
from vouchers.db.base import db
from vouchers.db.columns import Instant
from vouchers.db.writing import send
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.faults import fault

_TAKE = text(
    "INSERT INTO case_duties (case_id, person_id, duty, part, since)"
    " VALUES (:case_id, :person_id, :duty, :part, :since)"
    " ON CONFLICT (case_id, person_id) DO NOTHING RETURNING case_id, person_id, duty, part, since"
).bindparams(bindparam("since", type_=Instant()))
_duties = CaseDuty.__table__.c
_HELD = select(_duties.duty, _duties.part).where(
    _duties.case_id == bindparam("case_id"), _duties.person_id == bindparam("person_id")
)


def hold_duty(case_id: str, person_id: int, *, duty: Duty, part: str = "", at: datetime) -> None:
    """Let a person take this duty on a case, or repeat it; RuleViolation when they hold another.

    `part` is the stage where a pack wants its stages done by different people, and empty where it does not mind. A duty
    held without a part is narrowed to the first part its holder takes, so that nobody slips into a second one.
    """
    key = {"case_id": case_id, "person_id": person_id}
    fault("duty.before")
    taken = send(_TAKE, {**key, "duty": duty.value, "part": part, "since": at}).one_or_none()
    if taken is not None:
        sealing.note_row(db.session(), CaseDuty, taken)
    elif _narrowed(key, duty, part):
        sealing.note(db.session(), CaseDuty, [(case_id, person_id)])
    fault("duty.after")


def _narrowed(key: dict[str, Any], duty: Duty, part: str) -> bool:
    """Whether a duty held already had to be narrowed to this part; RuleViolation when it is another one."""
    held = send(_HELD, key).one()
    findings = rules.duty_findings((held.duty, held.part), (duty, part))
    if findings:
        raise RuleViolation(findings)
    if not part or held.part:
        return False
    _narrow(key["case_id"], key["person_id"], part)
    return True


def _narrow(case_id: str, person_id: int, part: str) -> None:
    own = (CaseDuty.case_id == case_id, CaseDuty.person_id == person_id)
    db.session.execute(update(CaseDuty).where(*own, CaseDuty.part == "").values(part=part))
    taken = db.session.scalar(select(CaseDuty.part).where(*own))
    if taken != part:  # another act of the same person was first
        raise RuleViolation([rules.PART_HELD])
