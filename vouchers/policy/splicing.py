"""Putting a rule into a pack's text and taking one out: everything around it stays as written."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import yaml
from yaml.events import Event, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent

from vouchers.policy.pack.conditions import Path
from vouchers.policy.pack.reading import events_of, read_document

_DASH = re.compile(r"^ *-", re.MULTILINE)
_STEP = "  "
_WIDEST = 120
_ENDLESS = 1_000_000
_IN_TEXT = "这一处的写法特殊，不能在表单里增删，请在全文里改"


def added(text: str, path: Path, rule: Mapping[str, object], order: Sequence[str]) -> str:
    """The text with a rule at the end of the list at a path.

    `order` names the keys of the part that holds the list: where the text has no such list yet, its key is put in that
    order. ValueError where the rule cannot be written into this text.
    """
    here = _read(text)
    there = here.at(path)
    members = list(there) if isinstance(there, list) else []
    if path not in here.nodes:
        written = here.with_list(path, rule, order)
    elif here.nodes[path].in_brackets:
        written = here.in_brackets(path, _flow(rule))
    elif members:
        first, last = here.nodes[*path, 0], here.nodes[*path, len(members) - 1]
        written = here.below(last.end, _member(rule, " " * here.column(here.dash(first))))
    else:
        raise ValueError(_IN_TEXT)
    return _checked(written, _replaced(here.data, path, [*members, dict(rule)]))


def removed(text: str, path: Path) -> str:
    """The text without what stands at a path; a list that was begun for its only member goes with it.

    ValueError where it cannot be taken out of this text.
    """
    here = _read(text)
    while isinstance(path[-1], int) and len(here.members(path[:-1])) == 1:
        if here.nodes[path[:-1]].in_brackets and not here.nodes[path[:-2]].in_brackets:
            break
        path = path[:-1]
    written = here.out_of_brackets(path) if here.nodes[path[:-1]].in_brackets else here.without_lines(path)
    return _checked(written, _replaced(here.data, path, None))


def lines_at(text: str, path: Path) -> tuple[int, int]:
    """The first and last line of what stands at a path; of the nearest part above it where nothing stands there."""
    here = _read(text)
    while path not in here.nodes:
        path = path[:-1]
    node = here.nodes[path]
    return text.count("\n", 0, node.key) + 1, text.count("\n", 0, node.end) + 1


@dataclass(frozen=True, slots=True)
class _Node:
    """A value in a text: where its key or it begins, where it begins itself, and where its last word ends."""

    key: int
    start: int
    end: int
    in_brackets: bool


class _Text:
    """A readable text, its values, and where each stands."""

    def __init__(self, text: str) -> None:
        read = read_document(text, "pack.yaml")
        if read.data is None or read.findings:
            raise ValueError(_IN_TEXT)
        self.text, self.data = text, read.data
        self.nodes: dict[Path, _Node] = {}
        self._events: Iterator[Event] = iter(events_of(text)[2:])  # past the starts of the stream and of the document
        self._walk(next(self._events), (), 0)

    def at(self, path: Path) -> object:
        """The value at a path; None where there is none."""
        found: object = self.data
        for step in path:
            if isinstance(found, dict):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int):
                found = found[step]
        return found

    def members(self, path: Path) -> list[_Node]:
        """What stands in the list or part at a path, in the order of the text."""
        inside = (node for place, node in self.nodes.items() if place and place[:-1] == path)
        return sorted(inside, key=lambda node: node.key)

    def column(self, place: int) -> int:
        """How far in from the beginning of its line a place is."""
        return place - self._line_start(place)

    def dash(self, member: _Node) -> int:
        """Where the dash of a member of a list stands."""
        found = [one.end() - 1 for one in _DASH.finditer(self.text, 0, member.start)]
        if not found:
            raise ValueError(_IN_TEXT)
        return found[-1]

    def below(self, place: int, block: str) -> str:
        """The text with a block under the line of a place."""
        end = self._line_end(place)
        return f"{self.text[:end]}\n{block}{self.text[end:]}"

    def with_list(self, path: Path, rule: Mapping[str, object], order: Sequence[str]) -> str:
        """The text with a new list of one rule, behind the key that comes before it in the order of its part."""
        parent, key = path[:-1], str(path[-1])
        whole = self.nodes[parent]
        before = [self.nodes[*parent, one] for one in order[: order.index(key)] if (*parent, one) in self.nodes]
        if whole.in_brackets:
            entry = f"{key}: [{_flow(rule)}]"
            return self._joined(before[-1].end, entry) if before else self.in_brackets(parent, entry)
        indent = " " * min(self.column(node.key) for node in self.members(parent))
        block = f"{indent}{key}:\n{_member(rule, indent + _STEP)}"
        return self.below(before[-1].end if before else whole.key, block)

    def in_brackets(self, path: Path, entry: str) -> str:
        """The text with an entry at the end of a list that is written in brackets."""
        members, place = self.members(path), self.nodes[path].start + 1
        return self._joined(members[-1].end, entry) if members else f"{self.text[:place]}{entry}{self.text[place:]}"

    def out_of_brackets(self, path: Path) -> str:
        """The text without an entry of a list or part that is written in brackets."""
        members, node = self.members(path[:-1]), self.nodes[path]
        place = members.index(node)
        if place:
            return self.text[: members[place - 1].end] + self.text[node.end :]
        return self.text[: node.key] + self.text[members[1].key if len(members) > 1 else node.end :]

    def without_lines(self, path: Path) -> str:
        """The text without the lines of a member of a list, or of a key."""
        node = self.nodes[path]
        first = self.dash(node) if isinstance(path[-1], int) else node.key
        rest = self.text[self._line_end(node.end) :]
        before = self._line_start(first) - 1
        return self.text[:before] + rest if before >= 0 else rest.removeprefix("\n")

    def _joined(self, place: int, entry: str) -> str:
        return f"{self.text[:place]}, {entry}{self.text[place:]}"

    def _line_start(self, place: int) -> int:
        return self.text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        end = self.text.find("\n", place)
        return len(self.text) if end < 0 else end

    def _walk(self, event: Event, path: Path, key: int) -> int:
        """Note the value that begins with an event, and everything in it; where its last word ends."""
        start, _ = _marks(event)
        in_brackets, closing, end = bool(getattr(event, "flow_style", False)), event, start
        if isinstance(event, ScalarEvent):
            end = _marks(event)[1]
            end = len(self.text[:end].rstrip()) if event.style in {"|", ">"} else end
        elif isinstance(event, MappingStartEvent):
            while not isinstance(closing := next(self._events), MappingEndEvent):
                step = (*path, str(getattr(closing, "value", "")))
                end = self._walk(next(self._events), step, _marks(closing)[0])
        else:
            position = 0
            while not isinstance(closing := next(self._events), SequenceEndEvent):
                end = self._walk(closing, (*path, position), _marks(closing)[0])
                position += 1
        end = _marks(closing)[1] if in_brackets else end
        self.nodes[path] = _Node(key, start, end, in_brackets)
        return end


@lru_cache(maxsize=4)  # a page shows a text and tries what would become of it
def _read(text: str) -> _Text:
    return _Text(text)


def _marks(event: Event) -> tuple[int, int]:
    """From which character to which an event is written."""
    first, last = event.start_mark, event.end_mark
    return (first.index, last.index) if first and last else (0, 0)


def _member(rule: Mapping[str, object], indent: str) -> str:
    """A rule as a member of a list: a line for each key, and one for each part of a list of parts."""
    lines = "\n".join(_entry(key, value) for key, value in rule.items())
    return f"{indent}- {textwrap.indent(lines, indent + _STEP)[len(indent + _STEP) :]}"


def _entry(key: str, value: object) -> str:
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        return "\n".join((f"{key}:", *(f"{_STEP}- {_flow(one, _WIDEST)}" for one in value)))
    return _flow({key: value}, _WIDEST)[1:-1]


def _flow(value: Mapping[str, object], width: int = _ENDLESS) -> str:
    return str(
        yaml.dump(
            dict(value), Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=True, width=width
        )
    ).strip()


class _Dumper(yaml.SafeDumper):
    """Writes every value in full, for a pack takes no aliases, and in quotes what a pack would read otherwise."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  as the library calls it
        """Whether a value that comes twice is written twice."""
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """A word, plain where it reads back the same."""
        is_plain = read_document(f"word: {data}", "pack.yaml").data == {"word": data}
        return self.represent_scalar("tag:yaml.org,2002:str", data, None if is_plain else '"')


_Dumper.add_representer(str, _Dumper.represent_str)


def _checked(written: str, wanted: object) -> str:
    """The text, if it says exactly what is wanted."""
    if _read(written).data != wanted:
        raise ValueError(_IN_TEXT)
    return written


def _replaced(data: object, path: Path, value: object) -> object:
    """The same values with another at a path; with nothing there for None."""
    step, rest = path[0], path[1:]
    if isinstance(data, list):
        changed = [_replaced(one, rest, value) if rest else value for one in data[int(step) : int(step) + 1]]
        return [*data[: int(step)], *(one for one in changed if one is not None), *data[int(step) + 1 :]]
    entries = dict(data) if isinstance(data, dict) else {}
    entries[str(step)] = _replaced(entries.get(str(step)), rest, value) if rest else value
    return {key: one for key, one in entries.items() if key != step or one is not None}
