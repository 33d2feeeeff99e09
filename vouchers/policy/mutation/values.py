"""Written values of a pack, moved by one unit: amounts, quantities, rates, terms, days, numbers."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from fractions import Fraction

from vouchers.kernel.money import decimal_yuan
from vouchers.policy.pack.values import UNIT_LABELS, Quantity, percent, read_amount, read_rate, read_term
from vouchers.policy.rules.facts import SHARE_STEP, FactKind

POINT = Fraction(1, 100)
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")


def moved(raw: object, *, step: int = 1, share: Fraction = POINT) -> Iterator[object]:
    """A written value one unit up and down: money by `step` fen, rates by `share`; nothing where it is no measure.

    >>> list(moved("10 元")), list(moved("5%")), list(moved("3 years")), list(moved(2))
    (['10.01 元', '9.99 元'], ['6%', '4%'], ['4 years', '2 years'], [3, 1])
    """
    if isinstance(raw, bool) or raw is None:
        return
    if isinstance(raw, int):
        yield from (value for value in (raw + 1, raw - 1) if value >= 0)
    elif isinstance(raw, str):
        yield from _moved_text(raw, step, share)


def moved_fact(raw: object, kind: FactKind) -> Iterator[object]:
    """The value that a condition compares a fact with, one unit of the fact up and down."""
    if kind is FactKind.MONEY:
        yield from moved(raw, step=1)
    elif kind is FactKind.SHARE:
        yield from moved(raw, share=SHARE_STEP)
    else:
        yield from moved(raw)


def _moved_text(raw: str, step: int, share: Fraction) -> Iterator[object]:
    with suppress(ValueError):
        yield from _moved_amount(read_amount(raw), step)
        return
    with suppress(ValueError):
        rate = read_rate(raw)
        yield from (percent(value) for value in (rate + share, rate - share) if value >= 0)
        return
    with suppress(ValueError):
        term = read_term(raw)
        counts = (count for count in (term.count + 1, term.count - 1) if count > 0)
        yield from (f"{count} {term.unit}{'' if count == 1 else 's'}" for count in counts)
        return
    if _DAY.fullmatch(raw):
        day = date.fromisoformat(raw)
        yield from ((day + timedelta(days=one)).isoformat() for one in (1, -1))


def _moved_amount(amount: int | Quantity, step: int) -> Iterator[object]:
    if isinstance(amount, Quantity):
        word = UNIT_LABELS[amount.unit]
        yield from (f"{count} {word}" for count in (amount.count + 1, amount.count - 1) if count >= 0)
    else:
        yield from (f"{decimal_yuan(fen)} 元" for fen in (amount + step, amount - step) if fen >= 0)
