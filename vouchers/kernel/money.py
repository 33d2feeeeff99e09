"""Money as integer fen (分), from the text of a form to the text of a page; no binary float anywhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

MOST_FEN = 10**13  # 一千亿元: no single amount in this trade is larger, and every sum still fits 64 bits

_YUAN = re.compile(r"^\d{1,13}(\.\d{1,2})?$", re.ASCII)


class RoundingMode(StrEnum):
    """How a fraction of the step is dropped; always stated by the scheme, never assumed."""

    DOWN = "down"
    HALF_UP = "half-up"
    HALF_EVEN = "half-even"


@dataclass(frozen=True, slots=True)
class Rounding:
    """A scheme's rounding: to multiples of `step` fen, by `mode`."""

    step: int
    mode: RoundingMode


def parse_yuan(text: str) -> int:
    """Fen from a decimal string of yuan: ASCII digits, at most two decimals.

    >>> parse_yuan("1234.5")
    123450
    >>> parse_yuan("1e3")
    Traceback (most recent call last):
    ...
    ValueError: 金额应为最多两位小数的数字，例如 12000.00
    """
    stripped = text.strip()
    if not _YUAN.fullmatch(stripped):
        raise ValueError("金额应为最多两位小数的数字，例如 12000.00")
    fen = int(Decimal(stripped) * 100)
    if fen > MOST_FEN:
        raise ValueError("金额超过系统能记的最大数一千亿元")
    return fen


def decimal_yuan(fen: int) -> str:
    """Fen as a plain decimal string, for JSON and forms.

    >>> decimal_yuan(-5), decimal_yuan(123450)
    ('-0.05', '1234.50')
    """
    return f"{fen // 100}.{fen % 100:02d}" if fen >= 0 else f"-{decimal_yuan(-fen)}"


def format_yuan(fen: int) -> str:
    """Fen as people read it.

    >>> format_yuan(123456789)
    '¥1,234,567.89'
    """
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), 100)
    return f"{sign}¥{whole:,}.{rest:02d}"


def share(fen: int, rate: Fraction, rounding: Rounding) -> int:
    """`rate` of an amount, rounded as the scheme says.

    >>> share(1005, Fraction(1, 2), Rounding(1, RoundingMode.DOWN))
    502
    """
    return round_fen(Fraction(fen) * rate, rounding)


def round_fen(amount: Fraction, rounding: Rounding) -> int:
    """An exact amount in fen, brought to the scheme's step."""
    steps, rest = divmod(abs(amount), rounding.step)
    doubled = 2 * rest
    up = {
        RoundingMode.DOWN: False,
        RoundingMode.HALF_UP: doubled >= rounding.step,
        RoundingMode.HALF_EVEN: doubled > rounding.step or (doubled == rounding.step and steps % 2 == 1),
    }[rounding.mode]
    rounded = int(steps + (1 if up else 0)) * rounding.step
    return rounded if amount >= 0 else -rounded


def split(fen: int, weights: Sequence[int]) -> list[int]:
    """An amount parted by weights, to the fen: largest remainder, ties to the earlier part.

    With the balances of accounts as weights no part exceeds its balance.

    >>> split(101, [1, 1])
    [51, 50]
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative with a positive sum")
    parts = [fen * weight // total for weight in weights]
    remainders = [fen * weight % total for weight in weights]
    most_due = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in most_due[: fen - sum(parts)]:
        parts[i] += 1
    return parts
