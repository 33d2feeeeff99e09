"""The English catalogue: complete, compiled, true to its placeholders; and words as they are said."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import force_locale

from vouchers.kernel.findings import Finding
from vouchers.web.forms import sentence
from vouchers.web.wording import joined, said

ROOT = Path(__file__).parents[2]
PO = ROOT / "vouchers" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
PACK = ROOT / "seeds" / "policies" / "yuzhong-2025.yaml"

CHINESE = re.compile(r"[\u3400-\u9fff]+")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}|%%")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with PO.open("rb") as source:
        return read_po(source, locale="en")


def english_of(catalogue: Catalog) -> dict[str, list[str]]:
    """Each Chinese sentence with its English forms."""
    texts = {m.id if isinstance(m.id, str) else m.id[0]: m.string for m in catalogue if m.id}
    return {key: [text] if isinstance(text, str) else list(text or ()) for key, text in texts.items()}


def test_every_sentence_of_the_source_is_in_the_catalogue_and_no_other(catalogue: Catalog) -> None:
    with (ROOT / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]  # Babel leaves it untyped
    keywords = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}

    found = extract_from_dir(ROOT, methods, options, keywords)
    sentences = {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}

    missing, idle = sentences - set(english_of(catalogue)), set(english_of(catalogue)) - sentences
    assert (missing, idle) == (set(), set()), "run `make messages`, then translate what it leaves empty"


def test_every_sentence_has_its_english(catalogue: Catalog) -> None:
    empty = [key for key, texts in english_of(catalogue).items() if not texts or not all(texts)]

    assert empty == []
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []


def test_placeholders_are_the_same_in_both_languages(catalogue: Catalog) -> None:
    unlike = [
        (key, text)
        for key, texts in english_of(catalogue).items()
        for text in texts
        if set(PLACEHOLDER.findall(key)) != set(PLACEHOLDER.findall(text))
    ]

    assert unlike == []


def test_what_is_compiled_is_what_is_written(catalogue: Catalog) -> None:
    with PO.with_suffix(".mo").open("rb") as source:
        compiled = read_mo(source)

    assert english_of(compiled) == english_of(catalogue), "run `make messages`"


def test_a_refusal_is_told_in_english_with_its_values(app: Flask) -> None:
    finding = Finding(
        "short", "余额不足：需要 {asked}，尚余 {left}。", {"asked": "¥2.00", "left": "¥1.00"}, "请核对金额后重试。"
    )

    with app.test_request_context(), force_locale("en"):
        told = sentence(finding)

    assert told == "The balance is too small: ¥2.00 needed, ¥1.00 left. Check the amount and try again."
    assert sentence(finding) == finding.text


@pytest.mark.parametrize(
    ("value", "english"),
    [
        ("存续（在营）", "Active"),
        ("46 人", "46 people"),
        ("从业人员、资产总额", "Employees, Total assets"),
        ("农、林、牧、渔业", "Agriculture, forestry, animal husbandry and fishery"),
        ("6 元", "¥6"),
        ("（登记状态）", " (Registration status)"),
        ("登记状态：存续（在营）；从业人员：46 人", "Registration status: Active; Employees: 46 people"),
        ("我方：同意；对方：再议", "我方：同意；对方：再议"),
        ("林知远", "林知远"),
        ("", ""),
    ],
)
def test_values_are_said_in_the_readers_words(app: Flask, value: str, english: str) -> None:
    with app.test_request_context(), force_locale("en"):
        assert said(value) == english
    with app.test_request_context():
        assert said(value) == value


@pytest.mark.parametrize(
    ("first", "second", "row"),
    [
        ("Used up.", "Choose another.", "Used up. Choose another."),
        ("Expired", ". Please.", "Expired. Please."),
        ("已过期", "，请换一张。", "已过期，请换一张。"),
        ("Alone.", "", "Alone."),
    ],
)
def test_two_sentences_stand_in_a_row(first: str, second: str, row: str) -> None:
    assert joined(first, second) == row
