"""Changing a pack's text at one place: the parser says where a value stands, everything around it stays as written."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from yaml.events import Event, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent

from vouchers.policy.pack.conditions import Path
from vouchers.policy.pack.reading import events_of, read_document

_BLOCKS = frozenset({"|", ">"})
_FIXED = frozenset({"id"})

Value = str | int | bool


@dataclass(frozen=True, slots=True)
class Place:
    """A value in a text: its path, what it says, from which character to which, and on which line."""

    path: Path
    value: Value
    start: int
    end: int
    line: int

    @property
    def key(self) -> str:
        """The path as one word, for a field of a page."""
        return ".".join(map(str, self.path))


def places(text: str) -> list[Place]:
    """Every small value of a readable pack: numbers, dates, words and sentences, in the order of the text.

    Keys of rules stay as they are, for cases and decisions name them; so do texts of several lines.
    """
    document = read_document(text, "pack.yaml")
    if document.data is None:
        return []
    found = []
    for path, event in _scalars(text):
        value, start, end = _at(document.data, path), event.start_mark, event.end_mark
        is_free = path[-1] not in _FIXED and event.style not in _BLOCKS
        if isinstance(value, str | int) and is_free and start and end:
            found.append(Place(path, value, start.index, end.index, start.line + 1))
    return found


def rule_path(text: str, rule: str) -> Path | None:
    """Where the rule of this key stands; None where there is none."""
    steps = (path[:-1] for path, event in _scalars(text) if path[-1] == "id" and str(event.value) == rule)
    return next((path for path in steps if path), None)


def rewritten(text: str, changes: Mapping[str, Value]) -> str:
    """The text with values written anew at their places, comments and layout untouched.

    ValueError where a value cannot stand at its place.
    """
    known = {place.key: place for place in places(text)}
    for place in sorted((known[key] for key in changes), key=lambda place: -place.start):
        text = _replaced(text, place, changes[place.key])
    return text


def _replaced(text: str, place: Place, value: Value) -> str:
    wanted = _with(read_document(text, "pack.yaml").data, place.path, value)
    for written in (_plain(value), json.dumps(value, ensure_ascii=False)):
        candidate = text[: place.start] + written + text[place.end :]
        read = read_document(candidate, "pack.yaml")
        if read.data == wanted and not read.findings:
            return candidate
    raise ValueError(f"“{place.key}”不能写成“{value}”")


def _plain(value: Value) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _at(data: object, path: Path) -> object:
    for step in path:
        data = data[step]  # type: ignore[index]  # the path was read from the same text
    return data


def _with(data: object, path: Path, value: Value) -> object:
    """The same values with another at a path."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(data, list):
        return [_with(one, rest, value) if i == step else one for i, one in enumerate(data)]
    if isinstance(data, dict):
        return {key: _with(one, rest, value) if key == step else one for key, one in data.items()}
    raise ValueError("the path does not lead through this text")


def _scalars(text: str) -> Iterator[tuple[Path, ScalarEvent]]:
    events = iter(events_of(text)[2:])  # past the starts of the stream and of the document
    yield from _walk(next(events), events, ())


def _walk(event: Event, events: Iterator[Event], path: Path) -> Iterator[tuple[Path, ScalarEvent]]:
    if isinstance(event, ScalarEvent):
        if path:
            yield path, event
    elif isinstance(event, MappingStartEvent):
        while not isinstance(key := next(events), MappingEndEvent):
            yield from _walk(next(events), events, (*path, str(getattr(key, "value", ""))))
    else:
        position = 0
        while not isinstance(one := next(events), SequenceEndEvent):
            yield from _walk(one, events, (*path, position))
            position += 1
