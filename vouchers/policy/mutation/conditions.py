"""Mutants of one written condition: operators turned, thresholds moved, parts dropped, any and all swapped."""

from collections.abc import Iterator, Mapping
from typing import Any

from vouchers.policy.mutation.values import moved, moved_fact
from vouchers.policy.pack.conditions import OPPOSITE, Operator
from vouchers.policy.rules.facts import FactKind, FactType

Changed = tuple[str, object]
"""What was done, in words, and the whole condition with it done."""

_EDGE = {
    Operator.AT_LEAST: Operator.MORE_THAN,
    Operator.MORE_THAN: Operator.AT_LEAST,
    Operator.AT_MOST: Operator.LESS_THAN,
    Operator.LESS_THAN: Operator.AT_MOST,
    Operator.AT_LEAST_OF: Operator.MORE_THAN_OF,
    Operator.MORE_THAN_OF: Operator.AT_LEAST_OF,
    Operator.AT_MOST_OF: Operator.LESS_THAN_OF,
    Operator.LESS_THAN_OF: Operator.AT_MOST_OF,
}
_GROUPS = {"all": "any", "any": "all"}


def changed_conditions(raw: object, vocabulary: Mapping[str, FactType]) -> Iterator[Changed]:
    """Every mutant of a condition; the written form is left untouched."""
    if not isinstance(raw, dict):
        return
    for key, inner in raw.items():
        others = {name: value for name, value in raw.items() if name != key}
        if others:
            yield f"去掉“{key}”一项", others
        for told, entry in _entry(str(key), inner, vocabulary):
            yield told, {**others, **entry}


def _entry(key: str, inner: Any, vocabulary: Mapping[str, FactType]) -> Iterator[tuple[str, dict[str, object]]]:
    if key == "not":
        if isinstance(inner, dict):
            yield "去掉 not", inner
        yield from ((told, {"not": one}) for told, one in changed_conditions(inner, vocabulary))
    elif key in _GROUPS and isinstance(inner, list):
        yield from _group(key, inner, vocabulary)
    else:
        yield from _comparison(key, inner if isinstance(inner, dict) else {"is": inner}, vocabulary)


def _group(key: str, parts: list[Any], vocabulary: Mapping[str, FactType]) -> Iterator[tuple[str, dict[str, object]]]:
    if len(parts) > 1:
        yield f"{key} 改成 {_GROUPS[key]}", {_GROUPS[key]: parts}
    for at, part in enumerate(parts):
        before, after = parts[:at], parts[at + 1 :]
        if len(parts) > 1:
            yield f"去掉 {key} 的第 {at + 1} 项", {key: [*before, *after]}
        for told, one in changed_conditions(part, vocabulary):
            yield told, {key: [*before, one, *after]}


def _comparison(
    fact: str, tests: dict[str, Any], vocabulary: Mapping[str, FactType]
) -> Iterator[tuple[str, dict[str, object]]]:
    for word, value in tests.items():
        others = {name: one for name, one in tests.items() if name != word}
        operator = Operator(word)
        for turned in filter(None, (OPPOSITE[operator], _EDGE.get(operator))):
            yield f"{fact} 的 {word} 改成 {turned}", {fact: {**others, turned.value: value}}
        for one in _values(operator, value, vocabulary[fact]):
            yield f"{fact} 的 {word} {_shown(value)} 改成 {_shown(one)}", {fact: {**others, word: one}}
        if others:
            yield f"去掉 {fact} 的 {word}", {fact: others}


def _values(operator: Operator, value: Any, fact: FactType) -> Iterator[object]:
    if isinstance(value, dict):
        for key in set(value) - {"fact"}:
            yield from ({**value, key: one} for one in moved(value[key]))
    elif operator in {Operator.BETWEEN, Operator.OUTSIDE} and isinstance(value, list):
        yield from ([low, value[1]] for low in moved_fact(value[0], fact.kind))
        yield from ([value[0], high] for high in moved_fact(value[1], fact.kind))
    elif isinstance(value, list):
        yield from (value[:at] + value[at + 1 :] for at in range(len(value)) if len(value) > 1)
    elif fact.kind is FactKind.CHOICE and fact.options and value in fact.options:
        yield next(option for option in fact.options if option != value)
    elif operator not in {Operator.IN_LIST, Operator.NOT_IN_LIST}:
        yield from moved_fact(value, fact.kind)


def _shown(value: object) -> str:
    return "、".join(str(one) for one in value) if isinstance(value, list) else str(value)
