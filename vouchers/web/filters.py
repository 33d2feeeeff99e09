"""Formats of the pages: money, Beijing dates, masked names and numbers, labels."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from flask import Flask
from flask_babel import get_locale, gettext
from markupsafe import Markup, escape

from vouchers.kernel.actor import ActorKind
from vouchers.kernel.clock import BEIJING
from vouchers.kernel.money import format_yuan
from vouchers.web.cells import marked
from vouchers.web.wording import said

NOTHING = Markup("—")
_QUOTED = Markup('“<span lang="zh-CN">{}</span>”')
_CHINESE = re.compile(r"[《（]?[\u3400-\u9fff](?:[^A-Za-z<>&;“”]*[\u3400-\u9fff])?[。》）]*")
_VISIBLE_END = 4
_SHORT_NAME = 2


def yuan(fen: int | None) -> Markup:
    """Fen with ¥, for text; never broken over two lines.

    >>> str(yuan(123450))
    '<span class="v-num">¥1,234.50</span>'
    """
    return NOTHING if fen is None else _figure(format_yuan(fen))


def figure(fen: int | None) -> Markup:
    """Fen without ¥, for a column whose head names the unit."""
    return NOTHING if fen is None else _figure(format_yuan(fen).replace("¥", ""))


def signed(fen: int) -> Markup:
    """Fen with its sign, for movements; the sign carries the direction, not a colour."""
    sign = "minus" if fen < 0 else "plus"
    return Markup('<span class="v-num v-{}">{}</span>').format(sign, format_yuan(abs(fen)).replace("¥", ""))


def thousands(number: int) -> str:
    """A count with separators.

    >>> thousands(10000)
    '10,000'
    """
    return f"{number:,}"


def day(value: date | datetime | None) -> Markup:
    """A calendar day as YYYY-MM-DD, of an instant in Beijing."""
    if value is None:
        return NOTHING
    shown = value.astimezone(BEIJING).date() if isinstance(value, datetime) else value
    return _keep(shown.isoformat())


def moment(value: datetime | None) -> Markup:
    """An instant as YYYY-MM-DD HH:MM in Beijing."""
    return NOTHING if value is None else _keep(value.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M"))


def mask_name(name: str) -> str:
    """A natural person's name as it may be shown to anyone.

    >>> mask_name("王明"), mask_name("欧阳小明")
    ('王*', '欧**明')
    """
    if len(name) <= _SHORT_NAME:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_number(number: str) -> str:
    """A phone, identity or account number with only its end visible.

    >>> mask_number("13800138000")
    '*******8000'
    """
    if len(number) <= _VISIBLE_END:
        return "*" * len(number)
    return "*" * (len(number) - _VISIBLE_END) + number[-_VISIBLE_END:]


def label(value: Enum | str | None, labels: Mapping[Any, str] | None = None) -> str:
    """The reader's word for a value: from its table of labels, or the value's own label."""
    if value is None or value == "":
        return NOTHING
    if labels is not None:
        return str(gettext(labels[value]))
    return str(gettext(str(getattr(value, "label", value))))


def quoted(text: str) -> Markup:
    """A quotation from a document, in the language it is written in."""
    return _QUOTED.format(text)


def in_chinese(text: object) -> Markup:
    """Text of which parts may be a plan's own words: on a page in another language these are quoted, as Chinese.

    >>> in_chinese("层级")
    Markup('层级')
    """
    locale = get_locale()
    shown = escape(text)
    if locale is None or locale.language == "zh":
        return shown
    return Markup(_CHINESE.sub(_as_chinese, shown))  # noqa: S704  escaped above


def _as_chinese(found: re.Match[str]) -> str:
    before = found.string[: found.start()]
    is_quoted = before.count("“") > before.count("”")
    return f'<span lang="zh-CN">{found[0]}</span>' if is_quoted else quoted(Markup(found[0]))  # noqa: S704


def hand(name: str, kind: str) -> str:
    """Who acted, as a page says it: a person by name; what runs by itself has a name that only its makers know."""
    words = {ActorKind.JOB.value: gettext("系统自动"), ActorKind.COMMAND.value: gettext("运维人员以命令办理")}
    return str(words.get(kind, name))


def add_filters(app: Flask) -> None:
    """Make the formats known to templates."""
    for function in (
        yuan,
        figure,
        signed,
        thousands,
        day,
        moment,
        mask_name,
        mask_number,
        label,
        said,
        quoted,
        in_chinese,
        hand,
    ):
        app.add_template_filter(function)


def _figure(text: str) -> Markup:
    return marked(f'<span class="v-num">{text}</span>')  # digits and signs


def _keep(text: str) -> Markup:
    return marked(f'<span class="v-keep">{text}</span>')  # digits and signs
