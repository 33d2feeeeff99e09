"""What of an invoice counts, and in which measure: with or without tax; pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

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


def excluded_by(name: str, excluded: Collection[str]) -> str:
    """Which excluded kind of spending a line is; empty when it counts.

    >>> excluded_by("*信息技术服务*对象存储服务费", {"storage"}), excluded_by("智能算力服务", {"storage"})
    ('storage', '')
    """
    return next((kind for kind in SIDE_COSTS if kind in excluded and any(w in name for w in SIDE_COSTS[kind])), "")


def counted_lines(lines: tuple[Line, ...], excluded: Collection[str]) -> tuple[Counted, ...]:
    """The lines of an invoice with what does not count marked; a line below zero (a discount) counts as it is."""
    return tuple(
        Counted(n, line.name, line.amount, line.amount + line.tax, not excluded_by(line.name, excluded))
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


def usage_value(card_millihours: int, unit_price: int, *, share: Fraction) -> int:
    """What metered card-hours are worth at the agreed price, in the scheme's measure; what is below a fen falls.

    `share` is what the measure is of the catalogue's gross price under this contract.
    """
    return int(card_millihours * unit_price * share / 1000)
