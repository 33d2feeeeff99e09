"""Words of the domain in the reader's language: values, and sentences with values in them."""

import re
from collections.abc import Mapping

from flask_babel import gettext

_MEASURE = re.compile(r"([\d,.]{1,30}) (\D{1,60})")
_TAXED = re.compile(r"([^（]{1,60})（(不含税|含税)）")
_SPENT = re.compile(r"期间内(.{1,40})支出")


def said(value: object) -> str:
    """A value in the reader's words: each known word and unit of a list; names and what people wrote stay."""
    text = str(value)
    whole = word(text)
    return whole if whole != text else str(gettext("、")).join(map(word, text.split("、")))


def worded(template: str, params: Mapping[str, object]) -> str:
    """A sentence of the domain with its values, both in the reader's language."""
    told = {name: said(value) if isinstance(value, str) else value for name, value in params.items()}
    return str(gettext(template)).format_map(told)


def joined(first: str, second: str) -> str:
    """Two sentences in a row; in English a blank stands between them unless the second only goes on."""
    return f"{first} {second}" if first and second[:1].isascii() and second[:1].isalpha() else first + second


def word(text: str) -> str:
    """One word or sentence in the reader's language; amounts, and what facts about money are called, by their parts."""
    measure = _MEASURE.fullmatch(text)
    if measure:
        return f"{measure[1]} {gettext(measure[2])}"
    taxed = _TAXED.fullmatch(text)
    if taxed:
        return str(gettext("%(label)s（%(tax)s）", label=word(taxed[1]), tax=gettext(taxed[2])))
    spent = _SPENT.fullmatch(text)
    if spent:
        return str(gettext("期间内%(service)s支出", service=gettext(spent[1])))
    return str(gettext(text)) if text else ""
