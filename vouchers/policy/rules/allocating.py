"""Who gets the money when it is short, by the pack's way of giving it out; every case with its reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from hashlib import sha256
from typing import Any

from vouchers.kernel.money import split
from vouchers.policy.pack.allocation import Allocation


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that may be given money: its key, the amount in fen, and what it is ranked by."""

    key: str
    amount: int
    submitted: datetime
    score: Fraction | int = 0


@dataclass(frozen=True, slots=True)
class Allotment:
    """What a case is given in fen, and why: granted, partly, cut, reserve, no-money or no-slot."""

    key: str
    amount: int
    reason: str


def allocate(
    rule: Allocation, candidates: Iterable[Candidate], budget: int, *, seed: str = "", taken: int = 0
) -> list[Allotment]:
    """What each case is given of a budget in fen, in the order in which they were served.

    A case that does not fit ends the queue: nobody behind it is served before it. `taken` slots were given before.
    ValueError without the published seed where lots are drawn.
    """
    if rule.seed is not None and not seed:
        raise ValueError("a lot is drawn with the seed that was published before")
    queue = _queue(rule, candidates, seed)
    if rule.way == "pro-rata":
        return _pro_rata(queue, budget)
    slots = len(queue) if rule.slots is None else max(0, rule.slots - taken)
    late = (Allotment(one.key, 0, "no-slot") for one in queue[slots:])
    return _with_reserves([*_in_turn(queue[:slots], budget, partly=bool(rule.partly)), *late], rule.reserves or 0)


def lot(seed: str, key: str) -> str:
    """The lot of a case: anybody who knows the seed can draw it again."""
    return sha256(f"{seed}\n{key}".encode()).hexdigest()


def _queue(rule: Allocation, candidates: Iterable[Candidate], seed: str) -> list[Candidate]:
    by = rule.ranked_by or (("lot",) if rule.way == "lottery" else ("submitted",))

    def place(one: Candidate) -> tuple[Any, ...]:
        marks = {
            "score": -one.score,
            "submitted": one.submitted,
            "amount-smaller": one.amount,
            "amount-larger": -one.amount,
            "lot": lot(seed, one.key),
        }
        return (*(marks[word] for word in by), one.key)

    return sorted(candidates, key=place)


def _in_turn(queue: Sequence[Candidate], budget: int, *, partly: bool) -> list[Allotment]:
    found, left, is_over = [], budget, False
    for one in queue:
        if not is_over and one.amount <= left:
            left -= one.amount
            found.append(Allotment(one.key, one.amount, "granted"))
            continue
        rest = left if partly and not is_over else 0
        is_over = True
        found.append(Allotment(one.key, rest, "partly" if rest else "no-money"))
    return found


def _with_reserves(found: list[Allotment], reserves: int) -> list[Allotment]:
    """The first of those who got nothing stand by."""
    waiting = [one.key for one in found if not one.amount][:reserves]
    return [Allotment(one.key, 0, "reserve") if one.key in waiting else one for one in found]


def _pro_rata(queue: Sequence[Candidate], budget: int) -> list[Allotment]:
    if sum(one.amount for one in queue) <= budget:
        return [Allotment(one.key, one.amount, "granted") for one in queue]
    parts = split(budget, [one.amount for one in queue])
    return [Allotment(one.key, part, "cut") for one, part in zip(queue, parts, strict=True)]
