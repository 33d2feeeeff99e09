"""Words of the domain in the reader's language: values, and sentences with values in them."""

import re
from collections.abc import Mapping

from flask_babel import gettext

_MEASURE = re.compile(r"([\d,.]{1,30}) (\D{1,60})")


def said(value: object) -> str:
    """A value in the reader's words: each known word and unit of a list; names and what people wrote stay."""
    text = str(value)
    whole = _word(text)
    return whole if whole != text else str(gettext("、")).join(map(_word, text.split("、")))


def worded(template: str, params: Mapping[str, object]) -> str:
    """A sentence of the domain with its values, both in the reader's language."""
    told = {name: said(value) if isinstance(value, str) else value for name, value in params.items()}
    return str(gettext(template)).format_map(told)


def joined(first: str, second: str) -> str:
    """Two sentences in a row; in English a blank stands between them unless the second only goes on."""
    return f"{first} {second}" if first and second[:1].isascii() and second[:1].isalpha() else first + second


def _word(text: str) -> str:
    measure = _MEASURE.fullmatch(text)
    if measure:
        return f"{measure[1]} {gettext(measure[2])}"
    return str(gettext(text)) if text else ""
