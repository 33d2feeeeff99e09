"""Settling by period: what was approved in a month, quarter, half-year or year is paid once that has ended; pure."""

from collections.abc import Mapping
from datetime import date

from vouchers.kernel.findings import Finding

MONTHS: Mapping[str, int] = {"monthly": 1, "quarterly": 3, "half-yearly": 6, "yearly": 12}
WORDS: Mapping[str, str] = {"monthly": "按月", "quarterly": "按季度", "half-yearly": "按半年", "yearly": "按年度"}
_YEAR = 12


def period_start(frequency: str, on: date) -> date:
    """The first day of the period that a day lies in; the day itself where money is paid as needed.

    >>> period_start("quarterly", date(2026, 5, 6)), period_start("yearly", date(2026, 5, 6))
    (datetime.date(2026, 4, 1), datetime.date(2026, 1, 1))
    """
    months = MONTHS.get(frequency)
    return on if months is None else date(on.year, (on.month - 1) // months * months + 1, 1)


def payable_from(frequency: str, approved_on: date) -> date:
    """The first day on which what was approved on a day may be put into a batch.

    >>> payable_from("quarterly", date(2026, 12, 31)), payable_from("as-needed", date(2026, 5, 6))
    (datetime.date(2027, 1, 1), datetime.date(2026, 5, 6))
    """
    months = MONTHS.get(frequency)
    if months is None:
        return approved_on
    start = period_start(frequency, approved_on)
    over, month = divmod(start.month - 1 + months, _YEAR)
    return date(start.year + over, month + 1, 1)


def too_early(frequency: str, approved_on: date, on: date, *, clause: str) -> Finding | None:
    """Why something approved on a day is not put into a batch on another yet."""
    first = payable_from(frequency, approved_on)
    if on >= first:
        return None
    params = {"how": WORDS[frequency], "approved": approved_on.isoformat(), "first": first.isoformat()}
    message = "本方案{how}结算：{approved} 核定的款项，自 {first} 起列入兑付。"
    return Finding("settlement.period", message, params, "到期后再编制批次，款项仍然应付。", clause=clause)
