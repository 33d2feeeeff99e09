"""The lists of rules that a pack holds and their keys, from the model; a rule's values from what was typed."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from vouchers.kernel.canonical import canonical_json
from vouchers.policy.loader import shape_sentences
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import Operator, Path, read_condition
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.reading import read_document
from vouchers.policy.pack.values import Part
from vouchers.policy.rules.facts import FactKind, FactType
from vouchers.policy.wording import KeyWords, key_words, keys_of, parts_in, value_word

_BETWEEN = re.compile("[、，,;；]")
_YES_NO = {True: "是", False: "否"}
_SEVERAL = frozenset(
    {Operator.IN, Operator.NOT_IN, Operator.BETWEEN, Operator.OUTSIDE, Operator.INCLUDES_ANY, Operator.INCLUDES_NONE}
)


class Shape(StrEnum):
    """How a key of a rule is filled in."""

    TEXT = "text"
    WHOLE = "whole"
    CHOICE = "choice"
    SEVERAL = "several"
    WORDS = "words"
    KINDS = "kinds"
    CLAUSE = "clause"
    CONDITION = "condition"
    PARTS = "parts"


@dataclass(frozen=True, slots=True)
class RuleKey:
    """A key of a rule: its names, how it is filled in, whether it must be, and what there is to choose from."""

    key: str
    words: KeyWords
    shape: Shape
    required: bool
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RuleList:
    """A list of rules: where it stands in a pack, its rules' model, and the keys of the part that holds it."""

    path: tuple[str, ...]
    model: type[Rule]
    words: KeyWords
    order: tuple[str, ...]

    @property
    def key(self) -> str:
        """The path as one word, for an address."""
        return ".".join(self.path)

    def asked(self) -> list[RuleKey]:
        """The keys of a rule of this list: those that must be there and its clause, then the others."""
        found = [_rule_key(self.model, key, field) for key, field in keys_of(self.model).items()]
        return sorted(found, key=lambda one: not one.required and one.shape is not Shape.CLAUSE)


@cache
def rule_lists() -> Mapping[str, RuleList]:
    """Every list of rules that a pack may hold, by the word of its path, in the order of the model."""
    return {one.key: one for one in _lists(PolicyPack, ())}


def count_at(data: object, path: Sequence[str]) -> int:
    """How many rules stand in the list at a path of a pack's plain data."""
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    return len(data) if isinstance(data, list) else 0


def shape_problems(model: type[Rule], rule: Mapping[str, object]) -> list[tuple[Path, str, str]]:
    """What the model refuses in a rule: the path of each problem, what is wrong, and how to mend it."""
    try:
        model.model_validate_json(canonical_json(rule), strict=True)
    except ValidationError as error:
        return list(shape_sentences(error))
    return []


def parts_of(typed: str) -> object:
    """The plain values of a text that is typed for a key of several parts; ValueError with a sentence."""
    read = read_document("value:\n" + textwrap.indent(typed, "  "), "pack.yaml")
    if read.findings:
        found = read.findings[0]
        raise ValueError(f"第 {max(found.line - 1, 1)} 行：{found.message}。{found.mend}")
    return read.data["value"] if isinstance(read.data, dict) else None


def words_of(typed: str) -> list[object]:
    """The words of a line, as they are separated."""
    return [word.strip() for word in _BETWEEN.split(typed) if word.strip()]


def compared(fact: FactType, operator: Operator, typed: str) -> object:
    """The value of a comparison as a pack writes it; ValueError where what was typed cannot be read."""
    if typed[:1] in {"{", "["}:
        return parts_of(typed)
    if operator in _SEVERAL:
        return [_plain(fact, str(word)) for word in words_of(typed)]
    return _plain(fact, typed)


def _plain(fact: FactType, word: str) -> object:
    if fact.kind is FactKind.FLAG:
        return {"是": True, "true": True, "否": False, "false": False}.get(word, word)
    return int(word) if fact.kind is FactKind.COUNT and word.isascii() and word.isdigit() else word


def _lists(model: type[Part], path: tuple[str, ...]) -> Iterator[RuleList]:
    for key, field in keys_of(model).items():
        inner, here = field.annotation, (*path, key)
        if isinstance(inner, type) and issubclass(inner, Part) and not issubclass(inner, Rule):
            yield from _lists(inner, here)
        elif get_origin(inner) is tuple and issubclass(rule := get_args(inner)[0], Rule):
            yield RuleList(here, rule, key_words(model, key), tuple(keys_of(model)))


def _rule_key(model: type[Rule], key: str, field: FieldInfo) -> RuleKey:
    choices = tuple(_choices(field.annotation))
    options = tuple((_written(one), _YES_NO.get(one) or value_word(model, key, one)) for one in choices)
    return RuleKey(
        key, key_words(model, key), _shape(key, field, has_choices=bool(choices)), field.is_required(), options
    )


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shape(key: str, field: FieldInfo, *, has_choices: bool) -> Shape:
    if key in {"kinds", "cite"}:
        return Shape.KINDS if key == "kinds" else Shape.CLAUSE
    kinds = list(_kinds(field.annotation, tuple(field.metadata)))
    bare, reader = kinds[0]
    if reader is not None and reader is read_condition:
        found = Shape.CONDITION
    elif any(parts_in(field.annotation)) or get_origin(bare) is dict:
        found = Shape.PARTS
    elif get_origin(bare) is tuple:
        found = Shape.SEVERAL if has_choices else Shape.WORDS
    elif has_choices:
        found = Shape.CHOICE
    else:
        found = Shape.WHOLE if bare is int and reader is None else Shape.TEXT
    return found


def _kinds(annotation: Any, metadata: tuple[Any, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """The types that a key may have, each with what reads it."""
    reader = next((one.func for one in metadata if hasattr(one, "func")), None)
    origin = get_origin(annotation)
    if reader is not None:
        yield annotation, reader
    elif origin is Annotated:
        yield from _kinds(annotation.__origin__, annotation.__metadata__)
    elif origin in {tuple, dict, Literal} or not get_args(annotation):
        yield annotation, None
    else:
        for one in get_args(annotation):
            if one is not type(None):
                yield from _kinds(one)


def _choices(annotation: Any) -> Iterator[Any]:
    """The values that a key of closed values may have."""
    if annotation is bool:
        yield from (True, False)
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (one.value for one in annotation)
    elif get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif get_origin(annotation) is not dict:
        for one in getattr(annotation, "__args__", ()):
            yield from _choices(one)
