"""Reading a pack's text: plain values with a line for each, or findings; nothing in the text can do harm."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from vouchers.policy.pack.conditions import Path

LARGEST_BYTES = 262_144
DEEPEST = 24
Level = Literal["error", "warning", "not-yet"]
_WHOLE = re.compile(r"^-?(0|[1-9]\d{0,14})$", re.ASCII)
_FLOAT = re.compile(r"^[-+]?(\d+\.\d*|\.\d+|\d+(\.\d*)?e[-+]?\d+|\.inf|\.nan)$", re.ASCII | re.IGNORECASE)
_ODD_BREAK = re.compile("[\x85\u2028\u2029]|(?<!^)\ufeff")
"""Breaks a line for YAML 1.1 and not for 1.2: whoever reads the text sees none."""
_PLAIN = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class PackFinding:
    """What is wrong in a pack: where, which rule, and how to mend it.

    Warnings are for a reasoned answer; not-yet is right but not carried out by the product, and stops publication.
    """

    file: str
    line: int
    rule: str
    code: str
    message: str
    mend: str = ""
    level: Level = "error"


@dataclass(frozen=True, slots=True)
class Document:
    """A pack's text as plain values, and the line of every path in it."""

    file: str
    data: object
    lines: Mapping[Path, int]
    findings: tuple[PackFinding, ...] = field(default=())

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest path above it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1

    def rule_at(self, path: Path) -> str:
        """The key of the rule that a path lies in."""
        found, here = "", self.data
        for step in (*path, None):
            if isinstance(here, dict) and isinstance(here.get("id"), str) and "say" in here:
                found = here["id"]
            here = _child(here, step)
        return found

    def finding(self, path: Path, code: str, message: str, *, mend: str = "", warning: bool = False) -> PackFinding:
        """A finding at a path."""
        level: Level = "warning" if warning else "error"
        return PackFinding(self.file, self.line(path), self.rule_at(path), code, message, mend, level)


class _Refused(Exception):
    def __init__(self, line: int, code: str, message: str, mend: str) -> None:
        super().__init__(message)
        self.line, self.code, self.message, self.mend = line, code, message, mend


def read_document(text: str, file: str) -> Document:
    """The values and lines of a YAML 1.2 text; on bad input a document without data, with the findings."""
    try:
        data, lines, findings = _Reader(file).read(text)
    except _Refused as refused:
        return _refused(file, refused)
    except yaml.MarkedYAMLError as error:
        line, mend = _line_of_error(error, text), "请检查这一行的缩进、冒号、引号和括号"
        return _refused(file, _Refused(line, "syntax", "写法不合 YAML 1.2", mend))
    except (yaml.YAMLError, ValueError):
        return _refused(file, _Refused(1, "syntax", "读不出内容", "请用 UTF-8 保存，并去掉控制字符"))
    return Document(file, data, lines, tuple(findings))


@lru_cache(maxsize=16)  # the same text is read again for each page and each check
def events_of(text: str) -> tuple[Event, ...]:
    """What the parser says of a text, step by step; refuses what no pack may contain."""
    if len(text.encode()) > LARGEST_BYTES:
        raise _Refused(1, "too-large", "文件过大", f"政策包不超过 {LARGEST_BYTES // 1024} KiB，请把附件移出")
    if found := _ODD_BREAK.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise _Refused(line, "syntax", "含有看不见的换行或控制字符", "请重新输入这一行")
    depth, events = 0, []
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, _OPENING) - isinstance(event, _CLOSING)
        _refuse_features(event, depth)
        events.append(event)
    return tuple(events)


def read_values(text: str, file: str) -> dict[str, object]:
    """The values of a YAML text of ours; ValueError with the finding when it cannot be read."""
    document = read_document(text, file)
    if not isinstance(document.data, dict) or document.findings:
        told = "；".join(f"第 {finding.line} 行：{finding.message}" for finding in document.findings)
        raise ValueError(f"{file}：{told}")
    return document.data


