"""Drawing on a party's quota and giving back: limits of a pack as accounts that cannot fall below zero."""

from datetime import datetime

from vouchers.kernel.actor import Actor
from vouchers.kernel.faults import fault
from vouchers.ledger.rules import Cap, Move
from vouchers.ledger.services.counted import draw_once, give_back_once
from vouchers.ledger.services.openings import QUOTAS, left_behind, lifted, lifted_key, note_raise, opening
from vouchers.ledger.services.posting import locked, post
from vouchers.ledger.states import AccountKind, TransferKind


def draw(cap: Cap, fen: int, *, key: str, actor: Actor, at: datetime) -> None:
    """Use part of a party's quota for a grant of so much money; the quota is opened with its limit when first tested.

    A higher limit than the one it stands at raises it, with an event; a lower one takes nothing back. What a moving
    period has left behind comes back first.
    """
    fault("quota.before")
    if cap.of:
        draw_once(cap, key=key, actor=actor, at=at)
    elif cap.lifted_for and not cap.limit:  # all of it is over the limit: the quota itself is not even opened
        post(lifted(cap, cap.amount(fen), key, actor=actor, at=at), actor=actor, at=at, reason=cap.key)
        return
    else:
        _draw(cap, cap.amount(fen), key=key, actor=actor, at=at)
    fault("quota.drawn")


def give_back(cap: Cap, fen: int, *, key: str, actor: Actor, at: datetime) -> None:
    """Return part of a drawn quota, when what it was drawn for has ended unused; a count returns whole.

    A contract or year comes back when the last that it was drawn for does. What a moving period left behind is back.
    What was drawn over the limit for a case comes back first: it was the last to be given.
    """
    if cap.of:
        give_back_once(cap, key=key, actor=actor, at=at)
        return
    back = cap.amount(fen)
    back -= _give_back_lifted(cap, back, key, actor=actor, at=at) if cap.lifted_for else 0
    if not back:
        return
    drawn, quota = cap.account(AccountKind.DRAWN), cap.account(AccountKind.QUOTA)
    if cap.day:
        locked([quota])
    found = locked([drawn, quota])
    amount = min(back, found[drawn.name][2]) if cap.day else back
    moves = [Move(TransferKind.RETURN_QUOTA, drawn, quota, amount, key)] if amount else []
    post(moves, actor=actor, at=at, reason=cap.key)


def _draw(cap: Cap, amount: int, *, key: str, actor: Actor, at: datetime) -> None:
    source, quota, drawn = (cap.account(kind) for kind in QUOTAS)
    if cap.day:
        locked([quota])
    # before asking how the quota stands: a rival may be opening it; today's account is opened by what is drawn alone
    found = locked([source, quota] if cap.day else [source, quota, drawn])
    opened = -found[source.name][2]
    moves = [*opening(cap, opened), *left_behind(cap)]
    note_raise(cap, opened, actor=actor, at=at)
    free = found[quota.name][2] + sum(move.amount for move in moves if move.credit == quota)
    over = max(0, amount - free) if cap.lifted_for else 0
    if amount > over:
        moves.append(Move(TransferKind.DRAW_QUOTA, quota, drawn, amount - over, key))
    moves += lifted(cap, over, key, actor=actor, at=at)
    post(moves, actor=actor, at=at, reason=cap.key)


def _give_back_lifted(cap: Cap, back: int, key: str, *, actor: Actor, at: datetime) -> int:
    """Return of what was drawn over the limit as much as comes back; how much that was."""
    drawn, quota = cap.lift.account(AccountKind.DRAWN), cap.lift.account(AccountKind.QUOTA)
    part = min(back, locked([drawn, quota])[drawn.name][2])
    if part:
        move = Move(TransferKind.RETURN_QUOTA, drawn, quota, part, lifted_key(key))
        post([move], actor=actor, at=at, reason=cap.key)
    return part
