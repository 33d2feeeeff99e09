"""What of an invoice counts, and in which measure: with or without tax; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from vouchers.policy.pack.vouchers import LineItems
from vouchers.redemption.invoices.invoice import Line

SIDE_COSTS: Mapping[str, tuple[str, ...]] = {
    "storage": ("存储", "云盘", "云硬盘", "备份"),
    "network": ("带宽", "流量", "专线", "网络", "公网"),
    "security": ("安全", "防火墙", "防护"),
    "hardware": ("硬件", "设备", "配件", "整机"),
    "labour": ("人工", "人力", "驻场", "劳务"),
}
"""Words by which a line of an invoice is known as spending that a pack may exclude."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One line of an invoice in both measures, and whether it counts."""

    position: int
    name: str
    net: int
    gross: int
    counts: bool

    def measured(self, measure: str) -> int:
        """Its amount in the scheme's measure, nothing when it does not count."""
        if not self.counts:
            return 0
        return self.net if measure == "net" else self.gross


@dataclass(frozen=True, slots=True)
class Lines:
    """By which words a line does not count, and by which it does; `include` None: whatever is not excluded counts."""

    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] | None = None

    def counts(self, name: str, fen: int) -> bool:
        """Whether a line counts: by its name alone, and excluding words go before including ones.

        A discount (below zero) of which nobody says what it is taken off counts: it makes the claim smaller.

        >>> Lines(("存储",)).counts("*信息技术服务*对象存储服务费", 1), Lines((), ("服务器",)).counts("智能算力服务", 1)
        (False, False)
        """
        if any(word in name for word in self.exclude):
            return False
        return self.include is None or fen < 0 or any(word in name for word in self.include)


def lines_of(rules: Iterable[LineItems]) -> Lines:
    """The words of a pack's rules on invoice lines, with those that the system has itself."""
    exclude: list[str] = []
    include: list[str] | None = None
    for rule in rules:
        exclude += [word for kind in rule.exclude for word in _words(rule, kind)]
        if rule.include:
            include = [*(include or ()), *(word for kind in rule.include for word in _words(rule, kind))]
    return Lines(tuple(exclude), None if include is None else tuple(include))


def _words(rule: LineItems, kind: Any) -> tuple[str, ...]:
    return (*SIDE_COSTS.get(kind, ()), *rule.words.get(kind, ()))


def counted_lines(lines: tuple[Line, ...], words: Lines) -> tuple[Counted, ...]:
    """The lines of an invoice with what does not count marked."""
    return tuple(
        Counted(n, line.name, line.amount, line.amount + line.tax, words.counts(line.name, line.amount))
        for n, line in enumerate(lines, start=1)
    )


def eligible(lines: tuple[Counted, ...], measure: str) -> int:
    """What may be claimed on at most, in fen of the measure; never below zero.

    >>> eligible((Counted(1, "算力", 100, 106, True), Counted(2, "存储", 9, 10, False)), "gross")
    106
    """
    return max(0, sum(line.measured(measure) for line in lines))


def in_proportion(part: int, whole: int, other: int) -> int:
    """The part of `other` that belongs to `part` of `whole`, a started fen counted full.

    >>> in_proportion(50, 100, 107)
    54
    """
    return 0 if whole <= 0 else -(-part * other // whole)


def usage_value(quantity: int, price_of_part: Fraction, *, share: Fraction) -> int:
    """What was used or delivered is worth at the agreed price, in the scheme's measure; what is below a fen falls.

    The quantity is in parts of the unit; `share` is what the measure is of the catalogue's gross price under this
    contract.
    """
    return int(quantity * price_of_part * share)
