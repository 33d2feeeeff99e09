"""Structured conditions: a fact, an operator and a value; `all`, `any`, `not`. No expressions, nothing to execute."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, PlainValidator

DEEPEST = 6
_WIDEST = 50


class Operator(StrEnum):
    """How a fact is compared with the value. `at_…` includes the bound, `more_than` and `less_than` exclude it.

    `…_of` compares with another fact: `{fact: 别的事实, share: 50%}` for numbers, `{fact: …, plus: 1 year}` for dates.
    """

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    IN_LIST = "in_list"
    NOT_IN_LIST = "not_in_list"
    AT_LEAST = "at_least"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    BETWEEN = "between"
    OUTSIDE = "outside"
    INCLUDES = "includes"
    EXCLUDES = "excludes"
    INCLUDES_ANY = "includes_any"
    INCLUDES_NONE = "includes_none"
    WITHIN = "within"
    NOT_WITHIN = "not_within"
    IN_AREA = "in_area"
    OUTSIDE_AREA = "outside_area"
    AT_LEAST_OF = "at_least_of"
    LESS_THAN_OF = "less_than_of"
    AT_MOST_OF = "at_most_of"
    MORE_THAN_OF = "more_than_of"


_PAIRS = tuple(zip(list(Operator)[::2], list(Operator)[1::2], strict=True))
OPPOSITE = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison; `value` is as written, its type comes from the vocabulary. `path` leads to it in the file."""

    fact: str
    operator: Operator
    value: object
    path: Path = ()


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part must hold."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part must hold."""

    parts: tuple["Condition", ...]


Condition = Leaf | AllOf | AnyOf


def read_condition(raw: object) -> Condition:
    """A condition from its written form; negations are pushed down to the comparisons.

    >>> read_condition({"not": {"headcount": {"more_than": 20}}})
    Leaf(fact='headcount', operator=<Operator.AT_MOST: 'at_most'>, value=20, path=('not', 'headcount', 'more_than'))
    """
    return _read(raw, (), negated=False)


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Every comparison of a condition, in the order of the text."""
    if isinstance(condition, Leaf):
        yield condition
    else:
        for part in condition.parts:
            yield from leaves(part)


def conditions_in(part: object, path: Path = ()) -> Iterator[tuple[Path, Condition]]:
    """Every condition in a part of a pack, however deep, with the path from the part to it."""
    if isinstance(part, Leaf | AllOf | AnyOf):
        yield path, part
    elif isinstance(part, BaseModel):
        for name, field in type(part).model_fields.items():
            yield from conditions_in(getattr(part, name), (*path, field.alias or name))
    elif isinstance(part, tuple):
        for position, one in enumerate(part):
            yield from conditions_in(one, (*path, position))


def _read(raw: object, path: Path, *, negated: bool) -> Condition:
    if len(path) > DEEPEST * 2:
        raise ValueError(f"条件嵌套超过 {DEEPEST} 层，请拆成几条规则")
    if not isinstance(raw, dict) or not raw:
        raise ValueError("条件要写成“事实: {比较: 值}”，或 all、any、not")
    parts = tuple(_entry(str(key), value, (*path, str(key)), negated=negated) for key, value in raw.items())
    return parts[0] if len(parts) == 1 else _joined(parts, negated=negated)


def _entry(key: str, value: object, path: Path, *, negated: bool) -> Condition:
    if key == "not":
        return _read(value, path, negated=not negated)
    if key in {"all", "any"}:
        if not isinstance(value, list) or not 1 <= len(value) <= _WIDEST:
            raise ValueError(f"{key} 后面要列出 1 到 {_WIDEST} 个条件")
        parts = tuple(_read(item, (*path, i), negated=negated) for i, item in enumerate(value))
        return _joined(parts, negated=negated != (key == "any"))
    return _comparison(key, value, path, negated=negated)


def _joined(parts: tuple[Condition, ...], *, negated: bool) -> Condition:
    if len(parts) == 1:
        return parts[0]
    return AnyOf(parts) if negated else AllOf(parts)


def _comparison(fact: str, value: object, path: Path, *, negated: bool) -> Condition:
    if not isinstance(value, dict):
        value = {"is": value}
    if not value:
        raise ValueError(f"{fact} 后面缺少比较")
    parts = []
    for word, wanted in value.items():
        try:
            operator = Operator(word)
        except ValueError:
            raise ValueError(f"不认识的比较“{word}”，可用：{'、'.join(Operator)}") from None
        parts.append(Leaf(fact, OPPOSITE[operator] if negated else operator, wanted, (*path, str(word))))
    return _joined(tuple(parts), negated=negated)


When = Annotated[Leaf | AllOf | AnyOf, PlainValidator(read_condition)]
