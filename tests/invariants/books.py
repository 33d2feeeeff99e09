"""The books of vouchers in plain Python, written from the page on the domain: what the services are held against."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


class Overdrawn(AssertionError):
    """Something was let through that the books cannot bear."""


@dataclass
class Books:
    """What rests where, in fen; layers taken together."""

    envelope: int
    indicator: int
    voucher: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    payable: int = 0
    paid: int = 0
    spent: int = 0
    last_day: dict[str, date] = field(default_factory=dict)
    voucher_of: dict[str, str] = field(default_factory=dict)
    order_of: dict[str, str] = field(default_factory=dict)
    open_orders: set[str] = field(default_factory=set)

    def issue(self, voucher: str, face: int, last_day: date) -> None:
        """ENVELOPE → VOUCHER."""
        self.envelope -= face
        self.voucher[voucher], self.last_day[voucher] = face, last_day
        self._check()

    def hold(self, voucher: str, order: str, amount: int) -> None:
        """VOUCHER → HELD(order)."""
        self.voucher[voucher] -= amount
        self.held[order], self.voucher_of[order] = amount, voucher
        self.open_orders.add(order)
        self._check()

    def end_order(self, order: str, today: date) -> None:
        """HELD(order) → VOUCHER, or ENVELOPE when the voucher has ended."""
        self.open_orders.discard(order)
        self._back(order, order, today)

    def claim(self, order: str, claim: str, amount: int) -> None:
        """HELD(order) → HELD(claim)."""
        self.held[order] -= amount
        self.held[claim], self.order_of[claim] = amount, order
        self._check()

    def give_back(self, claim: str, today: date) -> None:
        """HELD(claim) → HELD(order) while that is open, else to where an ended order's hold goes."""
        order = self.order_of[claim]
        if order in self.open_orders:
            self.held[order] += self.held.pop(claim)
        else:
            self._back(claim, order, today)

    def approve(self, claim: str, amount: int, today: date) -> None:
        """HELD(claim) → PAYABLE; what was asked and not approved goes back."""
        self.held[claim] -= amount
        self.payable += amount
        self._check()
        self.give_back(claim, today)

    def expire(self, today: date) -> None:
        """VOUCHER → ENVELOPE for all whose last day is past."""
        for voucher, last in self.last_day.items():
            if last < today:
                self.envelope += self.voucher[voucher]
                self.voucher[voucher] = 0

    def release(self, total: int) -> None:
        """PAYABLE → PAID and INDICATOR → SPENT."""
        self.payable, self.paid = self.payable - total, self.paid + total
        self.indicator, self.spent = self.indicator - total, self.spent + total
        self._check()

    def refuse(self, amount: int) -> None:
        """PAID → PAYABLE and SPENT → INDICATOR."""
        self.release(-amount)

    def figures(self) -> Mapping[str, object]:
        """Everything that can be compared with the ledger; what holds nothing is left out."""
        return {
            "envelope": self.envelope,
            "voucher": {name: fen for name, fen in self.voucher.items() if fen},
            "held": {name: fen for name, fen in self.held.items() if fen},
            "payable": self.payable,
            "paid": self.paid,
            "indicator": self.indicator,
            "spent": self.spent,
        }

    def _back(self, holder: str, order: str, today: date) -> None:
        amount, voucher = self.held.pop(holder), self.voucher_of[order]
        if self.last_day[voucher] < today:
            self.envelope += amount
        else:
            self.voucher[voucher] += amount

    def _check(self) -> None:
        sums = [self.envelope, self.payable, self.paid, self.indicator, self.spent]
        if min([*sums, *self.voucher.values(), *self.held.values()]) < 0:
            raise Overdrawn(str(self.figures()))
