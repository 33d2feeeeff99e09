"""Words for amounts: yuan, or units of service."""

from flask_babel import gettext

from vouchers.kernel.money import format_yuan, parse_yuan
from vouchers.policy.pack.values import UNIT_LABELS


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


def _label(unit: str) -> str:
    return next((label for name, label in UNIT_LABELS.items() if name == unit), unit)
