"""Comparing one fact with another: a share of an amount or number, or a date with a term added."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from vouchers.policy.pack.values import Term, percent, read_rate, read_term
from vouchers.policy.rules.facts import FactKind, Facts, FactType, suggestion

COMPARED = frozenset({FactKind.COUNT, FactKind.MONEY, FactKind.DATE})
_KEYS = {FactKind.COUNT: "share", FactKind.MONEY: "share", FactKind.DATE: "plus"}


@dataclass(frozen=True, slots=True)
class Relation:
    """What a fact is compared with: another fact, times a share, or plus a term."""

    other: FactType
    share: Fraction | None
    plus: Term | None

    def bound(self, facts: Facts) -> Any:
        """The bound that the other fact sets; None while it is missing."""
        seen: Any = facts.get(self.other.name)
        if seen is None:
            return None
        if isinstance(seen, date):
            return seen if self.plus is None else self.plus.after(seen)
        return seen * (Fraction(1) if self.share is None else self.share)

    def written(self) -> dict[str, object]:
        """The relation as plain values."""
        found: dict[str, object] = {"fact": self.other.name}
        if self.share is not None:
            found["share"] = percent(self.share)
        if self.plus is not None:
            found["plus"] = self.plus.written()
        return found


def read_relation(fact: FactType, raw: object, vocabulary: Mapping[str, FactType]) -> Relation:
    """The relation that a pack writes; ValueError with a sentence where it does not fit."""
    key = _KEYS[fact.kind]
    if not isinstance(raw, dict) or not {"fact"} <= set(raw) <= {"fact", key}:
        raise ValueError(f"与另一事实比较要写成 {{fact: 事实, {key}: …}}")
    other = vocabulary.get(str(raw["fact"]))
    if other is None:
        raise ValueError(f"不认识事实“{raw['fact']}”。{suggestion(str(raw['fact']), vocabulary)}")
    if other.kind is not fact.kind or other.name == fact.name:
        raise ValueError(f"“{fact.label}”不能与“{other.label}”比较")
    share = read_rate(raw["share"]) if "share" in raw else None
    plus = read_term(raw["plus"]) if "plus" in raw else None
    if plus is not None and plus.unit == "working day":
        raise ValueError("日期之间的期限用 years、months 或 days")
    return Relation(other, share, plus)
