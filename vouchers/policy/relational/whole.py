"""Exact whole numbers in a query: each knows the most it can be, and is held in 64 bits or 38 digits accordingly."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis

from vouchers.kernel.money import RoundingMode
from vouchers.policy.relational.columns import CannotSay

_NARROW, _WIDE = "int64", "decimal(38, 0)"
_MOST_NARROW, _MOST_WIDE = 2**63 - 1, 10**38 - 1

DUCKDB_FUNCTIONS = (
    "CREATE OR REPLACE TEMP MACRO div(a BIGINT, b BIGINT) AS a // b, "
    "(a DECIMAL(38, 0), b DECIMAL(38, 0)) AS CAST(CAST(a AS HUGEINT) // CAST(b AS HUGEINT) AS DECIMAL(38, 0))"
)
"""PostgreSQL has `div`, the whole quotient; DuckDB divides decimals through floats unless told otherwise."""


def _quotient_of(kind: str) -> Any:
    signature = ((ibis.dtype(kind), ibis.dtype(kind)), ibis.dtype(kind))

    def div(a: Any, b: Any) -> Any: ...

    return ibis.udf.scalar.builtin(div, name="div", signature=signature)


_DIV = {kind: _quotient_of(kind) for kind in (_NARROW, _WIDE)}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number of 0 or more: the expression, and the most that it can be. NULL where a fact is missing."""

    value: Any
    most: int

    def __add__(self, other: "Whole") -> "Whole":
        most = self.most + other.most
        return Whole(held(self, most) + held(other, most), most)

    def __mul__(self, other: "Whole") -> "Whole":
        most = max(self.most * other.most, self.most, other.most)
        return Whole(held(self, most) * held(other, most), most)

    def __floordiv__(self, other: "Whole") -> "Whole":
        most = max(self.most, other.most)
        quotient = _DIV[_kind(most)](held(self, most), held(other, most))
        return Whole(held(Whole(quotient, most), self.most), self.most)

    def above(self, other: "Whole") -> "Whole":
        """What this is more than the other; 0 where it is not."""
        most = max(self.most, other.most)
        value = ibis.greatest(held(self, most) - held(other, most), held(fixed(0), most))
        return Whole(value, self.most)

    def least(self, other: "Whole") -> "Whole":
        """The lesser of the two. Where one is missing it is the other: what is missing is noted elsewhere."""
        most = max(self.most, other.most)
        return Whole(ibis.least(held(self, most), held(other, most)), min(self.most, other.most))

    def where(self, condition: Any, other: "Whole") -> "Whole":
        """This where a condition holds, the other elsewhere."""
        most = max(self.most, other.most)
        return Whole(ibis.ifelse(condition, held(self, most), held(other, most)), most)

    def compared(self, other: "Whole") -> tuple[Any, Any]:
        """Both expressions in one type, to be compared."""
        most = max(self.most, other.most)
        return held(self, most), held(other, most)

    def exceeds(self, other: "Whole") -> Any:
        """Whether this is more than the other."""
        mine, theirs = self.compared(other)
        return mine > theirs

    def reaches(self, other: "Whole") -> Any:
        """Whether this is at least the other."""
        mine, theirs = self.compared(other)
        return mine >= theirs


def fixed(number: int) -> Whole:
    """A number known beforehand."""
    kind = _kind(number)
    if kind == _NARROW:  # from a text: DuckDB gives a bare number 32 bits, in which two of them overflow
        return Whole(ibis.literal(str(number)).cast(kind), number)
    return Whole(ibis.literal(Decimal(number), type=kind), number)


def held(number: Whole, most: int) -> Any:
    """The expression in the type that holds a number as large as that."""
    return number.value.cast(_kind(most))


def _kind(most: int) -> str:
    if most > _MOST_WIDE:
        raise CannotSay("算式中的数可能超过 38 位，请减少分母不同的比例，或把分数改写成百分数")
    return _NARROW if most <= _MOST_NARROW else _WIDE


def rounded_to(keep: Callable[[Whole], Whole], num: Whole, den: Whole, *, step: int, mode: RoundingMode) -> Whole:
    """A quotient rounded to multiples of a step by the mode; `keep` makes a column of what is used again."""
    over = den * fixed(step)
    whole = keep(num // over)
    if mode is not RoundingMode.DOWN:
        most = max(num.most, over.most)  # a quotient times its divisor is never more than what was divided
        rest = num.above(Whole(held(whole, most) * held(over, most), num.most))
        doubled, divisor = (rest * fixed(2)).compared(over)
        half = doubled == divisor
        if mode is RoundingMode.HALF_EVEN:
            half = half & (whole.value % 2 == 1)
        whole = whole + fixed(1).where((doubled > divisor) | half, fixed(0))
    return whole * fixed(step) if step > 1 else whole
