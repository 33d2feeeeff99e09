"""A rule put into a pack's text and taken out again."""

from collections.abc import Mapping
from typing import Any

import pytest

from vouchers.kernel.canonical import canonical_json
from vouchers.policy.adding import RuleList, count_at, rule_lists
from vouchers.policy.loader import pack_of
from vouchers.policy.pack.reading import read_values
from vouchers.policy.services import PACKS
from vouchers.policy.splicing import added, lines_at, removed
from vouchers.policy.wording import part_words

ORDER = ("a", "b", "c")
RULE: Mapping[str, object] = {"id": "new", "say": "新的: 规则"}
SHAPES = [
    "a:\n  - id: one\n    say: 一\n",
    "a:\n- {id: one} # 说\n\n# 下一节\nc: 3\n",
    "a: [{id: one}, {id: two}] # 说\nc: 3",
    "a:\n  # 先\n  -\n    # 后\n    id: one\nc: 3\n",
    "a:\n  - id: one\n    note: |\n      几行\n\n      的话\n\n# 完\nc: 3\n",
    "a: []\nc: 3\n",
    "c: 3 # 说\n\n# 完\n",
    "# 始\nb: {x: 1,\n    y: 2} # 说\nc: 3",
]


@pytest.mark.parametrize("name", sorted(file.stem for file in PACKS.glob("*.yaml")))
def test_a_rule_added_to_any_list_of_any_pack_and_removed_again_leaves_the_text_byte_for_byte(name: str) -> None:
    """And what was added loads to the same model and those rules, each at the end of its list."""
    whole = (PACKS / f"{name}.yaml").read_text(encoding="utf-8")
    # the examples make up most of the text, and no list of rules comes after them
    text = whole[: whole.index("\ncases:") + 1] + "cases: [{say: 示例, then: {}}]\n"
    before = read_values(text, name)

    for key, rules in rule_lists().items():
        longer = added(text, rules.path, minimal(rules), rules.order)
        assert removed(longer, (*rules.path, count_at(before, rules.path))) == text, key
        text = longer

    after, pack = pack_of(read_values(text, name)), pack_of(before)
    put_in = {minimal(rules)["id"]: rules for rules in rule_lists().values()}
    assert [one for one in after.rules() if one.id not in put_in] == list(pack.rules())
    for rules in put_in.values():
        rule = rules.model.model_validate_json(canonical_json(minimal(rules)), strict=True)
        assert _at(after, rules.path) == (*_at(pack, rules.path), rule), rules.key


def minimal(rules: RuleList) -> dict[str, Any]:
    """The first example of a rule of this list, with a key of its own."""
    own = f"put-in-{rules.key.replace('.', '-').replace('_', '-')}"
    return {**part_words()[rules.model.__name__].examples[0], "id": own}


@pytest.mark.parametrize("text", SHAPES)
@pytest.mark.parametrize("key", ["a", "b"])
def test_comments_and_layout_stay_however_the_list_is_written(text: str, key: str) -> None:
    if "b:" in text and key == "b":
        text = text.replace("b:", "bb:")
    before = read_values(text, "x")

    longer = added(text, (key,), RULE, ORDER)

    members = before.get(key, [])
    assert isinstance(members, list)
    assert read_values(longer, "x") == {**before, key: [*members, RULE]}
    assert longer.count("#") == text.count("#")
    assert removed(longer, (key, len(members))) == text


def test_a_rule_stands_right_under_the_last_word_of_the_one_before() -> None:
    assert "      的话\n  - id: new\n" in added(SHAPES[4], ("a",), RULE, ORDER)
    assert "{id: one} # 说\n- id: new\n" in added(SHAPES[1], ("a",), RULE, ORDER)


def test_a_list_that_is_not_there_yet_stands_where_the_model_has_it() -> None:
    assert added("a: 1 # 一\n\n# 三\nc: 3\n", ("b",), RULE, ORDER) == (
        'a: 1 # 一\nb:\n  - id: new\n    say: "新的: 规则"\n\n# 三\nc: 3\n'
    )
    assert added("x: {role: y}\n", ("x", "b"), {"id": "new"}, ("role", "b")) == "x: {role: y, b: [{id: new}]}\n"


@pytest.mark.parametrize(
    "word",
    [
        "甲: 乙 # 丙",
        "- 一",
        "“引”",
        '"',
        "'",
        "true",
        "~",
        "12",
        "1e3",
        "0.5",
        "{a}",
        "[",
        "& *",
        "甲, 乙",
        "",
        "几\n行",
        "🀄",
    ],
)
@pytest.mark.parametrize("text", [SHAPES[0], SHAPES[2]])
def test_whatever_a_rule_says_is_read_back(word: str, text: str) -> None:
    rule = {"id": "new", "say": word, "named": [word], "rows": [{"name": word}]}

    members = read_values(added(text, ("a",), rule, ORDER), "x")["a"]

    assert isinstance(members, list)
    assert members[-1] == rule


def test_what_cannot_be_written_is_refused_with_the_way_to_do_it() -> None:
    with pytest.raises(ValueError, match="请在全文里改"):
        added("a:\n  - id: one\n    note: |+\n      话\n\n\nc: 3\n", ("a",), RULE, ORDER)
    with pytest.raises(ValueError, match="请在全文里改"):
        added("a: ~\n", ("a",), RULE, ORDER)


def test_the_lines_of_a_rule_are_told() -> None:
    assert lines_at(SHAPES[1], ("a", 0)) == (2, 2)
    assert lines_at(SHAPES[0], ("a",)) == (1, 3)
    assert lines_at("c: 3\n", ("a",)) == (1, 1)


def test_the_only_rule_of_a_list_takes_its_key_along() -> None:
    assert removed("a:\n  - id: one\n  # 说\nc: 3\n", ("a", 0)) == "  # 说\nc: 3\n"


def _at(part: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        part = getattr(part, step)
    return part
