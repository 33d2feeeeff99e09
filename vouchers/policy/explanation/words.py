"""Words for amounts and terms: yuan, or units of service; years, months and days."""

from flask_babel import gettext

from vouchers.kernel.money import format_yuan, parse_yuan
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
    return next((label for name, label in UNIT_LABELS.items() if name == unit), unit)
