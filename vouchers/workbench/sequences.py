"""The trail and the ledger in the order of their numbers, for programs that follow them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.money import decimal_yuan
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.rules import MONEY
from vouchers.policy.reach import reaches_scheme

PORTION = 500
_debit, _credit = aliased(LedgerAccount), aliased(LedgerAccount)


def events_after(seq: int) -> list[dict[str, Any]]:
    """The next events of the chain; numbers have no gaps but where events were purged.

    What the page of the trail shows, and the links: no details, for they hold amounts and names of the business.
    """
    found = db.session.scalars(_portion(select(AuditEvent), AuditEvent.seq, seq))
    return [
        {
            "seq": one.seq,
            "at": one.at.isoformat(),
            "act": one.act,
            "subject": {"type": one.subject_type, "id": one.subject_id},
            "actor": {"kind": one.actor_kind, "id": one.actor_id, "name": one.actor_name, "role": one.actor_role},
            "before": one.before,
            "after": one.after,
            "reason": one.reason,
            "request_id": one.request_id,
            "previous_hash": one.previous_hash,
            "hash": one.hash,
        }
        for one in found
    ]


def transfers_after(seq: int, actor: Actor, *, on: date) -> list[dict[str, Any]]:
    """The next movements within reach, with the accounts by name; money in yuan, other units as whole numbers.

    An account outside all schemes (a treasury, a cap of an applicant) is within reach of whoever covers every scheme,
    or with an account of a scheme that is.
    """
    statement = (
        select(Transfer, _debit.name, _credit.name)
        .join(_debit, _debit.id == Transfer.debit_id)
        .join(_credit, _credit.id == Transfer.credit_id)
        .where(or_(*(reaches_scheme(side.scheme_id, actor, on=on) for side in (_debit, _credit))))
    )
    found: Sequence[Any] = db.session.execute(_portion(statement, Transfer.id, seq)).all()
    return [
        {
            "seq": one.id,
            "at": one.at.isoformat(),
            "act_id": one.act_id,
            "kind": one.kind.value,
            "debit": debit,
            "credit": credit,
            "amount": decimal_yuan(one.amount) if one.unit == MONEY else str(one.amount),
            "unit": one.unit,
            "reason": one.reason,
            "corrects_seq": one.corrects_id,
            "key": one.key,
        }
        for one, debit, credit in found
    ]


def _portion(statement: Any, number: Any, seq: int) -> Any:
    """Any statement: how many columns it has is part of its type."""
    return statement.where(number > seq).order_by(number).limit(PORTION)
