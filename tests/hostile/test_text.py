"""Numbers and words as hostile people type them: one strict reading, bounded in time, no forged line anywhere."""

import ast
import importlib
import logging
import pkgutil
import re
import string
import time
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wtforms import Form, HiddenField, PasswordField, StringField

import vouchers
from tests.hostile.crowd import VISITOR, Crowd
from tests.web.gallery import make_gallery
from vouchers.kernel.identifiers import (
    identity_problem,
    is_invoice_number,
    new_voucher_code,
    normalise,
    uscc_check_character,
    uscc_problem,
    voucher_code_problem,
)
from vouchers.kernel.money import MOST_FEN, parse_yuan
from vouchers.web.fields import AtMost, parse_day
from vouchers.web.forms import BaseForm, clean_line, clean_text

PACKAGE = Path(vouchers.__path__[0])
NEAR_MISSES = (
    *("NaN", "Infinity", "-Infinity", "1e309", "1E3", "1_000", "-0", "+1", "-1", "0.001", "1000000000000000000", ".5"),
    *("5.", "1.2.3", "1,000", "1，000", "１００", "١٢٣", "²", "½", "Ⅷ", "一百", "0x10", "0b1", "9223372036854775808"),
    *("1 000", "1\u00a0000", "1\u200b0", "1\n2", "1\x000", "¥1", "1元", "1%", "", "-", ".", "1e", "٣.٥", "৪", "𝟙𝟚"),
)
_PLAIN = re.compile(r"[0-9]{1,13}(\.[0-9]{1,2})?")
MOST_SECONDS = 0.05
SIZE = 50_000
MOST_CHARACTERS = 500_000  # a policy pack as text; other fields are far smaller


def amount(text: str) -> int | None:
    try:
        return parse_yuan(text)
    except ValueError:
        return None


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_what_nearly_is_an_amount_is_none(text: str) -> None:
    assert amount(text) is None


@settings(deadline=None)
@given(st.one_of(st.text(alphabet="0123456789.-+eE_, \n０１٣²¥", max_size=18), st.text(max_size=20)))
@example("0" * 13 + ".99")
@example("1\n")
def test_an_amount_is_read_only_from_plain_digits(text: str) -> None:
    trimmed = text.strip()
    is_plain = bool(_PLAIN.fullmatch(trimmed))
    yuan, _, cents = trimmed.partition(".")
    fen = int(yuan) * 100 + int(f"{cents:0<2}") if is_plain else None

    assert amount(text) == (fen if fen is not None and fen <= MOST_FEN else None)


HIDDEN = [
    chr(code)
    for code in range(0x110000)
    if unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs"} or code & 0xFFFE == 0xFFFE
] + ["\u115f", "\u3164", "\u2800", "\u034f", "\u2028", "\u2029"]


@given(
    st.sampled_from(HIDDEN), st.text(alphabet="算力甲乙ab1", min_size=1), st.text(alphabet="算力甲乙ab1", min_size=1)
)
@example("\u202e", "甲", "乙")
@example("\ud800", "甲", "乙")
@example("\u200d", "甲", "乙")
@example("\x00", "甲", "乙")
def test_hidden_characters_are_refused_with_a_sentence(hidden: str, before: str, after: str) -> None:
    with _gallery().test_request_context(), pytest.raises(ValueError, match=r"U\+[0-9A-F]{4,6}"):
        clean_line(f"{before}{hidden}{after}")


@given(st.sampled_from([one for one in HIDDEN if one not in "\n\r\t"]))
def test_a_long_text_may_have_lines_and_nothing_else_that_hides(hidden: str) -> None:
    assert clean_text("甲\n乙\t丙") == "甲\n乙\t丙"
    with _gallery().test_request_context(), pytest.raises(ValueError, match=r"U\+[0-9A-F]{4,6}"):
        clean_text(f"甲{hidden}乙")


@cache
def _gallery() -> Flask:
    return make_gallery()


@given(st.text(alphabet=st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))))
@example("𠮷野家")
@example("㐂")
@example("镕喆堃")
def test_visible_names_are_kept_in_their_composed_form(text: str) -> None:
    if set(text) & set("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"):
        return

    assert clean_line(text) == unicodedata.normalize("NFC", text).strip()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("９１３５０１００Ｍ０００１００Ｙ４３", "91350100M000100Y43"),
        (" 91350100-m000100y43 ", "91350100M000100Y43"),
        ("9135\u200b0100M000100Y43", "91350100M000100Y43"),
    ],
)
def test_an_identifier_is_read_in_its_plain_form(typed: str, read: str) -> None:
    assert normalise(typed) == read
    assert uscc_problem(typed) == ""


@pytest.mark.parametrize("typed", ["91350100М000100Y43", "91350100M000100Υ43", "9135О100M000100Y43"])
def test_letters_that_only_look_alike_are_refused(typed: str) -> None:
    """Cyrillic М and О, Greek Υ."""
    assert "不含字符" in uscc_problem(typed)


_LETTERS = string.digits + string.ascii_uppercase


def mutations(text: str, alphabet: str = _LETTERS) -> Iterator[str]:
    for place, old in enumerate(text):
        yield from (f"{text[:place]}{new}{text[place + 1 :]}" for new in alphabet if new != old)


@pytest.mark.parametrize("body", ["91350100M000100Y4", "91500103MAYAN0001", "52110000500000000", "11500103MB1234567"])
def test_one_wrong_character_in_a_credit_code_is_seen(body: str) -> None:
    code = body + uscc_check_character(body)

    assert uscc_problem(code) == ""
    assert not [one for one in mutations(code) if not uscc_problem(one)]


