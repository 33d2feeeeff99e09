"""Conditions that nobody can meet together, and rows and bonuses that nobody who qualifies can reach."""

from collections.abc import Iterator, Sequence
from datetime import date

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.conditions import Condition, Leaf, Operator, Path
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.rates import Bonus, RateRule
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.selectors import AmountChoice, AmountRow, RateChoice, RateRow
from vouchers.policy.rules.compiled import CompiledPack, CompiledRule
from vouchers.policy.rules.eligibility import TypedCondition, typed
from vouchers.policy.rules.reasoning import can_hold

_AGREE = "请核对两条规则的条件，让它们能同时成立"
_UNREACHED = "请核对条件；确实用不到的请删去"


def check_conflicts(context: Context, compiled: CompiledPack) -> Iterator[PackFinding]:
    """Findings where conditions exclude each other at one phase of one kind."""
    on, told = context.pack.effective.first, set[str]()
    for plan in compiled.plans.values():
        clash = _clash(plan.rules, on)
        if clash is not None and clash[1].rule.id not in told:
            told.add(clash[1].rule.id)
            message = f"没有谁能同时符合“{clash[0].rule.say}”和“{clash[1].rule.say}”"
            yield context.finding(clash[1].rule, "contradiction", message, mend=_AGREE, at=("when",))
    if not told:
        yield from _check_reached(context, compiled)


def _clash(rules: Sequence[CompiledRule], on: date) -> tuple[CompiledRule, CompiledRule] | None:
    """The rule that closes the door, and the one before it that it contradicts."""
    for at, rule in enumerate(rules):
        if can_hold([one.condition for one in rules[: at + 1]], on):
            continue
        if at == 0 or not can_hold([rule.condition], on):
            return None  # it contradicts itself, which is told elsewhere
        pairs = (one for one in rules[:at] if not can_hold([one.condition, rule.condition], on))
        return next(pairs, rules[at - 1]), rule
    return None


def _check_reached(context: Context, compiled: CompiledPack) -> Iterator[PackFinding]:
    for rule, at, condition, word in _chosen_by(context):
        places = [(kind, phase) for kind in rule.kinds for phase in rule.at]
        if not any(_reaches(context, compiled, place, condition) for place in places):
            message = f"符合申领条件的，谁也用不到{word}"
            yield context.finding(rule, "unreachable-row", message, mend=_UNREACHED, at=at, warning=True)


def _reaches(context: Context, compiled: CompiledPack, place: tuple[str, Phase], condition: Condition) -> bool:
    lists = {named.id: named.items for named in context.pack.lists}
    asked: list[TypedCondition] = [rule.condition for rule in compiled.plan(*place).rules]
    return can_hold([*asked, typed(condition, compiled.vocabulary, lists)], context.pack.effective.first)


def _chosen_by(context: Context) -> Iterator[tuple[Bonus | RateRule, Path, Condition, str]]:
    """Every condition that an amount hangs on, with its place and what to call it."""
    amount = context.pack.amount
    yield from ((rule, ("when",), rule.when, "这项加计") for rule in amount.bonuses)
    for rate in amount.rates:
        if rate.choose is not None:
            yield from ((rate, path, one, word) for path, one, word in _rows(rate.choose, ("choose",)))
        if isinstance(rate.lump, AmountChoice):
            yield from ((rate, path, one, word) for path, one, word in _rows(rate.lump, ("lump",)))


def _rows(choice: RateChoice | AmountChoice, at: Path) -> Iterator[tuple[Path, Condition, str]]:
    match: tuple[RateRow | AmountRow, ...] = choice.match
    for position, row in enumerate(match):
        yield (*at, "match", position), row.when, f"第 {position + 1} 行"
    if choice.by and choice.by != "tier":
        for key in choice.rows:
            yield (*at, "rows", key), Leaf(choice.by, Operator.IS, key), f"“{key}”一行"
