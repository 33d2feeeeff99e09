"""A decision in English: the product's words always, the plan's where the pack has them, else quoted as Chinese."""

import re
from collections.abc import Iterator
from itertools import islice

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale

from tests.policy.packs import PACK, edited
from tests.policy.test_vectors import ALL
from tests.policy.test_vectors import shipped as shipped_as
from vouchers.kernel.canonical import canonical_json
from vouchers.policy.explanation import calculation, findings, of_plan
from vouchers.policy.loader import compiled_of, load_text
from vouchers.policy.outline import sections
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import read_facts
from vouchers.policy.rules.results import Decision

CHINESE = re.compile(r"[\u3400-\u9fff]+")
TOLD = ("text", "seen", "wanted", "clause", "fix", "name", "how", "group")
AMOUNT = re.compile(r"[\d.]+ ?[万亿]?[元分]")
YUAN = re.compile(r"\d[\d,.]*( million| billion)? yuan|¥ |¥\d{4}|¥[\d,.]+ million")
STAYS_CHINESE = {"cases", "example", "queues", "number"}
"""Worked examples are in the words of those who file a case; a document keeps its number."""


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    with app.test_request_context(headers={"Cookie": "lang=en"}), force_locale("en"):
        yield


def compiled(pack_id: str) -> CompiledPack:
    found = shipped_as(pack_id).compiled
    assert found is not None
    return found


def decisions(pack: CompiledPack) -> Iterator[Decision]:
    for case in pack.pack.cases:
        kind, on, given = pack.pack.case_given(case)
        facts, _ = read_facts(given, pack.vocabulary)
        yield decide(pack, kind, facts, on=on, phase=Phase(case.at))


def told(pack: CompiledPack, most: int | None = None) -> set[str]:
    """Every sentence and value that the explanations of a pack's own cases say, of the first of them."""
    some = islice(decisions(pack), most)
    items = [one for decision in some for one in [*findings(pack, decision), *calculation(pack, decision)]]
    return {str(one.get(key, "")) for one in items for key in TOLD} | {str(one.get("text", "")) for one in items}


def texts(here: object) -> Iterator[str]:
    """Every text of a pack that a page may show, and neither an amount nor a quotation."""
    if isinstance(here, str) and not AMOUNT.fullmatch(here):
        yield here
    elif isinstance(here, list):
        for part in here:
            yield from texts(part)
    elif isinstance(here, dict):
        for key, part in here.items():
            if key not in STAYS_CHINESE:
                yield from texts(part[1:2] if key == "cite" else part)


@pytest.mark.parametrize("pack_id", ALL)
def test_a_shipped_pack_is_in_english_throughout(pack_id: str) -> None:
    pack, said = compiled(pack_id).pack, set(texts(shipped_as(pack_id).data))

    assert pack.title in said
    assert sorted(text for text in said if CHINESE.search(of_plan(pack, text))) == []


@pytest.mark.parametrize("pack_id", ALL)
def test_amounts_are_written_one_way_in_english(pack_id: str) -> None:
    assert [text for text in compiled(pack_id).pack.english.values() if YUAN.search(text)] == []


@pytest.mark.parametrize("pack_id", ALL)
def test_what_is_chinese_on_an_english_page_is_the_plans_or_the_cases_own(pack_id: str) -> None:
    pack = compiled(pack_id)
    own = canonical_json(shipped_as(pack_id).data)

    said = told(pack, most=10)

    assert len(said) > 20
    assert [text for text in said for run in CHINESE.findall(text) if run not in own] == []


def test_the_pack_of_the_demonstration_is_told_in_english_throughout() -> None:
    pack = compiled(PACK.stem)
    data = canonical_json([case.given for case in pack.pack.cases])  # what an applicant typed stays as it was typed

    rules = {
        text for part in sections(pack.pack, compiled=pack) for rule in part.rules for text in (rule.say, *rule.told)
    }

    assert [text for text in told(pack) | rules for run in CHINESE.findall(text) if run not in data] == []


def test_english_changes_no_decision() -> None:
    loaded = load_text(PACK.read_text(encoding="utf-8"), PACK.name)
    assert isinstance(loaded.data, dict)
    without = compiled_of({key: value for key, value in loaded.data.items() if key != "english"})
    assert loaded.compiled is not None

    pairs = list(zip(decisions(loaded.compiled), decisions(without), strict=True))

    assert pairs
    assert all({**one.as_dict(), "digest": ""} == {**two.as_dict(), "digest": ""} for one, two in pairs)
    assert without.digest != loaded.compiled.digest  # a text like any other


def test_english_for_a_sentence_that_is_said_anew_is_found_with_its_line() -> None:
    loaded = edited("    say: 用于购买算力服务\n", "    say: 用来购买算力服务\n")

    (found,) = (one for one in loaded.findings if one.code == "idle-english")

    assert loaded.compiled is not None
    assert found.level == "warning"
    assert "用于购买算力服务" in found.message
    assert "用于购买算力服务: " in PACK.read_text(encoding="utf-8").splitlines()[found.line - 1]


def test_english_in_which_chinese_is_left_is_refused() -> None:
    loaded = edited("用于购买算力服务: Pays for compute services", "用于购买算力服务: Pays for 算力")

    assert [one.code for one in loaded.errors] == ["string-pattern-mismatch"]


def test_the_plans_words_are_quoted_and_marked_as_chinese() -> None:
    pack = compiled_of({**_plain(), "english": {}})
    decision = next(decisions(pack))
    page = '{% from "components/findings.html" import findings %}{{ findings(items) }}'

    drawn = render_template_string(page, items=findings(pack, decision))

    bare = re.sub(r'“?<span lang="zh-CN">.*?</span>”?', "", drawn)
    assert drawn.count('“<span lang="zh-CN">') > 5
    assert CHINESE.findall(bare) == []


def _plain() -> dict[str, object]:
    data = shipped_as(PACK.stem).data
    assert isinstance(data, dict)
    return data
