"""Drawing on a party's quota and giving back: limits of a pack as accounts that cannot fall below zero."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.faults import fault
from vouchers.ledger.looking_back import day_of_use
from vouchers.ledger.models import LedgerAccount
from vouchers.ledger.rules import Cap, Move
from vouchers.ledger.services.posting import locked, post
from vouchers.ledger.states import AccountKind, TransferKind

_LAST_DAY = "9999-12-31"
_QUOTAS = (AccountKind.ALLOWANCE, AccountKind.QUOTA, AccountKind.DRAWN)


def draw(cap: Cap, fen: int, *, key: str, actor: Actor, at: datetime) -> None:
    """Use part of a party's quota for a grant of so much money; the quota is opened with its limit when first tested.

    A higher limit than the one it stands at raises it, with an event; a lower one takes nothing back. What a moving
    period has left behind comes back first.
    """
    fault("quota.before")
    if cap.lifted_for and not cap.limit:  # all of it is over the limit: the quota itself is not even opened
        post(_lifted(cap, cap.amount(fen), key, actor=actor, at=at), actor=actor, at=at, reason=cap.key)
        return
    source, quota, drawn = (cap.account(kind) for kind in _QUOTAS)
    uses = [cap.uses(kind) for kind in _QUOTAS] if cap.of else []
    if cap.day:
        locked([quota])  # first of all: under it counts pass from the account of one day to that of another
    found = locked([source, quota, drawn, *uses])  # before asking how the quota stands: a rival may be opening it
    moves = _use(cap, key) if cap.of else []
    counted_on = day_of_use(cap) if cap.of and cap.day else ""
    if counted_on:
        moves += _stands_by(cap, cap.day, counted_on, key)
    elif not (cap.of and found[cap.uses(AccountKind.DRAWN).name][2]):
        opened = -found[source.name][2]
        moves += [*_opening(cap, opened), *_left_behind(cap)]
        if 0 < opened < cap.limit:
            _note_raise(cap, opened, actor=actor, at=at)
        free = found[quota.name][2] + sum(move.amount for move in moves if move.credit == quota)
        over = max(0, cap.amount(fen) - free) if cap.lifted_for else 0
        if cap.amount(fen) > over:
            moves.append(Move(TransferKind.DRAW_QUOTA, quota, drawn, cap.amount(fen) - over, _own_key(cap, key)))
        moves += _lifted(cap, over, key, actor=actor, at=at)
    post(moves, actor=actor, at=at, reason=cap.key)
    fault("quota.drawn")


def lifted_key(key: str) -> str:
    """The key of the movement over the limit beside that within it."""
    return f"{key}:lifted"


def give_back(cap: Cap, fen: int, *, key: str, actor: Actor, at: datetime) -> None:
    """Return part of a drawn quota, when what it was drawn for has ended unused; a count returns whole.

    A contract or year comes back when the last that it was drawn for does; in a moving period it stands by the day of
    the use before, where one is left. What a moving period left behind is back.
    What was drawn over the limit for a case comes back first: it was the last to be given.
    """
    back = cap.amount(fen)
    back -= _give_back_lifted(cap, back, key, actor=actor, at=at) if cap.lifted_for else 0
    if not back:
        return
    drawn, quota = cap.account(AccountKind.DRAWN), cap.account(AccountKind.QUOTA)
    used, rest = cap.uses(AccountKind.DRAWN), cap.uses(AccountKind.QUOTA)
    if cap.day:
        locked([quota])
    found = locked([drawn, quota, *([used, rest] if cap.of else [])])
    moves = [Move(TransferKind.RETURN_QUOTA, used, rest, 1, key)] if cap.of else []
    amount = min(back, found[drawn.name][2]) if cap.day else back
    if cap.of and cap.day and day_of_use(cap, first=_next_day(cap.day), last=_LAST_DAY):
        amount = 0  # used again later: it stands by that day, or this one has passed
    if amount and not (cap.of and found[used.name][2] > 1):
        before = day_of_use(cap, last=_day_before(cap.day)) if cap.of and cap.day else ""
        moves += _stands_by(cap, before, cap.day, key) if before else []
        moves += [] if before else [Move(TransferKind.RETURN_QUOTA, drawn, quota, amount, _own_key(cap, key))]
    post(moves, actor=actor, at=at, reason=cap.key)


def _lifted(cap: Cap, over: int, key: str, *, actor: Actor, at: datetime) -> list[Move]:
    """What is drawn over the limit, from the quota that two persons opened for the case; with an event."""
    if not over:
        return []
    source, quota, drawn = (cap.lift.account(kind) for kind in _QUOTAS)
    details = {"cap": cap.key, "scheme": cap.scheme_id, "case": cap.lifted_for, "most": cap.lift.limit, "over": over}
    subject = Subject("quota", cap.party or str(cap.scheme_id))
    audit.record("quota.lift", subject, actor=actor, at=at, details=details)
    opened = -locked([source, quota, drawn])[source.name][2]
    return [*_opening(cap.lift, opened), Move(TransferKind.DRAW_QUOTA, quota, drawn, over, lifted_key(key))]


def _give_back_lifted(cap: Cap, back: int, key: str, *, actor: Actor, at: datetime) -> int:
    """Return of what was drawn over the limit as much as comes back; how much that was."""
    drawn, quota = cap.lift.account(AccountKind.DRAWN), cap.lift.account(AccountKind.QUOTA)
    part = min(back, locked([drawn, quota])[drawn.name][2])
    if part:
        move = Move(TransferKind.RETURN_QUOTA, drawn, quota, part, lifted_key(key))
        post([move], actor=actor, at=at, reason=cap.key)
    return part


def _own_key(cap: Cap, key: str) -> str:
    """The key of the quota's own movement beside that of a use."""
    return f"{key}:{cap.unit}" if cap.of else key


