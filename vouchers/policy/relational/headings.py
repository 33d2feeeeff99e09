"""The heading of a register: which column holds which fact, by name or by Chinese label; what is not known is told."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from vouchers.policy.rules.facts import FactKind, FactType

KEYS: Mapping[str, tuple[str, ...]] = {
    "uscc": ("uscc", "统一社会信用代码", "信用代码"),
    "name": ("name", "企业名称", "单位名称", "名称"),
    "applied_on": ("applied_on", "申请日期", "申报日期"),
}
"""Columns that are no facts: who it is, and the day of an application."""

_TAIL = re.compile(r"[（(]([^（()）]*)[)）]$")
_UNITS = frozenset({"分", "元", "千元", "万元", "百万元", "亿元", "人民币元"})


@dataclass(frozen=True, slots=True)
class RegisterFinding:
    """What is wrong in a register: where, what stands there, and how to mend it. `total` counts all of its kind.

    `row` counts from 1 with the heading of a CSV as the first; 0 where the finding is about a column or the file.
    """

    file: str
    row: int
    column: str
    code: str
    seen: str
    message: str
    mend: str
    total: int = 1
    level: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True)
class Heading:
    """Which column holds each fact and key, and what was found on the way."""

    facts: Mapping[str, str]
    keys: Mapping[str, str]
    findings: tuple[RegisterFinding, ...]


def read_heading(
    file: str, columns: Sequence[str], vocabulary: Mapping[str, FactType], wanted: Sequence[str]
) -> Heading:
    """The columns of a register; `wanted` are the facts that the pack reads."""
    words = _words(vocabulary)
    facts: dict[str, str] = {}
    keys: dict[str, str] = {}
    unknown: list[str] = []
    findings: list[RegisterFinding] = []
    for column in columns:
        key = _key(column)
        name = words.get(_plain(column), "")
        place, found = (keys, key) if key else (facts, name)
        if not found:
            unknown.append(column)
        elif found in place:
            mend = f"两列“{place[found]}”和“{column}”说的是同一件事，请只留一列"
            findings.append(RegisterFinding(file, 0, column, "column-twice", column, f"列“{column}”重复", mend))
        else:
            place[found] = column
    lacking = [name for name in wanted if name not in facts]
    findings += [_unknown(file, column, vocabulary, lacking) for column in unknown]
    return Heading(facts, keys, tuple(findings))


def lacking(
    file: str, heading: Heading, rules: Mapping[str, Sequence[str]], vocabulary: Mapping[str, FactType]
) -> Iterator[RegisterFinding]:
    """A warning for each fact without a column, with the rules that may be left undecided for it."""
    for name, undecided in rules.items():
        if name in heading.facts:
            continue
        label = vocabulary[name].label
        message = f"没有“{label}”（{name}）一列，按未知计，可能不能判断：{'、'.join(undecided)}"
        mend = f"请加上“{label}”一列，或用 --assume 说明全册相同的值"
        yield RegisterFinding(file, 0, name, "missing-column", "", message, mend, level="warning")


def _key(column: str) -> str:
    return next((key for key, names in KEYS.items() if column.strip() in names), "")


def _words(vocabulary: Mapping[str, FactType]) -> dict[str, str]:
    """Every way to name a fact: its name, its label, and the label without its brackets where that is clear."""
    found = {_plain(fact.label): name for name, fact in vocabulary.items()} | {name: name for name in vocabulary}
    short: dict[str, list[str]] = {}
    for name, fact in vocabulary.items():
        short.setdefault(_TAIL.sub("", _plain(fact.label)), []).append(name)
        if fact.unit:
            found.setdefault(f"{_plain(fact.label)}({fact.unit})", name)
        if fact.kind is FactKind.MONEY:
            found.setdefault(f"{_plain(fact.label)}(元)", name)
    return {word: names[0] for word, names in short.items() if len(names) == 1} | found


def _plain(text: str) -> str:
    return text.strip().replace("（", "(").replace("）", ")").replace(" ", "").replace("“", "").replace("”", "")


def _unknown(file: str, column: str, vocabulary: Mapping[str, FactType], lacking: Sequence[str]) -> RegisterFinding:
    tail = _TAIL.search(_plain(column))
    words = {word: name for word, name in _words(vocabulary).items() if name in lacking}
    bare = _TAIL.sub("", _plain(column))
    if tail and tail[1] in _UNITS and (bare in words or _plain(column) in words):
        mend = "金额一律以元为单位：请把数换算成元，或在每一格写明单位（例如 1.2 万元），并去掉列名里的单位"
        return RegisterFinding(file, 0, column, "wrong-unit", column, f"列“{column}”写的是{tail[1]}", mend)
    near = get_close_matches(_plain(column), list(words), n=1, cutoff=0.6)
    if near:
        fact = vocabulary[words[near[0]]]
        mend = f"是不是“{fact.label}”（{fact.name}）？请改列名；不是的话请删去这一列"
        return RegisterFinding(file, 0, column, "unknown-column", column, f"不认识列“{column}”", mend)
    message = f"不认识列“{column}”，没有使用"
    mend = "请用 flask policy facts 查看词汇表；确实用不到的不必处理"
    return RegisterFinding(file, 0, column, "unused-column", column, message, mend, level="warning")
