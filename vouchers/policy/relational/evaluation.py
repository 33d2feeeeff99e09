"""A plan on every row of a table of facts: the same answers as `policy.rules.decision` gives case by case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import ibis

from vouchers.policy.pack.rates import Bonus
from vouchers.policy.relational.amounts import Amount, Lifting, work_out
from vouchers.policy.relational.columns import CannotSay, column_of
from vouchers.policy.relational.conditions import Truth, truth
from vouchers.policy.relational.sheet import Sheet, some
from vouchers.policy.relational.whole import held
from vouchers.policy.rules.compiled import CompiledPack, Plan
from vouchers.policy.rules.eligibility import typed
from vouchers.policy.rules.results import Result

PASS, FAIL, UNKNOWN, REVIEW = 0, 1, 2, 3
_TIER = "tier"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A table with the answers as columns, each named here.

    `rules` holds a code for each condition rule in the order of the plan; `refused` the amount rule that refuses where
    no condition does; `missing` whether a fact is wanted for what is not decided. `tier`, `binding` and `refused` are
    NULL where there is none, `amount` where it is not known.
    """

    table: Any
    result: str
    rules: tuple[str, ...]
    refused: str
    tier: str
    amount: str
    binding: str
    missing: Mapping[str, str]


def evaluated(table: Any, compiled: CompiledPack, plan: Plan, on: date, *, mark: str = "decision") -> Evaluated:
    """The answers of a plan on each row; CannotSay names the rule that no column can hold."""
    truths = [_said(rule.rule.id, partial(truth, rule.condition, table, on)) for rule in plan.rules]
    names = [f"{mark}:rule:{position}" for position in range(len(truths))]
    table = _coded(table, truths, names)
    sheet, amount = None, None
    if plan.amount is not None:
        table = _with_tier(table)
        sheet = Sheet(table, plan.amount, compiled.vocabulary, on, mark)
        amount = _said(plan.amount.share.rule, lambda: work_out(sheet, _lifting(compiled, plan)))
        table = sheet.table
    return _answers(table, plan, names, amount, mark=mark, sheet=sheet)


def _answers(
    table: Any, plan: Plan, names: list[str], amount: Amount | None, *, mark: str, sheet: Sheet | None
) -> Evaluated:
    failed = some([table[name] == FAIL for name in names])
    undecided = some([table[name] >= UNKNOWN for name in names])
    unknown = some([table[name] == UNKNOWN for name in names])
    text, whole = ibis.null("string"), ibis.null("int64")
    tier, refused, binding, maximum = text, text, text, whole
    if amount is not None:
        failed_here, tier = failed, amount.tier
        refused = ibis.ifelse(failed, text, amount.refused)
        failed = failed | amount.refused.notnull()
        unknown, undecided = unknown | amount.is_unknown, undecided | amount.is_missing
        worked = held(amount.maximum, amount.maximum.most)
        maximum = ibis.ifelse(failed_here, 0, worked)
        binding = ibis.ifelse(failed, text, amount.binding)
    result = ibis.cases(
        (failed, Result.INELIGIBLE.value),
        (unknown, Result.UNKNOWN.value),
        (undecided, Result.REVIEW.value),
        else_=Result.ELIGIBLE.value,
    )
    columns = {"result": result, "refused": refused, "tier": tier, "amount": maximum, "binding": binding}
    missing = _missing(table, plan, names, sheet)
    table = table.mutate(
        **{f"{mark}:{name}": value for name, value in columns.items()},
        **{f"{mark}:missing:{position}": value for position, value in enumerate(missing.values())},
    )
    lacking = {name: f"{mark}:missing:{position}" for position, name in enumerate(missing)}
    named = {name: f"{mark}:{name}" for name in columns}
    return Evaluated(table, rules=tuple(names), missing=lacking, **named)


def _missing(table: Any, plan: Plan, names: list[str], sheet: Sheet | None) -> dict[str, Any]:
    """For each fact, whether a row lacks it where it would decide something."""
    found: dict[str, list[Any]] = {}
    for name, rule in zip(names, plan.rules, strict=True):
        for fact in rule.names:
            found.setdefault(fact, []).append((table[name] >= UNKNOWN) & table[column_of(fact)].isnull())
    for fact, lacking in sheet.missing if sheet is not None else ():
        found.setdefault(fact, []).append(lacking)
    return {fact: some(lacking) for fact, lacking in found.items()}


def _coded(table: Any, truths: list[Truth], names: list[str]) -> Any:
    """A column for each rule with the code of its outcome."""
    held = {f"{name}:holds": one.holds for name, one in zip(names, truths, strict=True)}
    awaited = {f"{name}:unknown": one.is_unknown for name, one in zip(names, truths, strict=True)}
    table = table.mutate(**held, **awaited)
    return table.mutate(**{name: _code(table[f"{name}:holds"], table[f"{name}:unknown"]) for name in names})


def _code(holds: Any, is_unknown: Any) -> Any:
    undecided = ibis.ifelse(is_unknown, UNKNOWN, REVIEW)
    return ibis.ifelse(holds.isnull(), undecided, ibis.ifelse(holds, PASS, FAIL)).cast("int8")


def _with_tier(table: Any) -> Any:
    """The tier is asked for by every amount; a register seldom has it."""
    column = column_of(_TIER)
    return table if column in table.columns else table.mutate(**{column: ibis.null("string")})


def _lifting(compiled: CompiledPack, plan: Plan) -> Lifting:
    pack = compiled.pack
    lists = {named.id: named.items for named in pack.lists}

    def condition(when: Any) -> Any:
        return typed(when, compiled.vocabulary, lists)

    bonuses = {rule: _rule(compiled, rule, Bonus).when for rule, _, _ in (plan.amount.bonuses if plan.amount else ())}
    caps = {cap.id: cap.liftable_when for cap in pack.amount.caps if cap.liftable_when is not None}
    return Lifting(
        {rule: condition(when) for rule, when in bonuses.items()}, {cap: condition(when) for cap, when in caps.items()}
    )


def _rule(compiled: CompiledPack, rule_id: str, kind: type[Any]) -> Any:
    found = compiled.pack.rule(rule_id)
    if not isinstance(found, kind):
        raise CannotSay(f"规则 {rule_id} 不是 {kind.__name__}")
    return found


def _said(rule: str, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except CannotSay as error:
        raise CannotSay(f"规则 {rule} 不能用于整册试算：{error}") from None
