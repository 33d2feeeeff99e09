"""Words for amounts and terms: yuan, or units of service; years, months and days."""

from flask_babel import gettext

from vouchers.kernel.money import format_yuan, parse_yuan
from vouchers.policy.pack.measure import Measure
from vouchers.policy.pack.values import UNIT_LABELS, Term


def spoken(text: str, **values: object) -> str:
    """A sentence in the reader's language, as plain text."""
    return str(gettext(text, **values))


def shown_amount(amount: int, unit: str) -> str:
    """An amount as people read it.

    >>> shown_amount(200000, ""), shown_amount(2000, "card-hours")
    ('¥2,000.00', '2,000 卡时')
    """
    return format_yuan(amount) if not unit else f"{amount:,} {_label(unit)}"


def in_units(measure: Measure, fen: int | None) -> str:
    """So much as units of a voucher in kind; nothing where it is money, or not known.

    >>> in_units(Measure("card-hours", 1_000), 2_000_000), in_units(Measure(), 500)
    ('2,000 卡时', '')
    """
    return units_said(None if fen is None else measure.units(fen), measure.unit)


def units_said(units: int | None, unit: str | None) -> str:
    """How many units a voucher in kind is for; nothing where it is money."""
    return "" if units is None or unit is None else shown_amount(units, unit)


def shown_text(text: str, unit: str) -> str:
    """The same from the plain text of a stored decision."""
    return shown_amount(int(text) if unit else parse_yuan(text), unit)


def term_words(term: Term) -> str:
    """A term as people read it."""
    words = {
        "year": spoken("%(count)s 年", count=term.count),
        "month": spoken("%(count)s 个月", count=term.count),
        "working day": spoken("%(count)s 个工作日", count=term.count),
    }
    return words.get(term.unit, spoken("%(count)s 天", count=term.count))


def _label(unit: str) -> str:
    return spoken(UNIT_LABELS.get(unit, unit))
