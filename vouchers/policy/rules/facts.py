"""Facts as rules read them: typed values, read from JSON and written back without loss."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from fractions import Fraction
from typing import Any

from vouchers.kernel.findings import Finding
from vouchers.kernel.money import decimal_yuan, format_yuan, parse_yuan
from vouchers.policy.pack.values import percent, read_rate, read_yuan

FactValue = bool | int | str | Fraction | date | tuple[date, ...] | frozenset[str]
Facts = Mapping[str, FactValue]

SHARE_STEP = Fraction(1, 10_000)
_MOST_ITEMS = 200
_LONGEST = 300


class FactKind(StrEnum):
    """The type of a fact."""

    FLAG = "flag"
    COUNT = "count"
    MONEY = "money"
    SHARE = "share"
    DATE = "date"
    DATES = "dates"
    CHOICE = "choice"
    TEXT = "text"
    AREA = "area"
    WORDS = "words"


ORDERED = frozenset({FactKind.COUNT, FactKind.MONEY, FactKind.SHARE, FactKind.DATE})


class Supplier(StrEnum):
    """Who supplies a fact. What a reviewer judges is awaited, not missing."""

    ENTERPRISE = "enterprise"
    PROVIDER = "provider"
    REGISTER = "register"
    ORDER = "order"
    LEDGER = "ledger"
    REVIEWER = "reviewer"


SUPPLIER_LABELS = {
    Supplier.ENTERPRISE: "申报企业",
    Supplier.PROVIDER: "服务商",
    Supplier.REGISTER: "登记和信用信息",
    Supplier.ORDER: "订单和用量",
    Supplier.LEDGER: "账本",
    Supplier.REVIEWER: "审核人员",
}


@dataclass(frozen=True, slots=True)
class FactType:
    """One word of the vocabulary."""

    name: str
    kind: FactKind
    label: str
    supplier: Supplier
    document: str = ""
    unit: str = ""
    options: Mapping[str, str] | None = None

    def read(self, raw: object) -> FactValue:
        """The typed value of what JSON or a pack says; ValueError with a sentence when it does not fit."""
        reader = _READERS[self.kind]
        value = reader(raw)
        if self.kind is FactKind.CHOICE and self.options is not None and value not in self.options:
            raise ValueError(f"应为其中之一：{'、'.join(self.options)}")
        return value

    def written(self, value: FactValue) -> object:
        """The value as plain JSON; reading it again gives the same value."""
        if self.kind is FactKind.MONEY and isinstance(value, int):
            return decimal_yuan(value)
        writer = _WRITERS.get(type(value))
        return value if writer is None else writer(value)

    def shown(self, value: FactValue) -> str:
        """The value as people read it."""
        if isinstance(value, bool):
            return "是" if value else "否"
        if self.kind is FactKind.MONEY and isinstance(value, int):
            return format_yuan(value)
        if self.kind is FactKind.SHARE and isinstance(value, Fraction):
            return percent(value)
        if isinstance(value, tuple | frozenset):
            return "、".join(sorted(str(item) for item in value)) or "无"
        text = str(value)
        return (self.options or {}).get(text, text) + (f" {self.unit}" if self.unit else "")


def read_facts(
    raw: Mapping[str, object], vocabulary: Mapping[str, FactType]
) -> tuple[dict[str, FactValue], list[Finding]]:
    """Typed facts from JSON, and a finding for each unknown name or unfit value. A null is a missing fact."""
    facts: dict[str, FactValue] = {}
    findings: list[Finding] = []
    for name, value in raw.items():
        kind = vocabulary.get(name)
        if kind is None:
            params = {"name": name}
            findings.append(
                Finding("unknown-fact", "不认识事实“{name}”。", params, suggestion(name, vocabulary), field=name)
            )
        elif value is not None:
            try:
                facts[name] = kind.read(value)
            except ValueError as error:
                params = {"label": kind.label, "name": name, "why": str(error)}
                findings.append(Finding("unfit-fact", "“{label}”（{name}）的值不合用：{why}。", params, field=name))
    return facts, findings


def suggestion(name: str, known: Iterable[str]) -> str:
    """What to do about an unknown word: the nearest known one, when there is one.

    >>> suggestion("headcont", ["headcount", "revenue"])
    '是不是“headcount”？'
    """
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"是不是“{near[0]}”？" if near else "请用 flask policy facts 查看词汇表。"


def _flag(raw: object) -> FactValue:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw in {"是", "否"}:
        return raw == "是"
    raise ValueError("应为 true 或 false")


def _count(raw: object) -> FactValue:
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 10**12:
        return raw
    raise ValueError("应为不小于 0 的整数")


def _money(raw: object) -> FactValue:
    if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0:
        return parse_yuan(str(raw))
    if isinstance(raw, str):
        return read_yuan(raw) if raw[-1:] in "分元" and raw else parse_yuan(raw)
    raise ValueError('金额应为文字，例如 "12000.00"')


def _share(raw: object) -> FactValue:
    return read_rate(raw)


def _date(raw: object) -> date:
    if isinstance(raw, str):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            pass
    raise ValueError("日期写成 2026-05-01")


def _text(raw: object) -> FactValue:
    if isinstance(raw, str) and 0 < len(raw.strip()) <= _LONGEST:
        return raw.strip()
    raise ValueError(f"应为 1 到 {_LONGEST} 字的文字")


def _items(raw: object) -> list[object]:
    if isinstance(raw, list) and len(raw) <= _MOST_ITEMS:
        return raw
    raise ValueError(f"应为列表，最多 {_MOST_ITEMS} 项；没有就写 []")


def _dates(raw: object) -> FactValue:
    return tuple(sorted(_date(item) for item in _items(raw)))


def _words(raw: object) -> FactValue:
    return frozenset(str(_text(item)) for item in _items(raw))


_READERS = {
    FactKind.FLAG: _flag,
    FactKind.COUNT: _count,
    FactKind.MONEY: _money,
    FactKind.SHARE: _share,
    FactKind.DATE: _date,
    FactKind.DATES: _dates,
    FactKind.CHOICE: _text,
    FactKind.TEXT: _text,
    FactKind.AREA: _text,
    FactKind.WORDS: _words,
}
_WRITERS: Mapping[type, Callable[[Any], object]] = {
    Fraction: percent,
    date: date.isoformat,
    tuple: lambda days: sorted(day.isoformat() for day in days),
    frozenset: sorted,
}
