"""Words of the domain in the reader's language: values, and sentences with values in them."""

import re
from collections.abc import Mapping

from flask import current_app
from flask_babel import get_locale, gettext

_MEASURE = re.compile(r"([\d,.]{1,30}) (\D{1,60})")
_TAXED = re.compile(r"([^（]{1,60})（(不含税|含税)）")
_ASIDE = re.compile(r"（([^（）]{1,300})）")
_SPENT = re.compile(r"期间内(.{1,40})支出")
_SENTENCE = re.compile(r"[，。；]")
_MADE = ("“%(say)s”已用额度", "是否放宽“%(say)s”", "“%(say)s”此前是否已放宽计入", "“%(say)s”所指的其他支持")
"""What facts are called that stand for a rule of a pack."""
PLANS = "plans_in_english"
"""The extension with a function that gives the English of what the plans of this installation say."""


def said(value: object) -> str:
    """A value in the reader's words: each known word and unit of a list; names and what people wrote stay."""
    text = str(value)
    if not reads_english():
        return text
    whole = word(text)
    if whole != text:
        return whole
    return _said_in_parts(text) or _said_in_list(text)


def _said_in_list(text: str) -> str:
    """Each known word of a list; a sentence with a list in it, or in brackets, is none."""
    parts = text.split("、")
    is_list = not _SENTENCE.search(text) and all(one.count("（") == one.count("）") for one in parts)
    return str(gettext("、")).join(map(word, parts)) if is_list else text


def _said_in_parts(text: str) -> str:
    """Words in a row, or facts with their values as a finding tells them; empty where a part is nobody's word."""
    parts = [_said_part(one) for one in text.split("；")]
    return str(gettext("；")).join(parts) if all(parts) else ""


def _said_part(text: str) -> str:
    label, colon, value = text.partition("：")
    told = word(label)
    if told == label:
        return ""
    return f"{told}{gettext('：')}{said(value)}" if colon else told


def worded(template: str, params: Mapping[str, object]) -> str:
    """A sentence of the domain with its values, both in the reader's language."""
    told = {name: said(value) if isinstance(value, str) else value for name, value in params.items()}
    return str(gettext(template)).format_map(told)


def joined(first: str, second: str) -> str:
    """Two sentences in a row; in English a blank stands between them unless the second only goes on."""
    return f"{first} {second}" if first and second[:1].isascii() and second[:1].isalpha() else first + second


def word(text: str) -> str:
    """One word or sentence in the reader's language; amounts, and what facts are called, by their parts.

    What no catalogue knows may be a plan's own: then its English, where a plan gives it.
    """
    text = str(text)  # it may be one that is said in the reader's language already
    if not text or not reads_english():
        return text
    told = str(gettext(text))
    if told != text:
        return told
    return next(filter(None, (way(text) for way in _BY_PARTS)), None) or of_some_plan(text)


def _measured(text: str) -> str:
    found = _MEASURE.fullmatch(text)
    if not found:
        return ""
    return f"¥{found[1]}" if found[2] == "元" else f"{found[1]} {gettext(found[2])}"


def _taxed(text: str) -> str:
    found = _TAXED.fullmatch(text)
    return str(gettext("%(label)s（%(tax)s）", label=word(found[1]), tax=gettext(found[2]))) if found else ""


def _spent(text: str) -> str:
    found = _SPENT.fullmatch(text)
    return str(gettext("期间内%(service)s支出", service=gettext(found[1]))) if found else ""


def _aside(text: str) -> str:
    found = _ASIDE.fullmatch(text)
    return str(gettext("（%(aside)s）", aside=word(found[1]))) if found else ""


def _of_rule(text: str) -> str:
    say = said_of_rule(text)
    return made_of_rule(text, word(say)) if say else ""


def _of_clause(text: str) -> str:
    title, _blank, article = text.rpartition(" ")
    told = of_some_plan(title)
    return f"{told} {word(article)}" if told != title else ""


_BY_PARTS = (_measured, _taxed, _spent, _aside, _of_rule, _of_clause)


def said_of_rule(text: str) -> str:
    """The sentence of a rule within what a fact is called that stands for it; empty where it stands for none.

    >>> said_of_rule("“每年最高 5 万元”已用额度"), said_of_rule("面积")
    ('每年最高 5 万元', '')
    """
    for made in _MADE:
        before, _, after = made.partition("%(say)s")
        if text.startswith(before) and text.endswith(after):
            return text[len(before) : len(text) - len(after)]
    return ""


def made_of_rule(text: str, say: str) -> str:
    """What a fact is called that stands for a rule, with the rule's sentence in the reader's language."""
    made = next(one for one in _MADE if all(map(text.__contains__, one.split("%(say)s"))))
    return str(gettext(made, say=say))


def reads_english() -> bool:
    """Whether whoever reads the page reads English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def of_some_plan(text: str) -> str:
    """The English that the plans of this installation give for their own words; else the text as it stands."""
    if text.isascii() or not reads_english():
        return text
    plans = current_app.extensions.get(PLANS)
    english: str = plans().get(text, text) if plans else text
    return english
