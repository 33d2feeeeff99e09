"""The reference and the words of a pack say what the models say, no more and no less."""

import re
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.policy.packs import compiled
from tests.policy.test_commands import run
from vouchers.kernel.canonical import canonical_json
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import Operator, read_condition
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.reading import read_document
from vouchers.policy.pack.values import Part
from vouchers.policy.reference import reference
from vouchers.policy.rules.eligibility import TypedLeaf, typed
from vouchers.policy.wording import (
    english_words,
    for_reader,
    key_words,
    keys_of,
    models,
    operator_words,
    part_words,
    values_of,
)

PAGE = Path(__file__).parents[2] / "docs" / "manual" / "pack-reference.md"
CHINESE = re.compile(r"[\u3400-\u9fff]")
WRITTEN = re.compile(r"1 分|1 元|家")  # as a pack writes them
HOLDERS = {"PolicyPack", "Amounts", "Process"}  # their examples are the first pack itself
PARTS: tuple[type[Part], ...] = (*models(), Rule)
EXAMPLES = [
    pytest.param(model, example, id=f"{model.__name__}-{at}")
    for model in PARTS
    for at, example in enumerate(part_words()[model.__name__].examples)
]


def test_every_word_of_a_pack_has_its_english_and_none_is_left_over() -> None:
    keys = {text for words in part_words().values() for key in words.keys.values() for text in key}
    values = {word for words in part_words().values() for table in words.values.values() for word in table.values()}
    operators = {word for word, _example in operator_words().values()}

    assert set(english_words()) == keys | values | operators
    assert sorted(word for word in english_words().values() if CHINESE.search(WRITTEN.sub("", word))) == []


def test_who_reads_english_gets_the_english_of_a_word(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        assert (for_reader("申领条件"), for_reader("未写")) == ("Conditions of application", "未写")
    with app.test_request_context():
        assert for_reader("申领条件") == "申领条件"


def test_the_page_on_disk_is_what_the_models_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "run: flask policy reference > docs/manual/pack-reference.md"
    )


def test_the_command_prints_the_page(app: Flask) -> None:
    assert run(app, "reference").output == reference()


def test_every_part_and_key_has_its_words_and_no_word_is_left_over() -> None:
    keys = {(model.__name__, key) for model in models() for key in keys_of(model)}
    bases = {base.__name__ for model in models() for base in model.__mro__}

    assert all(key_words(model, key).label for model in models() for key in keys_of(model))
    assert set(part_words()) <= bases
    strangers = [
        (name, key)
        for name, words in part_words().items()
        for key in (*words.keys, *words.values)
        if not any(key in keys_of(model) for model in models() if name in {base.__name__ for base in model.__mro__})
    ]
    assert not strangers
    assert len(keys) > 200


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_value_to_choose_from_has_its_word(model: type[Part]) -> None:
    for key, field in keys_of(model).items():
        choices = _choices(field.annotation)
        if choices and choices != {False}:
            assert set(values_of(model, key)) == choices, (model.__name__, key)


@pytest.mark.parametrize(("model", "example"), EXAMPLES)
def test_every_example_can_be_read_by_its_model(model: type[Part], example: Any) -> None:
    model.model_validate_json(canonical_json(example), strict=True)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_key_has_an_example(model: type[Part]) -> None:
    shown = {key for example in part_words()[model.__name__].examples for key in example}
    shared = set(keys_of(Rule)) if issubclass(model, Rule) else set()

    assert model.__name__ in HOLDERS or set(keys_of(model)) - shared <= shown


def test_every_operator_is_told_with_an_example_that_fits_the_vocabulary() -> None:
    lists = {"priority-fields": {"health": "大健康"}}
    for operator in Operator:
        example = read_document(f"when: {operator_words()[operator][1]}", "x").data
        assert isinstance(example, dict)
        condition = typed(read_condition(example["when"]), compiled().vocabulary, lists)
        assert [leaf.operator for leaf in [condition] if isinstance(leaf, TypedLeaf)] == [operator]
    assert set(operator_words()) == {operator.value for operator in Operator}


def test_yaml_blocks_of_the_page_are_the_examples_and_can_be_read_back() -> None:
    text = PAGE.read_text(encoding="utf-8")
    blocks = [block.split("\n```")[0] for block in text.split("```yaml\n")[1:]]
    read = [read_document(f"examples:\n{block}", "x") for block in blocks]

    assert [one.findings for one in read if one.findings] == []
    written = [one.data["examples"] for one in read if isinstance(one.data, dict)]
    assert written == [list(part_words()[model.__name__].examples) for model in models() if _has_examples(model)]


def test_names_of_parts_are_headings_that_differ() -> None:
    names = [part_words()[model.__name__].name for model in models()]

    assert len(set(names)) == len(names)
    assert all(f"\n## {name}\n" in reference() for name in names)
    assert models()[0] is PolicyPack


def _has_examples(model: type[Part]) -> bool:
    return bool(part_words()[model.__name__].examples)


def _choices(annotation: Any) -> set[Any]:
    """The values of a choice, a list of choices, or an enumeration; nothing for other types."""
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    if isinstance(annotation, type) and hasattr(annotation, "__members__"):
        return {member.value for member in annotation}  # type: ignore[attr-defined]  # an enumeration
    inner = [_choices(one) for one in get_args(annotation)]
    return set().union(*inner) if inner else set()
