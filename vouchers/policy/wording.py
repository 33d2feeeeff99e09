"""Names and meanings of every part and key of a pack, and their English; one file, held to the models by a test."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.reading import read_values
from vouchers.policy.pack.values import Part
from vouchers.web.wording import reads_english

_FILE = Path(__file__).parents[2] / "seeds" / "words" / "pack.yaml"


class KeyWords(NamedTuple):
    """What a key is called, and what it means."""

    label: str
    meaning: str


@dataclass(frozen=True, slots=True)
class PartWords:
    """What a part of a pack is called and means, its own keys and values, and examples as plain data."""

    name: str
    says: str
    keys: Mapping[str, KeyWords]
    values: Mapping[str, Mapping[str, str]]
    examples: tuple[Any, ...]


@cache
def part_words() -> Mapping[str, PartWords]:
    """The words of every part, by the name of its model."""
    found: Any = _written()["parts"]
    return {
        name: PartWords(
            one["name"],
            one["says"],
            {key: KeyWords(*map(str, words)) for key, words in one.get("keys", {}).items()},
            one.get("values", {}),
            tuple(one.get("examples", ())),
        )
        for name, one in found.items()
    }


@cache
def operator_words() -> Mapping[str, tuple[str, str]]:
    """What each operator of a condition means, with an example."""
    found: Any = _written()["operators"]
    return {name: (str(words[0]), str(words[1])) for name, words in found.items()}


@cache
def english_words() -> Mapping[str, str]:
    """The English of every name, meaning, value and operator, by the Chinese."""
    found: Any = _written()["english"]
    return {str(chinese): str(english) for chinese, english in found.items()}


def for_reader(text: str) -> str:
    """One of these words for whoever reads the page: in English where English is read, else as it stands."""
    return english_words().get(text, text) if reads_english() else text


@cache
def models() -> tuple[type[Part], ...]:
    """Every part that a pack may hold, in the order in which its keys lead to them."""
    return tuple(dict.fromkeys(_reachable(PolicyPack, set())))


def keys_of(model: type[BaseModel]) -> dict[str, Any]:
    """The keys of a part as a pack writes them, with their fields."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def key_words(model: type[BaseModel], key: str) -> KeyWords:
    """What a key of a part is called and means; KeyError where nobody wrote it down."""
    found = next((words.keys[key] for words in _lineage(model) if key in words.keys), None)
    if found is None:
        raise KeyError(f"{_FILE.name} has no words for {model.__name__}.{key}")
    return found


def value_word(model: type[BaseModel], key: str, value: object) -> str:
    """What a value to choose from means; the value itself where it needs no word."""
    tables = (words.values[key] for words in _lineage(model) if key in words.values)
    return next((table[value] for table in tables if isinstance(value, str) and value in table), str(value))


def values_of(model: type[BaseModel], key: str) -> Mapping[str, str]:
    """The values a key may choose from, with their meanings; empty where it takes any."""
    return next((words.values[key] for words in _lineage(model) if key in words.values), {})


def parts_in(annotation: Any) -> Iterator[type[Part]]:
    """The parts that a type of a field holds."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from parts_in(inner)


def _reachable(model: type[Part], seen: set[type[Part]]) -> Iterator[type[Part]]:
    if model in seen:
        return
    seen.add(model)
    model.model_rebuild()  # names that stand below their use are looked up now
    yield model
    for field in model.model_fields.values():
        for inner in parts_in(field.annotation):
            yield from _reachable(inner, seen)


def _lineage(model: type[BaseModel]) -> Iterator[PartWords]:
    found = part_words()
    return (found[one.__name__] for one in model.__mro__ if one.__name__ in found)


@cache
def _written() -> Mapping[str, object]:
    return read_values(_FILE.read_text(encoding="utf-8"), str(_FILE))
