"""One decision with all its reasons: every rule asked, the amount worked out, and what would change a no."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from vouchers.kernel.money import decimal_yuan
from vouchers.policy.pack.amounts import Phase
from vouchers.policy.pack.values import Term, percent
from vouchers.policy.rules.amount import Step, Worked, work_out
from vouchers.policy.rules.changes import ways_to_pass
from vouchers.policy.rules.compiled import CompiledPack, CompiledRule, Plan
from vouchers.policy.rules.eligibility import FAIL, PASS, REVIEW, UNKNOWN, Outcome, TypedCondition, TypedLeaf, facts_of
from vouchers.policy.rules.facts import Facts, FactType
from vouchers.policy.rules.results import AmountResult, ConditionResult, Decision, Result, StepResult


class Assessment(NamedTuple):
    """The bare answer: result, one outcome per rule, and the amount worked out; reasons are told on demand."""

    result: Result
    outcomes: list[Outcome]
    worked: Worked | None


def assess(plan: Plan, facts: Facts, on: date) -> Assessment:
    """Every rule asked, the amount worked out."""
    outcomes = [test(facts, on) for test in plan.tests]
    worked = work_out(plan.amount, facts, on) if plan.amount is not None else None
    return Assessment(_result(outcomes, worked), outcomes, worked)


def decide(compiled: CompiledPack, kind: str, facts: Facts, *, on: date, phase: Phase = Phase.APPLICATION) -> Decision:
    """One decision with all reasons, by typed facts and the day in Beijing."""
    plan = compiled.plan(kind, phase)
    found = assess(plan, facts, on)
    conditions = [
        _explained(compiled, rule, outcome, facts, on=on)
        for rule, outcome in zip(plan.rules, found.outcomes, strict=True)
    ]
    if found.worked is not None and found.worked.refused:
        conditions.append(_refusal(compiled, found.worked))
    return Decision(
        pack=compiled.pack.id,
        version=compiled.pack.version,
        digest=compiled.digest,
        kind=kind,
        phase=phase,
        on=on,
        result=found.result,
        tier=found.worked.tier if found.worked else "",
        conditions=tuple(conditions),
        amount=_told(compiled, plan, found),
        facts=_plain(compiled.vocabulary, plan.facts, facts),
    )


def replay(compiled: CompiledPack, decision: Decision) -> Decision:
    """The decision made again from the facts it kept; equal to it for ever, or the store was changed."""
    if compiled.digest != decision.digest:
        raise ValueError("a decision is replayed only by the version that made it")
    facts = {name: compiled.vocabulary[name].read(value) for name, value in decision.facts.items()}
    return decide(compiled, decision.kind, facts, on=decision.on, phase=decision.phase)


def _result(outcomes: list[Outcome], worked: Worked | None) -> Result:
    if FAIL in outcomes or (worked is not None and worked.refused):
        return Result.INELIGIBLE
    if UNKNOWN in outcomes or (worked is not None and worked.missing):
        return Result.UNKNOWN
    return Result.REVIEW if REVIEW in outcomes else Result.ELIGIBLE


def _explained(
    compiled: CompiledPack, rule: CompiledRule, outcome: Outcome, facts: Facts, *, on: date
) -> ConditionResult:
    ways = () if outcome is PASS else ways_to_pass(rule.condition, facts, on)
    return ConditionResult(
        id=rule.rule.id,
        clause=rule.clause,
        provenance=rule.rule.provenance.value,
        seen=_plain(compiled.vocabulary, [fact.name for fact in facts_of(rule.condition)], facts),
        wanted=_wanted(rule.condition),
        outcome=outcome,
        change=tuple(tuple(asdict(change) for change in way) for way in ways),
    )


def _refusal(compiled: CompiledPack, worked: Worked) -> ConditionResult:
    """A no that the amount gives: below the floor, or no rate for such a case."""
    rule, least = compiled.pack.rule(worked.refused), worked.steps[-1]
    seen = {} if worked.maximum is None else {step.code: _decimal(step.fen) for step in worked.steps[-2:] if step.fen}
    provenance = rule.provenance.value if rule else ""
    wanted = {"amount": {"at_least": _decimal(least.fen)}} if least.code == "floor" else {"rate": "stated"}
    return ConditionResult(worked.refused, compiled.clause(worked.refused), provenance, seen, wanted, FAIL, ())


def _told(compiled: CompiledPack, plan: Plan, found: Assessment) -> AmountResult | None:
    worked = found.worked
    if worked is None or plan.amount is None:
        return None
    steps = tuple(_step(compiled, step, plan.amount.whole, worked.binding) for step in worked.steps)
    missing = tuple(dict.fromkeys(worked.missing))
    if found.result is Result.INELIGIBLE:
        return AmountResult(0, "", steps, missing)
    return AmountResult(worked.maximum, worked.binding, steps, missing)


def _step(compiled: CompiledPack, step: Step, whole: int, binding: str) -> StepResult:
    detail = _DETAILS[step.code](step, whole)
    if step.code == "cap":
        detail["binding"] = step.rule == binding
    return StepResult(step.code, step.rule, compiled.clause(step.rule), step.fen, detail)


def _rate_detail(step: Step, whole: int) -> dict[str, Any]:
    rate = "" if step.first is None else percent(Fraction(step.first, whole))
    return {"rate": rate, "chosen": "" if step.second is None else str(step.second)}


_DETAILS: Mapping[str, Callable[[Step, int], dict[str, Any]]] = {
    "tier": lambda step, _: {"tier": step.first},
    "base": lambda step, _: {"fact": step.first},
    "less": lambda step, _: {"fact": step.first},
    "base-total": lambda _step, _: {},
    "rate": _rate_detail,
    "bonus": lambda step, whole: {"rate": percent(Fraction(step.first, whole)), "outcome": step.second.value},
    "ceiling": lambda step, whole: {"rate": percent(Fraction(step.first, whole)), "binding": step.second},
    "product": lambda _step, _: {},
    "cap": lambda step, _: {"limit": decimal_yuan(step.first), "used": decimal_yuan(step.second)},
    "rounding": lambda step, _: {"to": decimal_yuan(step.first), "mode": step.second.value},
    "floor": lambda step, _: {"met": step.second},
}


def _decimal(fen: int | None) -> str | None:
    return None if fen is None else decimal_yuan(fen)


def _plain(vocabulary: Mapping[str, FactType], names: Iterable[str], facts: Facts) -> dict[str, Any]:
    return {name: vocabulary[name].written(facts[name]) for name in names if name in facts}


def _wanted(condition: TypedCondition) -> object:
    if isinstance(condition, TypedLeaf):
        return {condition.fact.name: {condition.operator.value: _value(condition)}}
    return {"all" if condition.every else "any": [_wanted(part) for part in condition.parts]}


def _value(leaf: TypedLeaf) -> object:
    match leaf.value:
        case Term(count, unit):
            return f"{count} {unit}{'' if count == 1 else 's'}"
        case frozenset():
            return sorted((leaf.fact.written(value) for value in leaf.value), key=str)
        case (low, high):
            return [leaf.fact.written(low), leaf.fact.written(high)]
    return leaf.fact.written(leaf.value)
