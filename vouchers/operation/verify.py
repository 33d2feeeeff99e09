"""What always holds of every life: only declared steps, each with one event, and the row stands where they led."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import select

from vouchers.applications.models import Application
from vouchers.applications.states import APPLICATIONS
from vouchers.audit.models import AuditEvent
from vouchers.candidates.models import Candidate, CandidateList
from vouchers.candidates.states import CANDIDATES, LISTS
from vouchers.db.base import db
from vouchers.enterprises.models import Enterprise
from vouchers.enterprises.states import ENTERPRISES
from vouchers.issuance.models import Voucher
from vouchers.issuance.states import VOUCHERS
from vouchers.kernel.lifecycle import Lifecycle
from vouchers.ledger.models import FinanceDocument
from vouchers.ledger.states import DOCUMENTS
from vouchers.notices.models import Objection, PublicNotice
from vouchers.notices.states import NOTICES, OBJECTIONS
from vouchers.orders.models import Order
from vouchers.orders.states import ORDERS
from vouchers.policy.models import SchemeVersion, Window
from vouchers.policy.states import VERSIONS, WINDOWS
from vouchers.providers.models import Offering, Provider
from vouchers.providers.states import OFFERINGS, PROVIDERS
from vouchers.redemption.models import Claim
from vouchers.redemption.states import CLAIMS
from vouchers.settlement.models import BankComparison, Batch, PaymentLine
from vouchers.settlement.states import BATCHES, COMPARISONS, LINES

CHECKS = ("INV-27", "INV-47")
Found = tuple[str, str, str]
"""Invariant, row, sentence."""

LIVES: dict[type[Any], Lifecycle[Any]] = {
    SchemeVersion: VERSIONS,
    Window: WINDOWS,
    FinanceDocument: DOCUMENTS,
    Enterprise: ENTERPRISES,
    Provider: PROVIDERS,
    Offering: OFFERINGS,
    Application: APPLICATIONS,
    CandidateList: LISTS,
    Candidate: CANDIDATES,
    PublicNotice: NOTICES,
    Objection: OBJECTIONS,
    Voucher: VOUCHERS,
    Order: ORDERS,
    Claim: CLAIMS,
    Batch: BATCHES,
    PaymentLine: LINES,
    BankComparison: COMPARISONS,
}
"""Which table of transitions a row lives by; a lifecycle's name is the type under which its events stand."""


def findings() -> Iterator[Found]:
    """Every step that no table declares, every one without its event, and every row that stands elsewhere."""
    for model, lifecycle in LIVES.items():
        yield from _lives(model, lifecycle)


def _lives(model: type[Any], lifecycle: Lifecycle[Any]) -> Iterator[Found]:
    states = _states(lifecycle)
    steps = {(source, one.target) for one in lifecycle.transitions for source in one.sources}
    reached: dict[str, str] = {}
    events = (
        select(AuditEvent.seq, AuditEvent.subject_id, AuditEvent.before, AuditEvent.after)
        .where(AuditEvent.subject_type == lifecycle.name, AuditEvent.after.in_(states))
        .order_by(AuditEvent.subject_id, AuditEvent.seq)
        .execution_options(yield_per=1000)
    )
    for subject, rows in groupby(db.session.execute(events), key=lambda row: row.subject_id):
        state = ""
        for seq, _, before, after in rows:
            if before and (before, after) not in steps:
                yield "INV-27", f"audit_events {seq}", f"{lifecycle.name} 不能从 {before} 到 {after}"
            if state and before != state:
                yield "INV-47", f"audit_events {seq}", f"上一条留痕到 {state}，这一条从 {before or '无'} 开始"
            state = after
        reached[subject] = state
    now = select(model.public_id, model.state).execution_options(yield_per=1000)
    for public_id, stands in db.session.execute(now):
        told = reached.get(public_id, stands)
        if told != stands:
            yield "INV-47", f"{model.__tablename__}/{public_id}", f"状态为 {stands}，留痕记到 {told}"


def _states(lifecycle: Lifecycle[Any]) -> set[StrEnum]:
    found = {one.target for one in lifecycle.transitions}
    return found.union(*(one.sources for one in lifecycle.transitions))
