"""A decision as a value: what was seen, wanted and found, storable as plain JSON and equal when read back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from vouchers.kernel.canonical import digest as digest_of
from vouchers.kernel.money import decimal_yuan, parse_yuan
from vouchers.policy.pack.amounts import Phase
from vouchers.policy.rules.eligibility import FAIL, Outcome


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
    """One step of the calculation, with the details its code calls for as plain values."""

    code: str
    rule: str
    clause: str
    fen: int | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AmountResult:
    """The maximum in fen (None while facts are missing), the binding cap, the steps, and the facts to supply."""

    maximum: int | None
    binding_cap: str
    steps: tuple[StepResult, ...]
    missing: tuple[str, ...]


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
    return {
        **plain,
        "outcome": condition.outcome.value,
        "change": [[dict(one) for one in way] for way in condition.change],
    }


def _condition(stored: Mapping[str, Any]) -> ConditionResult:
    change = tuple(tuple(dict(one) for one in way) for way in stored["change"])
    return ConditionResult(**{**stored, "outcome": Outcome(stored["outcome"]), "change": change})


def _amount_dict(amount: AmountResult) -> dict[str, Any]:
    return {
        "maximum": _decimal(amount.maximum),
        "binding_cap": amount.binding_cap or None,
        "steps": [_step_dict(step) for step in amount.steps],
        "missing": list(amount.missing),
    }


def _amount(stored: Mapping[str, Any]) -> AmountResult:
    steps = tuple(_step(entry) for entry in stored["steps"])
    return AmountResult(_fen(stored["maximum"]), stored["binding_cap"] or "", steps, tuple(stored["missing"]))


def _step_dict(step: StepResult) -> dict[str, Any]:
    amount = _decimal(step.fen)
    return {"code": step.code, "rule": step.rule, "clause": step.clause, "amount": amount, "detail": dict(step.detail)}


def _step(stored: Mapping[str, Any]) -> StepResult:
    amount = _fen(stored["amount"])
    return StepResult(stored["code"], stored["rule"], stored["clause"], amount, dict(stored["detail"]))


def _decimal(fen: int | None) -> str | None:
    return None if fen is None else decimal_yuan(fen)


def _fen(text: str | None) -> int | None:
    if text is None:
        return None
    return -parse_yuan(text[1:]) if text.startswith("-") else parse_yuan(text)
