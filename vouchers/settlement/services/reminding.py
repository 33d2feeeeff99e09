"""When a period of settling has ended: finance is told, once a period, that something may be put into a batch."""

from datetime import datetime

from vouchers.accounts.states import Role
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.messages import services as messages
from vouchers.settlement import queries


def remind_due(*, actor: Actor, at: datetime) -> int:
    """Tell the makers of the paying bodies of each scheme whose period has ended with something to pay."""
    found = queries.to_remind(beijing_date(at))
    for scheme in found:
        audit.record(queries.REMINDED, Subject("scheme", scheme.public_id), actor=actor, at=at)
        params = {"scheme": scheme.title}
        for office_id in queries.paying_offices(scheme):
            to = messages.to_office(office_id, Role.FINANCE_MAKER)
            messages.enqueue("settlement_due", params, to=to, at=at, link="/office/batches/")
    return len(found)