def test_one_wrong_character_in_a_voucher_code_is_seen() -> None:
    codes = [new_voucher_code() for _ in range(20)]

    assert not [problem for code in codes if (problem := voucher_code_problem(code))]
    assert not [one for code in codes for one in mutations(code) if not voucher_code_problem(one)]


def test_one_wrong_character_in_an_identity_number_is_seen() -> None:
    known = "11010519491231002X"  # the example of the standard

    assert identity_problem(known) == ""
    assert not [one for one in mutations(known) if not identity_problem(one)]


def test_an_invoice_number_of_other_signs_or_length_is_none() -> None:
    """It has no check digit: another digit is another invoice, and is compared with the file."""
    number = "25502000000000000001"
    others = "".join(set(string.printable) | set("０²٣") - set(string.digits))

    assert is_invoice_number(number)
    assert not [one for one in mutations(number, "".join(set(others) - set(string.digits))) if is_invoice_number(one)]
    assert not any(map(is_invoice_number, (number[:-1], number + "0", number + "\n", "")))


def test_one_wrong_character_makes_no_date_that_is_read_otherwise() -> None:
    for one in mutations("2026-09-30", string.printable + "０"):
        try:
            assert parse_day(one).isoformat() == one
        except ValueError:
            continue


def test_every_text_of_every_form_has_a_bound() -> None:
    for module in pkgutil.walk_packages(vouchers.__path__, "vouchers."):
        if module.name.endswith("forms"):
            importlib.import_module(module.name)
    forms = list(_subclasses(BaseForm))
    unbound = [
        f"{form.__name__}.{name}"
        for form in forms
        for name in dir(form)
        if (field := _bound(form, name)) is not None
        and not any(isinstance(check, AtMost) and check.characters <= MOST_CHARACTERS for check in field.validators)
    ]

    assert len(forms) > 40
    assert not unbound


def test_every_pattern_of_the_product_ends_soon() -> None:
    """Texts of 50 kB made of what the pattern itself names, and an end that fits none."""
    patterns = list(_patterns())
    slow = [
        f"{where}: {pattern.pattern!r} took {took:.3f} s on {text[:6]!r}…"
        for where, pattern in patterns
        for text in _near_matches(pattern)
        if (took := _seconds(pattern, text)) > MOST_SECONDS
    ]

    assert len(patterns) > 35
    assert not slow


@pytest.mark.parametrize("path", ["/a%0d%0aFORGED", "/a%0aERROR forged", "/%1b[2Jx", "/a%e2%80%a8b", "/%00"])
def test_a_fault_leaves_one_line_in_the_log_whatever_the_address(
    crowd: Crowd, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    app, view = crowd.app, crowd.app.view_functions["certificates_public.show_certificate"]
    app.view_functions["certificates_public.show_certificate"] = lambda token: {}[token]
    try:
        with caplog.at_level(logging.WARNING):
            answer = crowd.get(VISITOR, f"/verify{path}")
    finally:
        app.view_functions["certificates_public.show_certificate"] = view

    assert answer.status_code == 500
    assert [record for record in caplog.records if record.name == "vouchers.web.errors"]
    assert not [record for record in caplog.records if not record.getMessage().isprintable()]


def test_a_report_of_a_browser_is_one_line_of_the_log(crowd: Crowd, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        crowd.browser(VISITOR).post(
            "/csp-report", data="a\r\nERROR forged\x1b[2J\u2028b", content_type="application/csp-report"
        )

    assert [record.getMessage().isprintable() for record in caplog.records] == [True]


def _subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        yield one
        yield from _subclasses(one)


def _bound(form: type[Any], name: str) -> Any:
    unbound = getattr(form, name)
    kind = getattr(unbound, "field_class", type(None))
    is_text = issubclass(kind, StringField) and not issubclass(kind, HiddenField | PasswordField)
    if not is_text:
        return None
    meta = form.Meta()
    return meta.bind_field(Form(), unbound, {"name": name, "prefix": "", "translations": None})


def _patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Every regular expression in the source: compiled, or written where it is used."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args:
                is_ours = isinstance(call.func.value, ast.Name) and call.func.value.id == "re"
                if is_ours and call.func.attr in {"compile", "sub", "match", "search", "fullmatch", "split", "findall"}:
                    written, flags = ast.literal_eval(call.args[0]), _flags(call)
                    yield f"{path.relative_to(PACKAGE)}:{call.lineno}", re.compile(written, flags)


def _flags(call: ast.Call) -> int:
    names = {node.attr for part in call.args[1:] for node in ast.walk(part) if isinstance(node, ast.Attribute)}
    return sum(int(getattr(re, name)) for name in names if isinstance(getattr(re, name, None), re.RegexFlag))


def _near_matches(pattern: re.Pattern[Any]) -> Iterator[Any]:
    is_text = isinstance(pattern.pattern, str)
    text = pattern.pattern if is_text else pattern.pattern.decode("latin-1")
    seeds = [c for c in ("0", "20", "a", "A", " ", "<", "-", "_") if re.search(pattern, c if is_text else c.encode())]
    seeds += [c for c in dict.fromkeys(re.sub(r"\\.|[\[\](){}^$*+?|]", "", text)) if c.isprintable()][:6]
    seeds = list(dict.fromkeys([*seeds, "0", "a", " "]))
    for seed in seeds:
        for other in ("", *seeds[:2]):
            near = (seed + other) * (SIZE // len(seed + other)) + "\x01"
            yield near if is_text else near.encode("latin-1", "replace")


def _seconds(pattern: re.Pattern[Any], text: Any) -> float:
    begun = time.thread_time()
    pattern.fullmatch(text)
    pattern.search(text)
    return time.thread_time() - begun
