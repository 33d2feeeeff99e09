"""How quotas come to be and how what was drawn comes back by itself: opening, raising, lifting, days left behind."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.ledger.looking_back import beyond_behind, days_behind
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.rules import AccountKey, Cap, Move
from vouchers.ledger.services.posting import locked
from vouchers.ledger.states import AccountKind, TransferKind

QUOTAS = (AccountKind.ALLOWANCE, AccountKind.QUOTA, AccountKind.DRAWN)


def opening(cap: Cap, opened: int) -> list[Move]:
    """What brings a quota that was opened with so much up to the limit; nothing where it stands there or higher."""
    if cap.limit <= opened:
        return []
    source, quota = cap.account(AccountKind.ALLOWANCE), cap.account(AccountKind.QUOTA)
    key = f"open:{quota.name}:{cap.limit}" if opened else f"open:{quota.name}"
    return [Move(TransferKind.OPEN_QUOTA, source, quota, cap.limit - opened, key)]


def note_raise(cap: Cap, opened: int, *, actor: Actor, at: datetime) -> None:
    """Leave an event where a quota that was opened with so much is raised to a higher limit."""
    if not 0 < opened < cap.limit:
        return
    details = {"cap": cap.key, "scheme": cap.scheme_id, "period": cap.period, "unit": cap.unit}
    change, subject = (str(opened), str(cap.limit)), Subject("quota", cap.party or str(cap.scheme_id))
    audit.record("quota.raise", subject, actor=actor, at=at, change=change, details=details)


def lifted_key(key: str) -> str:
    """The key of the movement over the limit beside that within it."""
    return f"{key}:lifted"


def lifted(cap: Cap, over: int, key: str, *, actor: Actor, at: datetime) -> list[Move]:
    """What is drawn over the limit, from the quota that two persons opened for the case; with an event."""
    if not over:
        return []
    source, quota = cap.lift.account(AccountKind.ALLOWANCE), cap.lift.account(AccountKind.QUOTA)
    drawn = cap.beyond if cap.of else cap.lift.account(AccountKind.DRAWN)
    details = {"cap": cap.key, "scheme": cap.scheme_id, "case": cap.lifted_for, "most": cap.lift.limit, "over": over}
    details |= {"of": cap.of} if cap.of else {}
    subject = Subject("quota", cap.party or str(cap.scheme_id))
    audit.record("quota.lift", subject, actor=actor, at=at, details=details)
    opened = -locked([source, quota, drawn])[source.name][2]
    return [*opening(cap.lift, opened), Move(TransferKind.DRAW_QUOTA, quota, drawn, over, lifted_key(key))]


def left_behind(cap: Cap) -> list[Move]:
    """What was drawn on days before those that a moving period still looks at goes back to where it came from."""
    if not cap.since:
        return []
    passed = [(one.account(AccountKind.DRAWN), cap.account(AccountKind.QUOTA), fen) for one, fen in days_behind(cap)]
    passed += [(one.beyond, lender(one), 1) for one in (beyond_behind(cap) if cap.of else ())]
    return [
        Move(TransferKind.RETURN_QUOTA, drawn, quota, amount, f"passed:{drawn.name}:{cap.since}")
        for drawn, quota, amount in passed
    ]


def lender(cap: Cap) -> AccountKey:
    """The quota of the case by whose lift the contract or year of a cap was last counted over the limit."""
    quota, beyond = LedgerAccount, aliased(LedgerAccount)
    statement = (
        select(quota.party)
        .join(Transfer, Transfer.debit_id == quota.id)
        .join(beyond, beyond.id == Transfer.credit_id)
        .where(beyond.name == cap.beyond.name, Transfer.kind == TransferKind.DRAW_QUOTA)
        .order_by(Transfer.id.desc())
    )
    case = db.session.scalars(statement.limit(1)).one()
    return Cap(cap.key, cap.scheme_id, "", "", 0, cap.unit, lifted_for=case).lift.account(AccountKind.QUOTA)
