"""One decision with all its reasons: every rule asked, the amount worked out, and what would change a no."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from vouchers.kernel.money import MOST_FEN, decimal_yuan
from vouchers.policy.pack.amounts import Phase
from vouchers.policy.pack.values import percent
from vouchers.policy.rules.amount import Step, Worked, work_out
from vouchers.policy.rules.amount_plan import AmountPlan
from vouchers.policy.rules.changes import Change, ways_to_pass
from vouchers.policy.rules.compiled import CompiledPack, CompiledRule, Plan
from vouchers.policy.rules.eligibility import FAIL, PASS, REVIEW, UNKNOWN, Outcome
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
    plain = _plain(compiled.vocabulary, plan.facts, facts)
    conditions = [
        _explained(rule, outcome, facts, on=on, plain=plain)
        for rule, outcome in zip(plan.rules, found.outcomes, strict=True)
    ]
    if found.worked is not None and found.worked.refused and FAIL not in found.outcomes:
        conditions.append(_refusal(compiled, plan, found.worked, facts, on=on))
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
        facts=plain,
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
    rule: CompiledRule, outcome: Outcome, facts: Facts, *, on: date, plain: Mapping[str, Any]
) -> ConditionResult:
    ways = () if outcome is PASS else ways_to_pass(rule.condition, facts, on)
    return ConditionResult(
        id=rule.rule.id,
        clause=rule.clause,
        provenance=rule.rule.provenance.value,
        seen={name: plain[name] for name in rule.names if name in plain},
        wanted=rule.wanted,
        outcome=outcome,
        change=tuple(tuple(asdict(change) for change in way) for way in ways),
    )


def _refusal(compiled: CompiledPack, plan: Plan, worked: Worked, facts: Facts, *, on: date) -> ConditionResult:
    """A no that the amount gives: no rate for such a case, or an amount below the floor."""
    amount, rule = plan.amount, compiled.pack.rule(worked.refused)
    if amount is None or rule is None:
        raise ValueError("only an amount rule of the pack refuses here")
    clause, provenance = compiled.clauses[rule.id], rule.provenance.value
    if amount.floor is None or rule.id != amount.floor[0]:
        by = amount.rate.by or amount.base
        rows = {by: {"in": sorted(str(key) for key in amount.rate.rows)}}
        return ConditionResult(rule.id, clause, provenance, _plain(compiled.vocabulary, [by], facts), rows, FAIL, ())
    reached = next(step.fen for step in reversed(worked.steps) if step.code == "rounding")
    change = _base_for_floor(compiled, amount, facts, on)
    wanted = {"amount": {"at_least": decimal_yuan(amount.floor[1])}}
    return ConditionResult(rule.id, clause, provenance, {"amount": _decimal(reached)}, wanted, FAIL, change)


def _base_for_floor(
    compiled: CompiledPack, amount: AmountPlan, facts: Facts, on: date
) -> tuple[tuple[dict[str, Any], ...], ...]:
    """The base from which the floor is reached, where a larger base helps."""
    low, high = 0, MOST_FEN
    if work_out(amount, {**facts, amount.base: high}, on).refused:
        return ()
    while high - low > 1:
        middle = (low + high) // 2
        if work_out(amount, {**facts, amount.base: middle}, on).refused:
            low = middle
        else:
            high = middle
    fact = compiled.vocabulary[amount.base]
    return ((asdict(Change(fact.name, "set", fact.written(high), fact.document)),),)


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
    return StepResult(step.code, step.rule, compiled.clauses[step.rule], step.fen, detail)


@lru_cache(maxsize=1024)
def _percent(rate: int, whole: int) -> str:
    return percent(Fraction(rate, whole))


def _rate_detail(step: Step, whole: int) -> dict[str, Any]:
    rate = "" if step.first is None else _percent(step.first, whole)
    return {"rate": rate, "chosen": "" if step.second is None else str(step.second)}


_DETAILS: Mapping[str, Callable[[Step, int], dict[str, Any]]] = {
    "tier": lambda step, _: {"tier": step.first},
    "base": lambda step, _: {"fact": step.first},
    "less": lambda step, _: {"fact": step.first},
    "base-total": lambda _step, _: {},
    "rate": _rate_detail,
    "bonus": lambda step, whole: {"rate": _percent(step.first, whole), "outcome": step.second.value},
    "ceiling": lambda step, whole: {"rate": _percent(step.first, whole), "binding": step.second},
    "product": lambda _step, _: {},
    "cap": lambda step, _: {"limit": decimal_yuan(step.first), "used": decimal_yuan(step.second)},
    "rounding": lambda step, _: {"to": decimal_yuan(step.first), "mode": step.second.value},
    "floor": lambda step, _: {"met": step.first},
}


def _decimal(fen: int | None) -> str | None:
    return None if fen is None else decimal_yuan(fen)


def _plain(vocabulary: Mapping[str, FactType], names: Iterable[str], facts: Facts) -> dict[str, Any]:
    return {name: vocabulary[name].written(facts[name]) for name in names if name in facts}
