"""One decision with all its reasons: every rule asked, the amount worked out, and what would change a no."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.amount import work_out
from vouchers.policy.rules.amount_plan import AmountPlan
from vouchers.policy.rules.changes import told_ways, ways_to_pass
from vouchers.policy.rules.compiled import CompiledPack, CompiledRule, Plan
from vouchers.policy.rules.eligibility import FAIL, PASS, REVIEW, UNKNOWN, Outcome
from vouchers.policy.rules.facts import Facts
from vouchers.policy.rules.refusal import refusal
from vouchers.policy.rules.results import AmountResult, ConditionResult, Decision, Result, plain_facts
from vouchers.policy.rules.sheet import Worked
from vouchers.policy.rules.telling import parts_of, told_steps


class Assessment(NamedTuple):
    """The bare answer: result, one outcome per rule, and the amount worked out; reasons are told on demand."""

    result: Result
    outcomes: list[Outcome]
    worked: Worked | None


def assess(plan: Plan, facts: Facts, on: date) -> Assessment:
    """Every rule asked, the amount worked out."""
    outcomes = [test(facts, on) for test in plan.tests]
    worked = work_out(plan.amount, facts, on) if plan.amount is not None else None
    return Assessment(_result(outcomes, worked, plan.amount), outcomes, worked)


def decide(compiled: CompiledPack, kind: str, facts: Facts, *, on: date, phase: Phase = Phase.APPLICATION) -> Decision:
    """One decision with all reasons, by typed facts and the day in Beijing."""
    plan = compiled.plan(kind, phase)
    found = assess(plan, facts, on)
    plain = plain_facts(compiled.vocabulary, plan.facts, facts)
    conditions = [
        _explained(rule, outcome, facts, on=on, plain=plain)
        for rule, outcome in zip(plan.rules, found.outcomes, strict=True)
    ]
    if plan.amount and found.worked and found.worked.refused and FAIL not in found.outcomes:
        conditions.append(refusal(compiled, plan.amount, found.worked, facts, on=on))
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


def _result(outcomes: list[Outcome], worked: Worked | None, amount: AmountPlan | None) -> Result:
    if FAIL in outcomes or (worked is not None and worked.refused):
        return Result.INELIGIBLE
    missing = worked.missing if worked is not None else []
    if UNKNOWN in outcomes or (amount is not None and not amount.judged.issuperset(missing)):
        return Result.UNKNOWN
    return Result.REVIEW if REVIEW in outcomes or missing else Result.ELIGIBLE


def _explained(
    rule: CompiledRule, outcome: Outcome, facts: Facts, *, on: date, plain: Mapping[str, Any]
) -> ConditionResult:
    ways = () if outcome is PASS else told_ways(ways_to_pass(rule.condition, facts, on))
    seen = {name: plain[name] for name in rule.names if name in plain}
    return ConditionResult(rule.rule.id, rule.clause, rule.provenance, seen, rule.wanted, outcome, ways)


def _told(compiled: CompiledPack, plan: Plan, found: Assessment) -> AmountResult | None:
    worked, amount = found.worked, plan.amount
    if worked is None or amount is None:
        return None
    steps = told_steps(amount, worked, compiled.clauses)
    missing = tuple(dict.fromkeys(worked.missing))
    if found.result is Result.INELIGIBLE:
        return AmountResult(0, "", steps, missing, amount.unit)
    parts = parts_of(worked.maximum, compiled.pack.amount.funding_of(plan.kind))
    return AmountResult(worked.maximum, worked.binding, steps, missing, amount.unit, parts, amount.share.up_to)
