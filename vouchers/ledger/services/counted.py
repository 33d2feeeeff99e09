"""Contracts and years, which count once however often they are drawn for: each use, and where the count stands.

A count stands within the limit or, by the lift of one case, over it. There it belongs to the contract or year: the next
case finds it counted, and it goes back when the last use ends, whichever case that was.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from vouchers.kernel.actor import Actor
from vouchers.ledger import queries
from vouchers.ledger.looking_back import day_of_use
from vouchers.ledger.rules import Cap, Move
from vouchers.ledger.services.openings import QUOTAS, left_behind, lender, lifted, note_raise, opening
from vouchers.ledger.services.posting import locked, post
from vouchers.ledger.states import AccountKind, TransferKind

_LAST_DAY = "9999-12-31"


def draw_once(cap: Cap, *, key: str, actor: Actor, at: datetime) -> None:
    """One more use of a contract or year, which is counted where it is not yet."""
    source, quota, drawn = (cap.account(kind) for kind in QUOTAS)
    used = cap.uses(AccountKind.DRAWN)
    if cap.day:
        locked([quota])  # first of all: under it counts pass from the account of one day to that of another
    found = locked([source, quota, *([] if cap.day else [drawn]), *(cap.uses(kind) for kind in QUOTAS)])
    counted_on = day_of_use(cap) if cap.day else ""
    moves = _use(cap, key)
    if not (counted_on or (not cap.day and found[used.name][2])):
        moves += _count(cap, key, opened=-found[source.name][2], free=found[quota.name][2], actor=actor, at=at)
    elif counted_on and not queries.balance(cap.beyond):  # what stands over the limit is known by its uses
        moves += _stands_by(cap, cap.day, counted_on, key)
    post(moves, actor=actor, at=at, reason=cap.key)


def give_back_once(cap: Cap, *, key: str, actor: Actor, at: datetime) -> None:
    """A use that ended: with the last one the count goes back, to the case whose lift gave it or to the quota.

    In a moving period (`since` is its first day now) a contract then stands by the day of the use before, if it sees
    one.
    """
    drawn, quota = cap.account(AccountKind.DRAWN), cap.account(AccountKind.QUOTA)
    used, rest = cap.uses(AccountKind.DRAWN), cap.uses(AccountKind.QUOTA)
    if cap.day:
        locked([quota])
    found = locked([used, rest] if cap.day else [drawn, quota, used, rest])
    moves = [Move(TransferKind.RETURN_QUOTA, used, rest, 1, key), *left_behind(cap)]
    if found[used.name][2] == 1 and _is_last(cap):
        moves += _uncounted(cap, key)
    post(moves, actor=actor, at=at, reason=cap.key)


def _use(cap: Cap, key: str) -> list[Move]:
    """One more use of the contract or year that the cap counts once; uses have no limit of their own."""
    source, rest, used = (cap.uses(kind) for kind in QUOTAS)
    return [
        Move(TransferKind.OPEN_QUOTA, source, rest, 1, f"open:{key}"),
        Move(TransferKind.DRAW_QUOTA, rest, used, 1, key),
    ]


def _count(cap: Cap, key: str, *, opened: int, free: int, actor: Actor, at: datetime) -> list[Move]:
    """What counts it: within the limit while there is room, else over it where two persons allowed that."""
    _, quota, drawn = (cap.account(kind) for kind in QUOTAS)
    moves = [*opening(cap, opened), *left_behind(cap)]
    note_raise(cap, opened, actor=actor, at=at)
    free += sum(move.amount for move in moves if move.credit == quota)
    if cap.lifted_for and not free:
        return [*moves, *lifted(cap, 1, key, actor=actor, at=at)]
    return [*moves, Move(TransferKind.DRAW_QUOTA, quota, drawn, 1, _own_key(cap, key))]


def _is_last(cap: Cap) -> bool:
    """Whether the count stands by this use: in a moving period by none later, and not left behind."""
    return not cap.day or (cap.day >= cap.since and not day_of_use(cap, first=_next_day(cap.day), last=_LAST_DAY))


def _uncounted(cap: Cap, key: str) -> list[Move]:
    """Where the count goes when its last use ended."""
    before = day_of_use(cap, last=_day_before(cap.day)) if cap.day else ""
    if queries.balance(cap.beyond):
        back = Move(TransferKind.RETURN_QUOTA, cap.beyond, lender(cap), 1, _own_key(cap, key))
        return [] if before else [back]
    if before:
        return _stands_by(cap, before, cap.day, key)
    drawn, quota = cap.account(AccountKind.DRAWN), cap.account(AccountKind.QUOTA)
    return [Move(TransferKind.RETURN_QUOTA, drawn, quota, 1, _own_key(cap, key))]


def _stands_by(cap: Cap, day: str, was: str, key: str) -> list[Move]:
    """A contract that is counted already stands by another day of the moving period from now on."""
    if day == was:
        return []
    quota, drawn = cap.account(AccountKind.QUOTA), cap.account(AccountKind.DRAWN)
    return [
        Move(TransferKind.RETURN_QUOTA, replace(drawn, layer=was), quota, 1, f"{_own_key(cap, key)}:from"),
        Move(TransferKind.DRAW_QUOTA, quota, replace(drawn, layer=day), 1, _own_key(cap, key)),
    ]


def _own_key(cap: Cap, key: str) -> str:
    """The key of the quota's own movement beside that of a use."""
    return f"{key}:{cap.unit}"


def _next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
