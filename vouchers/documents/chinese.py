"""Amounts in capital numerals (大写金额) and dates as Chinese papers write them."""

import re
from datetime import date

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("仟", "佰", "拾", "")
_GROUPS = ("亿", "万", "")
_GROUP = 10_000
_THOUSAND = 1_000
_MOST_YUAN = _GROUP ** len(_GROUPS) - 1
_NEGATIVE = re.compile(r"[(（]?负数?[)）]?")
_VARIANTS = str.maketrans({"圆": "元", "园": "元", "正": "整", "億": "亿", "萬": "万", "陸": "陆", "貳": "贰"})


def amount_in_words(fen: int) -> str:
    """An amount in capital numerals, as cheques and certificates write it; 人民币 is left to the page.

    >>> amount_in_words(51400000), amount_in_words(80000580000), amount_in_words(1005)
    ('伍拾壹万肆仟元整', '捌亿零伍仟捌佰元整', '壹拾元零伍分')
    """
    if fen < 0:
        return "负" + amount_in_words(-fen)
    yuan, rest = divmod(fen, 100)
    jiao, cents = divmod(rest, 10)
    if yuan > _MOST_YUAN:
        raise ValueError("the amount has no usual reading")
    words = f"{_whole_in_words(yuan)}元" if yuan or not rest else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif cents and yuan:
        words += "零"
    return words + (f"{_DIGITS[cents]}分" if cents else "" if jiao else "整")


def same_amount_in_words(words: str, fen: int) -> bool:
    """Whether words found on a paper say this amount; 圆 or 元, 整 or 正, and an optional 零 make no difference.

    >>> same_amount_in_words("人民币壹仟陆佰捌拾圆零叁角贰分", 168032)
    True
    """
    compact = re.sub(r"\s|⊗|ⓧ", "", words).removeprefix("人民币")
    unsigned, signs = _NEGATIVE.subn("", compact)
    return (signs > 0) == (fen < 0) and _bare(unsigned) == _bare(amount_in_words(abs(fen)))


def chinese_date(day: date) -> str:
    """A date as official papers write it (GB/T 9704).

    >>> chinese_date(date(2026, 3, 2))
    '2026年3月2日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


def _whole_in_words(yuan: int) -> str:
    words, owes_zero = "", False
    for place, unit in enumerate(_GROUPS):
        group = yuan // _GROUP ** (len(_GROUPS) - 1 - place) % _GROUP
        if group == 0:
            owes_zero = bool(words)
            continue
        if words and (owes_zero or group < _THOUSAND):
            words += "零"
        words += _group_in_words(group) + unit
        owes_zero = False
    return words or "零"


def _group_in_words(group: int) -> str:
    digits = f"{group:04d}"
    words = "".join(_DIGITS[int(d)] + u if d != "0" else "零" for d, u in zip(digits, _UNITS, strict=True))
    return re.sub("零+", "零", words).strip("零")


def _bare(words: str) -> str:
    """Without what is optional; each digit keeps its unit, so nothing becomes ambiguous."""
    return words.translate(_VARIANTS).replace("零", "").removesuffix("整")
