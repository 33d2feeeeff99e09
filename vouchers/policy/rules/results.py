"""A decision as a value: what was seen, wanted and found, storable as plain JSON and equal when read back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from vouchers.kernel.canonical import digest as digest_of
from vouchers.kernel.money import decimal_yuan, parse_yuan
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.eligibility import FAIL, Outcome
from vouchers.policy.rules.facts import Facts, FactType


class Result(StrEnum):
    """What a decision comes to."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    UNKNOWN = "unknown"
    REVIEW = "review"


RESULT_LABELS = {
    Result.ELIGIBLE: "可以申领",
    Result.INELIGIBLE: "暂不符合",
    Result.UNKNOWN: "还不能判断",
    Result.REVIEW: "待审核认定",
}


class ConditionResult(NamedTuple):
    """One condition: its clause, what was seen and wanted as plain values, the outcome, and the ways to change it."""

    id: str
    clause: str
    provenance: str
    seen: Mapping[str, Any]
    wanted: Any
    outcome: Outcome
    change: tuple[tuple[Mapping[str, Any], ...], ...]


class StepResult(NamedTuple):
    """One step of the calculation, with the details its code calls for as plain values; `unit` where it is no money."""

    code: str
    rule: str
    clause: str
    fen: int | None
    detail: Mapping[str, Any]
    unit: str = ""


class AmountResult(NamedTuple):
    """The maximum in fen (None while facts are missing), the binding cap, the steps, and the facts to supply.

    `unit` names what is counted where it is not money; `parts` says what each funding layer pays, where the pack says
    who bears what does not divide; `up_to` that a reviewer may approve less.
    """

    maximum: int | None
    binding_cap: str
    steps: tuple[StepResult, ...]
    missing: tuple[str, ...]
    unit: str = ""
    parts: tuple[tuple[str, int], ...] = ()
    up_to: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision under one version of a pack; `facts` are those it read, as plain values."""

    pack: str
    version: str
    digest: str
    kind: str
    phase: Phase
    on: date
    result: Result
    tier: str
    conditions: tuple[ConditionResult, ...]
    amount: AmountResult | None
    facts: Mapping[str, Any]

    @property
    def refused_by(self) -> tuple[str, ...]:
        """The rules that say no."""
        return tuple(condition.id for condition in self.conditions if condition.outcome is FAIL)

    def as_dict(self) -> dict[str, Any]:
        """The decision as plain JSON values; `from_dict` gives it back."""
        return {
            "pack": self.pack,
            "version": self.version,
            "digest": self.digest,
            "kind": self.kind,
            "phase": self.phase.value,
            "on": self.on.isoformat(),
            "result": self.result.value,
            "tier": self.tier,
            "conditions": [_condition_dict(condition) for condition in self.conditions],
            "amount": None if self.amount is None else _amount_dict(self.amount),
            "facts": dict(self.facts),
            "facts_digest": digest_of(dict(self.facts)),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Decision":
        """The decision that was stored."""
        amount = stored["amount"]
        return cls(
            pack=stored["pack"],
            version=stored["version"],
            digest=stored["digest"],
            kind=stored["kind"],
            phase=Phase(stored["phase"]),
            on=date.fromisoformat(stored["on"]),
            result=Result(stored["result"]),
            tier=stored["tier"],
            conditions=tuple(_condition(entry) for entry in stored["conditions"]),
            amount=None if amount is None else _amount(amount),
            facts=dict(stored["facts"]),
        )


def _condition_dict(condition: ConditionResult) -> dict[str, Any]:
    plain = condition._asdict()
    plain["outcome"] = str(condition.outcome)
    plain["change"] = [[dict(one) for one in way] for way in condition.change]
    return plain


def _condition(stored: Mapping[str, Any]) -> ConditionResult:
    change = tuple(tuple(dict(one) for one in way) for way in stored["change"])
    return ConditionResult(**{**stored, "outcome": Outcome(stored["outcome"]), "change": change})


def _amount_dict(amount: AmountResult) -> dict[str, Any]:
    found: dict[str, Any] = {
        "maximum": _plain(amount.maximum, amount.unit),
        "binding_cap": amount.binding_cap or None,
        "steps": [_step_dict(step) for step in amount.steps],
        "missing": list(amount.missing),
    }
    if amount.unit:
        found["unit"] = amount.unit
    if amount.parts:
        found["parts"] = {layer: _plain(part, amount.unit) for layer, part in amount.parts}
    if amount.up_to:
        found["up_to"] = True
    return found


def _amount(stored: Mapping[str, Any]) -> AmountResult:
    unit = stored.get("unit", "")
    return AmountResult(
        _read(stored["maximum"], unit),
        stored["binding_cap"] or "",
        tuple(_step(entry) for entry in stored["steps"]),
        tuple(stored["missing"]),
        unit,
        tuple((layer, _read(part, unit) or 0) for layer, part in stored.get("parts", {}).items()),
        stored.get("up_to", False),
    )


def _step_dict(step: StepResult) -> dict[str, Any]:
    code, rule, clause, fen, detail, unit = step
    found = {"code": code, "rule": rule, "clause": clause, "amount": _plain(fen, unit), "detail": dict(detail)}
    return found | {"unit": unit} if unit else found


def _step(stored: Mapping[str, Any]) -> StepResult:
    unit = stored.get("unit", "")
    amount = _read(stored["amount"], unit)
    return StepResult(stored["code"], stored["rule"], stored["clause"], amount, dict(stored["detail"]), unit)


@lru_cache(maxsize=4096)  # limits, faces and steps are the same in every case
def in_unit(amount: int, unit: str) -> str:
    """An amount as plain text: yuan with two decimals, or a bare whole number of units.

    >>> in_unit(123450, ""), in_unit(2000, "card-hours")
    ('1234.50', '2000')
    """
    return str(amount) if unit else decimal_yuan(amount)


def plain_facts(vocabulary: Mapping[str, FactType], names: Iterable[str], facts: Facts) -> dict[str, Any]:
    """The facts of these names as plain values; those that are missing are left out."""
    return {name: vocabulary[name].written(facts[name]) for name in names if name in facts}


def _plain(amount: int | None, unit: str) -> str | None:
    return None if amount is None else in_unit(amount, unit)


def _read(text: str | None, unit: str) -> int | None:
    if text is None:
        return None
    if unit:
        return int(text)
    return -parse_yuan(text[1:]) if text.startswith("-") else parse_yuan(text)
