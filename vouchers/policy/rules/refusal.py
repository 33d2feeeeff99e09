"""A no that the amount gives: which rule, what was seen, what it wanted, and what would change it."""

from datetime import date
from typing import Any, NamedTuple

from vouchers.kernel.money import MOST_FEN
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.rules.amount import work_out
from vouchers.policy.rules.amount_plan import AmountPlan, Selector
from vouchers.policy.rules.changes import Change, ToldWays, told_ways, ways_to_pass
from vouchers.policy.rules.compiled import CompiledPack, wanted_of
from vouchers.policy.rules.eligibility import FAIL, TypedGroup, facts_of
from vouchers.policy.rules.facts import Facts
from vouchers.policy.rules.results import ConditionResult, in_unit, plain_facts
from vouchers.policy.rules.selecting import choose
from vouchers.policy.rules.sheet import Sheet, Step, Worked

_Reason = tuple[dict[str, Any], dict[str, Any], ToldWays]
"""What was seen, what was wanted, and the ways to change it."""


class _Case(NamedTuple):
    compiled: CompiledPack
    plan: AmountPlan
    rule: Rule
    worked: Worked
    facts: Facts
    on: date

    def step(self, code: str) -> Step | None:
        """The last step of this code by the refusing rule."""
        found = (step for step in reversed(self.worked.steps) if step.code == code)
        return next((step for step in found if step.rule == self.rule.id), None)


def refusal(compiled: CompiledPack, plan: AmountPlan, worked: Worked, facts: Facts, *, on: date) -> ConditionResult:
    """The refusing amount rule as a condition that failed."""
    rule = compiled.pack.rule(worked.refused)
    if rule is None:
        raise ValueError("only an amount rule of the pack refuses here")
    seen, wanted, change = _reason(_Case(compiled, plan, rule, worked, facts, on))
    return ConditionResult(rule.id, compiled.clauses[rule.id], rule.provenance.value, seen, wanted, FAIL, change)


def _reason(case: _Case) -> _Reason:
    unfit = _unfit(case)
    if unfit is not None:
        return _no_row(case, unfit)
    told = {
        "floor": _floor,
        "higher": _not_higher,
        "count": _counted_out,
        "cap": _used_up,
        "activation": _below_threshold,
    }
    for code, tell in told.items():
        step = case.step(code)
        if step is not None and not (code == "activation" and step.first):
            return tell(case, step)
    share = case.plan.share
    return _no_row(case, share.rate or share.lump or Selector())


def _unfit(case: _Case) -> Selector | None:
    """The choice of the refusing cap, where it has no limit for such a case."""
    sheet = Sheet(case.plan, case.facts, case.on, case.worked.tier, [], [])
    found = (limit.most for limit in case.plan.limits if limit.rule == case.rule.id)
    return next((most for most in found if choose(sheet, most).value is None), None)


def _floor(case: _Case, step: Step) -> _Reason:
    return _too_little(case, step.fen or 0)


def _not_higher(case: _Case, step: Step) -> _Reason:
    return _too_little(case, (step.fen or 0) + case.plan.rounding[1])


def _counted_out(case: _Case, step: Step) -> _Reason:
    fact = next(one.granted for one in case.plan.counts if one.rule == case.rule.id)
    return {fact: step.second}, {fact: {"at_most": step.first - 1}}, ()


def _too_little(case: _Case, least: int) -> _Reason:
    reached = next((step.fen for step in reversed(case.worked.steps) if step.code == "rounding"), None)
    unit = case.plan.unit
    seen = {"amount": None if reached is None else in_unit(reached, unit)}
    return seen, {"amount": {"at_least": in_unit(least, unit)}}, _base_from_which(case)


def _used_up(case: _Case, step: Step) -> _Reason:
    """A cap with nothing left: what was used of it, and that it must be less. Nobody can change that at once."""
    shares = {rule: other for rule, _, other in case.plan.shares}
    granted = {limit.rule: limit.granted for limit in case.plan.limits}
    name = shares.get(case.rule.id) or granted.get(case.rule.id, "")
    fact = case.compiled.vocabulary.get(name)
    if fact is None:
        return {}, {"amount": {"at_least": in_unit(case.plan.rounding[1], case.plan.unit)}}, ()
    return (
        plain_facts(case.compiled.vocabulary, [name], case.facts),
        {name: {"less_than": fact.written(step.first)}},
        (),
    )


def _below_threshold(case: _Case, step: Step) -> _Reason:
    base = case.plan.base
    facts = base.facts if base is not None else ()
    word = "at_least" if step.second else "more_than"
    if len(facts) != 1:
        seen = plain_facts(case.compiled.vocabulary, facts, case.facts)
        return seen, {"base": {word: in_unit(step.fen or 0, base.unit if base else "")}}, ()
    fact = case.compiled.vocabulary[facts[0]]
    seen = plain_facts(case.compiled.vocabulary, facts, case.facts)
    return seen, {fact.name: {word: fact.written(step.fen or 0)}}, _base_from_which(case)


def _no_row(case: _Case, selector: Selector) -> _Reason:
    if selector.conditions:
        group = TypedGroup(False, selector.conditions)  # noqa: FBT003  any of them
        names = [fact.name for fact in facts_of(group)]
        ways = told_ways(ways_to_pass(group, case.facts, case.on))
        return plain_facts(case.compiled.vocabulary, names, case.facts), wanted_of(group), ways
    by = selector.by or (case.plan.base.facts[0] if case.plan.base else "")
    rows = {by: {"in": sorted(str(key) for key in selector.rows or ())}}
    return plain_facts(case.compiled.vocabulary, [by], case.facts), rows, ()


def _base_from_which(case: _Case) -> ToldWays:
    """The least base from which this rule no longer refuses, where a larger base helps."""
    base = case.plan.base
    if base is None or len(base.facts) != 1:
        return ()
    name, low, high = base.facts[0], 0, MOST_FEN

    def refuses(amount: int) -> bool:
        return bool(work_out(case.plan, {**case.facts, name: amount}, case.on).refused)

    if refuses(high):
        return ()
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if refuses(middle) else (low, middle)
    fact = case.compiled.vocabulary[name]
    return told_ways(((Change(fact.name, "set", fact.written(high), fact.document),),))
