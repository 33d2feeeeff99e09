"""Numbers of the trade: 统一社会信用代码, 数电票 number, voucher code, and public ids that give nothing away."""

import re
import secrets
import string
import unicodedata
from collections.abc import Callable

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC_LENGTH = 18
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L: they are misread on paper
_CODE_RANDOM = 11
_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_IDENTITY = re.compile(r"\d{17}[\dX]", re.ASCII)
_IDENTITY_CHECKS = "10X98765432"
_INVOICE = re.compile(r"^\d{20}$", re.ASCII)


def normalise(text: str) -> str:
    """Identifier as typed → compared form: full-width folded, blanks and separators dropped, upper case."""
    folded = unicodedata.normalize("NFKC", text).translate(_UPPER)  # ASCII alone: ß is not SS
    return re.sub(r"[\s\-·_\u200b-\u200f\u2060\ufeff]", "", folded)


def uscc_check_character(first_17: str) -> str:
    """The 18th character of a 统一社会信用代码 (GB 32100-2015, ISO 7064 style, modulus 31).

    >>> uscc_check_character("91350100M000100Y4")
    '3'
    """
    total = sum(_USCC_ALPHABET.index(c) * w for c, w in zip(first_17, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[-total % 31]


def uscc_problem(text: str) -> str:
    """Why this is no 统一社会信用代码; empty when it is well formed.

    >>> uscc_problem("91350100M000100Y43")
    ''
    """
    code = normalise(text)
    if len(code) != _USCC_LENGTH:
        return f"统一社会信用代码应为 18 位，现为 {len(code)} 位"
    wrong = sorted({c for c in code if c not in _USCC_ALPHABET})
    if wrong:
        return f"统一社会信用代码不含字符 {'、'.join(wrong)}，请核对营业执照"
    if uscc_check_character(code[:17]) != code[17]:
        return "统一社会信用代码校验位不符，请核对营业执照上的 18 位代码"
    return ""


def identity_problem(text: str) -> str:
    """Why this is no 公民身份号码 (GB 11643-1999, ISO 7064 MOD 11-2); empty when it is well formed.

    >>> identity_problem("11010519491231002X"), identity_problem("110105194912310021")
    ('', '身份证号码校验位不符，请核对证件上的 18 位号码')
    """
    number = normalise(text)
    if not _IDENTITY.fullmatch(number):
        return "身份证号码应为 18 位，末位可以是 X"
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(number[:17]))
    if _IDENTITY_CHECKS[total % 11] != number[17]:
        return "身份证号码校验位不符，请核对证件上的 18 位号码"
    return ""


def is_invoice_number(text: str) -> bool:
    """Whether this is a 20-digit 数电票 number."""
    return bool(_INVOICE.fullmatch(text))


def new_voucher_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """A voucher code of twelve characters, the last a check character; shown in groups of four."""
    body = "".join(choose(_CODE_ALPHABET) for _ in range(_CODE_RANDOM))
    return body + _code_check(body)


def voucher_code_problem(text: str) -> str:
    """Why this cannot be a voucher code; empty when its check character agrees."""
    code = normalise(text)
    if len(code) != _CODE_RANDOM + 1:
        return f"券码应为 {_CODE_RANDOM + 1} 位，现为 {len(code)} 位"
    if any(c not in _CODE_ALPHABET for c in code):
        return "券码不含 0、O、1、I、L，请核对凭证上的券码"
    if _code_check(code[:-1]) != code[-1]:
        return "券码校验位不符，请核对凭证上的券码"
    return ""


def grouped(code: str) -> str:
    """A code in groups of four, as printed.

    >>> grouped("ABCDEFGHJKMN")
    'ABCD-EFGH-JKMN'
    """
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def new_public_id() -> str:
    """An identifier for addresses: 128 random bits, not derivable from any number."""
    return secrets.token_urlsafe(16)


def _code_check(body: str) -> str:
    total = 0
    for position, c in enumerate(body, start=1):
        total += position * (_CODE_ALPHABET.index(c) + 1)
    return _CODE_ALPHABET[total % len(_CODE_ALPHABET)]
