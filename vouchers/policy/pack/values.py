"""Amounts, rates and terms as a pack writes them: with their unit, exact, never a float."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, PlainValidator

from vouchers.kernel.money import MOST_FEN
from vouchers.kernel.periods import add_months

_AMOUNT = re.compile(r"^(\d{1,13}(?:\.\d{1,6})?) ?(分|元|万元|亿元)$", re.ASCII)
_YUAN_OF = {"元": 1, "万元": 10_000, "亿元": 100_000_000}
_PERCENT = re.compile(r"^(\d{1,6}(?:\.\d{1,2})?) ?%$", re.ASCII)
_RATIO = re.compile(r"^(\d{1,9})/(\d{1,9})$", re.ASCII)
_QUANTITY = re.compile(r"^(\d{1,15}) ?(卡时|PFLOPS小时|词元)$", re.ASCII)
Unit = Literal["card-hours", "pflops-hours", "tokens"]
UNIT_WORDS: dict[str, Unit] = {"卡时": "card-hours", "PFLOPS小时": "pflops-hours", "词元": "tokens"}
UNIT_LABELS: dict[str, str] = {unit: word for word, unit in UNIT_WORDS.items()}
_TERM = re.compile(r"^(\d{1,3}) (year|month|day|working day)s?$", re.ASCII)


class Part(BaseModel):
    """A part of a pack: frozen, and strict about keys and types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time: calendar years, months or days, or working days."""

    count: int
    unit: str

    def before(self, day: date) -> date:
        """The day a calendar term before another.

        >>> Term(3, "year").before(date(2026, 5, 1))
        datetime.date(2023, 5, 1)
        """
        return self._moved(day, -self.count)

    def after(self, day: date) -> date:
        """The day a calendar term after another."""
        return self._moved(day, self.count)

    def written(self) -> str:
        """The term in the words of a pack.

        >>> Term(1, "year").written(), Term(3, "month").written()
        ('1 year', '3 months')
        """
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    def _moved(self, day: date, count: int) -> date:
        if self.unit == "day":
            return day + timedelta(days=count)
        return add_months(day, count * (12 if self.unit == "year" else 1))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A whole number of card-hours, PFLOPS-hours or tokens."""

    count: int
    unit: Unit


def read_yuan(raw: object) -> int:
    """Fen from an amount with its unit.

    >>> read_yuan("20 万元"), read_yuan("0.5 元"), read_yuan("1 分")
    (20000000, 50, 1)
    """
    found = _AMOUNT.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        raise ValueError("金额要带单位，写成“200000 元”或“20 万元”")
    number, unit = found.groups()
    fen = Decimal(number) * (1 if unit == "分" else _YUAN_OF[unit] * 100)
    if fen != int(fen) or fen > MOST_FEN:
        raise ValueError("金额最小到分，最大一千亿元")
    return int(fen)


def read_amount(raw: object) -> int | Quantity:
    """Fen from an amount of money, or a quantity with its unit.

    >>> read_amount("20 万元"), read_amount("2000 卡时")
    (20000000, Quantity(count=2000, unit='card-hours'))
    """
    found = _QUANTITY.fullmatch(raw) if isinstance(raw, str) else None
    if found is not None:
        return Quantity(int(found[1]), UNIT_WORDS[found[2]])
    try:
        return read_yuan(raw)
    except ValueError as error:
        raise ValueError(f"{error}；数量写成“2000 卡时”“100 PFLOPS小时”“1000000 词元”") from None


def whole(amount: int | Quantity) -> int:
    """The bare whole number: fen of money, units of a quantity."""
    return amount if isinstance(amount, int) else amount.count


def read_rate(raw: object) -> Fraction:
    """An exact share from a percentage or a ratio.

    >>> read_rate("37.5%"), read_rate("1/3")
    (Fraction(3, 8), Fraction(1, 3))
    """
    if isinstance(raw, str):
        if found := _PERCENT.fullmatch(raw):
            return Fraction(found[1]) / 100
        if (found := _RATIO.fullmatch(raw)) and int(found[2]):
            return Fraction(int(found[1]), int(found[2]))
    raise ValueError("比例要写成百分数“50%”（最多两位小数）或分数“1/3”")


def read_term(raw: object) -> Term:
    """A term from its words.

    >>> read_term("3 years")
    Term(count=3, unit='year')
    """
    found = _TERM.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        raise ValueError("期限要写成“3 years”“6 months”“30 days”或“5 working days”")
    return Term(int(found[1]), found[2])


def percent(rate: Fraction) -> str:
    """A share as people read it.

    >>> percent(Fraction(3, 8)), percent(Fraction(1, 3))
    ('37.5%', '1/3')
    """
    hundredths, beyond = divmod(rate.numerator * 100 * 100, rate.denominator)
    if beyond:
        return f"{rate.numerator}/{rate.denominator}"
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


Yuan = Annotated[int, PlainValidator(read_yuan)]
Amount = Annotated[int | Quantity, PlainValidator(read_amount)]
Rate = Annotated[Fraction, PlainValidator(read_rate)]
Span = Annotated[Term, PlainValidator(read_term)]
