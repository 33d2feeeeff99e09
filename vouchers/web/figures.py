"""Measures of the drawn parts: squares of working days and parts of a gauge, so that templates need no arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask

from vouchers.kernel.money import format_yuan

MOST_SQUARES = 20
_PITCH = 12
_SOON = 2


@dataclass(frozen=True, slots=True)
class Square:
    """One promised day."""

    x: str
    is_used: bool


@dataclass(frozen=True, slots=True)
class DaySquares:
    """All squares of a term; `level` is empty, warn from two days left, bad when late."""

    squares: tuple[Square, ...]
    width: int
    level: str


@dataclass(frozen=True, slots=True)
class GaugePart:
    """One part of a gauge in percent of the whole, as text."""

    start: str
    width: str


def day_squares(promised: int, used: int) -> DaySquares:
    """One square per promised working day; beyond twenty days one square stands for several.

    >>> day_squares(10, 8).level, day_squares(10, 11).level
    ('warn', 'bad')
    """
    shown = max(0, min(promised, MOST_SQUARES))
    filled = 0 if promised <= 0 else -(-min(max(used, 0), promised) * shown // promised)
    squares = tuple(Square(f"{i * _PITCH}.5", i < filled) for i in range(shown))
    left = promised - used
    level = "bad" if left < 0 else "warn" if left <= _SOON else ""
    return DaySquares(squares, max(shown * _PITCH, 1), level)


def gauge_parts(parts: Sequence[tuple[str, int]], free: int) -> tuple[GaugePart, ...]:
    """Where each part begins and how wide it is.

    >>> [(p.start, p.width) for p in gauge_parts([("paid", 1), ("held", 1)], 2)]
    [('0.0', '25.0'), ('25.0', '25.0')]
    """
    total = sum(fen for _, fen in parts) + free
    drawn, before = [], 0
    for _, fen in parts:
        drawn.append(GaugePart(_percent(before, total), _percent(fen, total)))
        before += fen
    return tuple(drawn)


def gauge_words(parts: Sequence[tuple[str, int]]) -> str:
    """The same gauge as a sentence for a screen reader."""
    return "，".join(f"{name} {format_yuan(fen)}" for name, fen in parts)


def add_figures(app: Flask) -> None:
    """Make the measures known to templates."""
    app.jinja_env.globals.update(day_squares=day_squares, gauge_parts=gauge_parts, gauge_words=gauge_words)


def _percent(part: int, total: int) -> str:
    if total <= 0:
        return "0.0"
    tenths = max(0, part) * 1000 // total
    return f"{tenths // 10}.{tenths % 10}"