def _opening(cap: Cap, opened: int) -> list[Move]:
    """What brings a quota that was opened with so much up to the limit; nothing where it stands there or higher."""
    if cap.limit <= opened:
        return []
    source, quota = cap.account(AccountKind.ALLOWANCE), cap.account(AccountKind.QUOTA)
    key = f"open:{quota.name}:{cap.limit}" if opened else f"open:{quota.name}"
    return [Move(TransferKind.OPEN_QUOTA, source, quota, cap.limit - opened, key)]


def _left_behind(cap: Cap) -> list[Move]:
    """What was drawn on days before those that a moving period still looks at goes back to the quota."""
    if not cap.since:
        return []
    account, drawn = LedgerAccount, cap.account(AccountKind.DRAWN)
    statement = select(account.layer, account.balance).where(
        account.kind == AccountKind.DRAWN,
        account.scheme_id == cap.scheme_id,
        account.party == cap.party,
        account.subject == cap.key,
        account.period == cap.period,
        account.unit == cap.unit,
        account.layer < cap.since,
        account.balance > 0,
    )
    return [
        Move(
            TransferKind.RETURN_QUOTA,
            replace(drawn, layer=row.layer),
            cap.account(AccountKind.QUOTA),
            row.balance,
            f"passed:{replace(drawn, layer=row.layer).name}:{cap.day}",
        )
        for row in db.session.execute(statement.order_by(account.layer))
    ]


def _use(cap: Cap, key: str) -> list[Move]:
    """One more use of the contract or year that the cap counts once; uses have no limit of their own."""
    source, rest, used = (cap.uses(kind) for kind in _QUOTAS)
    return [
        Move(TransferKind.OPEN_QUOTA, source, rest, 1, f"open:{key}"),
        Move(TransferKind.DRAW_QUOTA, rest, used, 1, key),
    ]


def _stands_by(cap: Cap, day: str, was: str, key: str) -> list[Move]:
    """A contract that is counted already stands by another day of the moving period from now on."""
    if day == was:
        return []
    quota, drawn = cap.account(AccountKind.QUOTA), cap.account(AccountKind.DRAWN)
    return [
        Move(TransferKind.RETURN_QUOTA, replace(drawn, layer=was), quota, 1, f"{_own_key(cap, key)}:from"),
        Move(TransferKind.DRAW_QUOTA, quota, replace(drawn, layer=day), 1, _own_key(cap, key)),
    ]


def _next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _note_raise(cap: Cap, opened: int, *, actor: Actor, at: datetime) -> None:
    details = {"cap": cap.key, "scheme": cap.scheme_id, "period": cap.period, "unit": cap.unit}
    change, subject = (str(opened), str(cap.limit)), Subject("quota", cap.party or str(cap.scheme_id))
    audit.record("quota.raise", subject, actor=actor, at=at, change=change, details=details)
