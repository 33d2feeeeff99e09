"""What always holds of cases, checked on a live database; each finding names the invariant and the row."""

from collections.abc import Iterator

from sqlalchemy import select

from vouchers.accounts.models import CaseDuty
from vouchers.accounts.states import Duty
from vouchers.applications.models import Application, Submission
from vouchers.applications.states import LIVE
from vouchers.db.base import db
from vouchers.db.numbers import beyond
from vouchers.db.repeats import repeated
from vouchers.kernel.canonical import digest
from vouchers.policy.verify import not_replayed

CHECKS = ("INV-13", "INV-18", "INV-19", "INV-28", "INV-32")
Found = tuple[str, str, str]
"""Invariant, row, sentence."""


def findings() -> Iterator[Found]:
    """Numbers given twice, two live cases where one may be, and submissions that are not what was confirmed."""
    for number in (*repeated(Application.number), *beyond(Application.number)):
        yield "INV-18", f"applications/{number}", "编号重复，或不是由编号序列给出"
    live = Application.state.in_(LIVE)
    for key in repeated(Application.enterprise_id, Application.window_id, Application.voucher_kind, where=live):
        yield "INV-19", f"applications/{key}", "同一企业在同一窗口有两件在办申请（企业:窗口:券种）"
    yield from _submissions()
    yield from _entered()
    decided = select(Application.number, Application.scheme_version_id, Application.decision)
    rows = db.session.execute(decided.order_by(Application.id).execution_options(yield_per=500))
    for number in not_replayed((name, version, stored) for name, version, stored in rows):
        yield "INV-13", f"applications/{number}", "按当时的方案和事实重新计算，结论与所存的不同"


def _submissions() -> Iterator[Found]:
    statement = select(Submission.id, Submission.snapshot, Submission.hash).execution_options(yield_per=500)
    for row in db.session.execute(statement):
        if digest(row.snapshot) != row.hash:
            yield "INV-28", f"submissions/{row.id}", "提交快照与确认时的摘要不符"


def _entered() -> Iterator[Found]:
    """Whoever confirmed a submission holds the duty to enter on its case, and so no other."""
    statement = (
        select(Application.number)
        .join(Submission, Submission.application_id == Application.id)
        .outerjoin(
            CaseDuty,
            (CaseDuty.case_id == Application.public_id)
            & (CaseDuty.person_id == Submission.confirmed_person_id)
            & (CaseDuty.duty == Duty.ENTER),
        )
        .where(CaseDuty.case_id.is_(None))
    )
    for number in db.session.scalars(statement):
        yield "INV-32", f"applications/{number}", "确认提交的人在本案没有申报职责"
