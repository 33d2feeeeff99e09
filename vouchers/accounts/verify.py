"""What always holds of people, their posts and repeated presses; each finding names the invariant and the row."""

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import select

from vouchers.accounts import rules
from vouchers.accounts.models import Appointment, Office, Person, StoredAnswer, User
from vouchers.accounts.states import LABELS
from vouchers.db.base import db
from vouchers.db.repeats import repeated

CHECKS = ("INV-20", "INV-21", "INV-35", "INV-36")
Found = tuple[str, str, str]
"""Invariant, row, sentence."""


def findings() -> Iterator[Found]:
    """Persons kept twice, presses answered twice, and posts that nobody may hold together or in such an office."""
    for index in (Person.identity_index, Person.phone_index):
        for _ in repeated(index):
            yield "INV-20", f"persons.{index.key}", "同一证件号码或手机号登记了两个人"
    for key in repeated(StoredAnswer.principal, StoredAnswer.operation, StoredAnswer.key):
        yield "INV-21", f"stored_answers/{key}", "同一次提交留有两个答复"
    yield from _posts()
    yield from _bodies()


def _posts() -> Iterator[Found]:
    """One of the three administrators holds no other role on the same day, whichever account it hangs on."""
    statement = (
        select(User.person_id, Appointment.role, Appointment.valid_from, Appointment.valid_until)
        .join(User, User.id == Appointment.user_id)
        .order_by(User.person_id, Appointment.valid_from)
        .execution_options(yield_per=1000)
    )
    for person_id, rows in groupby(db.session.execute(statement), key=lambda row: row.person_id):
        posts = list(rows)
        for n, later in enumerate(posts):
            held = {one.role for one in posts[:n] if one.valid_until is None or one.valid_until >= later.valid_from}
            if later.role not in held and rules.appointment_findings(held, later.role):
                yield "INV-35", f"persons/{person_id}", f"同时担任{LABELS[later.role]}和其他岗位"


def _bodies() -> Iterator[Found]:
    """Roles that belong to one kind of office are held there."""
    statement = (
        select(Appointment.id, Appointment.role, Office.kind)
        .join(Office, Office.id == Appointment.office_id)
        .where(Appointment.role.in_(rules.BODIES))
    )
    for row in db.session.execute(statement):
        if rules.body_findings(row.role, row.kind):
            yield "INV-36", f"appointments/{row.id}", f"{LABELS[row.role]}不在{LABELS[rules.BODIES[row.role]]}任职"
