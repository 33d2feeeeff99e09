"""Allocation: one amount laid over invoice lines, usage and payments, so that each has its part; pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """What a line, a usage statement or a proof can still bear, in fen; `key` None bears whatever is left over."""

    key: int | None
    left: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the amount: which line, usage and payment it rests on."""

    line: int | None
    usage: int | None
    payment: int | None
    amount: int


def spread(amount: int, lines: Sequence[Room], *, usages: Sequence[Room], payments: Sequence[Room]) -> list[Part]:
    """Lay an amount over three rows of rooms, in their order; what a row cannot bear rests on nothing of that row.

    >>> spread(10, [Room(1, 7), Room(2, 9)], usages=[Room(5, 10)], payments=[Room(8, 4)])[0]
    Part(line=1, usage=5, payment=8, amount=4)
    """
    rows = [_filled(amount, rooms) for rooms in (lines, usages, payments)]
    parts: list[Part] = []
    done, places = 0, [0, 0, 0]
    ends = [rows[n][0].left for n in range(3)] if amount > 0 else []
    while done < amount:
        step = min(ends) - done
        line, usage, payment = (rows[n][places[n]].key for n in range(3))
        if step:
            parts.append(Part(line, usage, payment, step))
        done += step
        for n in range(3):
            if ends[n] == done and done < amount:
                places[n] += 1
                ends[n] += rows[n][places[n]].left
    return parts


def _filled(amount: int, rooms: Sequence[Room]) -> list[Room]:
    """The rooms cut to the amount, with a nameless one for the rest."""
    filled, left = [], amount
    for room in rooms:
        taken = min(room.left, left)
        if taken > 0:
            filled.append(Room(room.key, taken))
            left -= taken
    return [*filled, Room(None, left)] if left or not filled else filled