def _line_of_error(error: yaml.MarkedYAMLError, text: str) -> int:
    """The line to look at: of a quote or bracket that is left open, where it opens and not where it was missed."""
    is_left_open = any(word in (error.context or "") for word in ("quoted", "flow"))
    mark = error.context_mark if is_left_open else error.problem_mark
    return min(mark.line + 1, len(text.splitlines())) if mark else 1


def _refused(file: str, why: _Refused) -> Document:
    return Document(file, None, {(): 1}, (PackFinding(file, why.line, "", why.code, why.message, why.mend),))


def _child(here: object, step: str | int | None) -> object:
    if isinstance(here, dict):
        return here.get(step)
    if isinstance(here, list) and isinstance(step, int) and step < len(here):
        return here[step]
    return None


class _Reader:
    """Builds plain values from parser events, so that no tag, anchor or number form can surprise."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._events: tuple[Event, ...] = ()
        self._next = 2  # past the starts of the stream and of the document
        self._lines: dict[Path, int] = {(): 1}
        self._findings: list[PackFinding] = []

    def read(self, text: str) -> tuple[dict[str, object], dict[Path, int], list[PackFinding]]:
        self._events = events_of(text)
        starts = sum(isinstance(event, DocumentStartEvent) for event in self._events)
        if starts != 1:
            raise _Refused(
                1, "not-one-document", "文件里要有且只有一份政策包", "请从 id、version、title 写起，删去 --- 之后的内容"
            )
        data = self._value(())
        if not isinstance(data, dict):
            raise _Refused(1, "not-a-pack", "不是政策包", "文件最外层应是“键: 值”，从 id、version、title 写起")
        return data, self._lines, self._findings

    def _value(self, path: Path) -> object:
        event = self._events[self._next]
        self._next += 1
        self._lines.setdefault(path, _line_of(event))
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        return _scalar(event)

    def _mapping(self, path: Path) -> dict[str, object]:
        values: dict[str, object] = {}
        while not isinstance(event := self._events[self._next], MappingEndEvent):
            line = _line_of(event)
            if not isinstance(event, ScalarEvent):
                raise _Refused(line, "key", "键只能是文字", "请把键写成一个词")
            self._next += 1
            key = str(event.value)
            if key in values:
                self._findings.append(
                    PackFinding(self._file, line, "", "duplicate-key", f"“{key}”写了两次", "请留下一处")
                )
            self._lines[*path, key] = line
            values[key] = self._value((*path, key))
        self._next += 1
        return values

    def _sequence(self, path: Path) -> list[object]:
        values: list[object] = []
        while not isinstance(self._events[self._next], SequenceEndEvent):
            values.append(self._value((*path, len(values))))
        self._next += 1
        return values


def _refuse_features(event: Event, depth: int) -> None:
    line = _line_of(event)
    if depth > DEEPEST:
        raise _Refused(line, "too-deep", f"嵌套超过 {DEEPEST} 层", "请把规则拆开")
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
        raise _Refused(line, "alias", "不接受锚点和别名（& 和 *）", "请把内容写全")
    if isinstance(event, _CONTENT) and getattr(event, "tag", None) not in {None, "!"}:
        raise _Refused(line, "tag", "不接受类型标签（!）", "请删去标签，直接写值")


def _line_of(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(event: Event) -> object:
    text = str(getattr(event, "value", ""))
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise _Refused(_line_of(event), "syntax", "含有不成文字的字符", "请重新输入这一行")
    if getattr(event, "style", None):
        return text
    if text.lower() in _PLAIN:
        return _PLAIN[text.lower()]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        line = _line_of(event)
        raise _Refused(line, "float", f"“{text}”是不带单位的小数", "金额写成“0.5 元”，比例写成“37.5%”，版本号加引号")
    return text


_OPENING = (MappingStartEvent, SequenceStartEvent)
_CLOSING = (MappingEndEvent, SequenceEndEvent)
_CONTENT = (MappingStartEvent, SequenceStartEvent, ScalarEvent)
