"""In what the amounts of a kind are decided, and what they come to in the ledger."""

from dataclasses import dataclass

from vouchers.kernel.money import format_yuan
from vouchers.policy.pack.values import UNIT_LABELS, Unit


@dataclass(frozen=True, slots=True)
class Measure:
    """Money, or whole units of which one may cost `price` fen at most."""

    unit: Unit | None = None
    price: int = 1

    @property
    def word(self) -> str:
        """The unit's Chinese word; empty for money."""
        return "" if self.unit is None else UNIT_LABELS[self.unit]

    def fen(self, amount: int) -> int:
        """An amount of a decision as the ledger has it.

        >>> Measure().fen(500), Measure("card-hours", 1_000).fen(2_000)
        (500, 2000000)
        """
        return amount * self.price

    def units(self, fen: int) -> int | None:
        """How many whole units so much stands for; None for money.

        >>> Measure().units(500), Measure("card-hours", 1_000).units(2_000_000)
        (None, 2000)
        """
        return None if self.unit is None else fen // self.price

    def is_whole(self, fen: int) -> bool:
        """Whether so much is a whole number of units; money always is."""
        return fen % self.price == 0

    def whole(self, fen: int) -> int:
        """So much without the part of a unit that is left over; in fen."""
        return fen - fen % self.price

    def said(self, fen: int) -> str:
        """So much in words, the money of units in brackets.

        >>> Measure().said(500), Measure("card-hours", 1_000).said(2_000_000)
        ('¥5.00', '2,000 卡时（¥20,000.00）')
        """
        return format_yuan(fen) if self.unit is None else f"{fen // self.price:,} {self.word}（{format_yuan(fen)}）"
