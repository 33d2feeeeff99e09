"""A pack's text changed at one place."""

import pytest

from tests.policy.packs import PACK
from vouchers.policy.editing import places, rewritten, rule_path
from vouchers.policy.pack.reading import read_document
from vouchers.policy.services import PACKS

TEXT = PACK.read_text(encoding="utf-8")
PLACES = places(TEXT)
SHORT = "id: x  # 编号\nsummary: 原来的话 # 说明\ntitle: 题\n"


@pytest.mark.parametrize("name", ["yuzhong-2025", "shanghai", "zhuhai"])
def test_writing_values_anew_changes_no_meaning(name: str) -> None:
    text = (PACKS / f"{name}.yaml").read_text(encoding="utf-8")
    found = places(text)
    some = found[:: len(found) // 3]

    assert read_document(rewritten(text, {one.key: one.value for one in some}), "x").data == (
        read_document(text, "x").data
    )


@pytest.mark.parametrize("sentence", ["甲: 乙 # 丙", "- 一", "“引”", '"', "true", "12", "{a}", "& *", "0.5"])
def test_any_sentence_can_stand_at_its_place_and_nothing_else_changes(sentence: str) -> None:
    say = next(one for one in places(SHORT) if one.key == "summary")
    changed = rewritten(SHORT, {"summary": sentence})

    assert changed.startswith(SHORT[: say.start])
    assert changed.endswith(SHORT[say.end :])
    assert next(one.value for one in places(changed) if one.key == "summary") == sentence


def test_comments_and_layout_stay() -> None:
    limit = next(one for one in PLACES if one.value == "50 万元" and one.path[-1] == "limit")
    changed = rewritten(TEXT, {limit.key: "60 万元"})

    assert changed == TEXT[: limit.start] + "60 万元" + TEXT[limit.end :]
    assert changed.count("#") == TEXT.count("#")


def test_a_number_stays_a_number_and_a_word_that_looks_like_one_is_quoted() -> None:
    days = next(one for one in PLACES if one.path[-1] == "working_days")
    say = next(one for one in PLACES if one.path[-1] == "say")
    changed = rewritten(TEXT, {days.key: 9, say.key: "12"})

    again = {one.key: one.value for one in places(changed)}
    assert again[days.key] == 9
    assert again[say.key] == "12"


def test_keys_of_rules_are_found_and_not_offered() -> None:
    assert rule_path(TEXT, "cap-applicant-year") is not None
    assert rule_path(TEXT, "nothing") is None
    assert not [one for one in PLACES if one.path[-1] == "id"]
