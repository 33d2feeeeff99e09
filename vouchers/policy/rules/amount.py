"""How much: base, rate, bonuses, caps, floor and rounding, in whole numbers, with every step and the binding cap."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from vouchers.kernel.money import RoundingMode
from vouchers.policy.rules.amount_plan import AmountPlan, RateTable
from vouchers.policy.rules.eligibility import PASS
from vouchers.policy.rules.facts import Facts


class Step(NamedTuple):
    """One step of the calculation: what was done, by which rule, the amount in fen, and two details to show."""

    code: str
    rule: str
    fen: int | None
    first: Any = None
    second: Any = None


class Worked(NamedTuple):
    """An amount worked out: the maximum in fen (None while a fact is missing), and how it came about."""

    maximum: int | None
    binding: str
    tier: str
    steps: list[Step]
    missing: list[str]
    refused: str


class _Sheet(NamedTuple):
    """What is worked on: the plan, the facts, the day, the tier, and what was noted so far."""

    plan: AmountPlan
    facts: Facts
    on: date
    tier: str
    steps: list[Step]
    missing: list[str]


def work_out(plan: AmountPlan, facts: Facts, on: date) -> Worked:
    """The maximum and every step to it."""
    steps: list[Step] = []
    sheet = _Sheet(plan, facts, on, _tier(plan, facts, steps), steps, [])
    base = _base(sheet)
    chosen = _chosen(sheet, plan.rate.by)
    product = None if base is None or sheet.missing else _product(sheet, base, chosen)
    room, binding = _room(sheet, base or 0)
    if sheet.missing:
        return Worked(None, "", sheet.tier, steps, sheet.missing, "")
    if product is None:
        return Worked(0, "", sheet.tier, steps, sheet.missing, plan.rate.rule)
    return _settled(sheet, product, room, binding)


def rounded_ratio(numerator: int, denominator: int, mode: RoundingMode) -> int:
    """A non-negative ratio as a whole number, rounded by the mode.

    >>> [rounded_ratio(5, 2, mode) for mode in RoundingMode]
    [2, 3, 2]
    """
    whole, rest = divmod(numerator, denominator)
    if not rest or mode is RoundingMode.DOWN:
        return whole
    doubled = 2 * rest
    if doubled == denominator:
        return whole + (1 if mode is RoundingMode.HALF_UP else whole % 2)
    return whole + (doubled > denominator)


def _tier(plan: AmountPlan, facts: Facts, steps: list[Step]) -> str:
    tier: Any = facts.get("tier")
    if tier is None:
        by: Any = facts.get(plan.tiers.by)
        position = bisect_right(plan.tiers.starts, by) - 1 if by is not None else -1
        if position < 0:
            return ""
        tier = plan.tiers.keys[position]
    steps.append(Step("tier", plan.tiers.rule, None, tier))
    return str(tier)


def _base(sheet: _Sheet) -> int | None:
    plan, facts, steps = sheet.plan, sheet.facts, sheet.steps
    total: Any = facts.get(plan.base)
    if total is None:
        sheet.missing.append(plan.base)
    else:
        steps.append(Step("base", plan.base_rule, total, plan.base))
    for name in plan.less:
        taken: Any = facts.get(name)
        if taken is None:
            sheet.missing.append(name)
        elif total is not None:
            steps.append(Step("less", plan.base_rule, -taken, name))
            total = max(0, total - taken)
    if plan.less and total is not None:
        steps.append(Step("base-total", plan.base_rule, total))
    return None if total is None else int(total)


def _chosen(sheet: _Sheet, by: str) -> object:
    """What a row is chosen by; a missing fact is noted."""
    if not by:
        return None
    chosen = (sheet.tier or None) if by == "tier" else sheet.facts.get(by)
    if chosen is None:
        sheet.missing.append(sheet.plan.tiers.by if by == "tier" else by)
    return chosen


def _product(sheet: _Sheet, base: int, chosen: object) -> int | None:
    """The amount before caps, as a whole number over `plan.whole`; None when no rate fits."""
    plan, steps = sheet.plan, sheet.steps
    sliced, rate = _sliced(plan.rate, base), _rate(plan.rate, chosen, base)
    steps.append(Step("rate", plan.rate.rule, sliced // plan.whole if sliced else None, rate, chosen))
    if rate is None:
        return None
    for rule, add, test in plan.bonuses:
        outcome = test(sheet.facts, sheet.on)
        steps.append(Step("bonus", rule, None, add, outcome))
        if outcome is PASS:
            rate += add
    product = base * rate + sliced
    if plan.ceiling is not None:
        rule, most = plan.ceiling
        steps.append(Step("ceiling", rule, None, most, product > base * most))
        product = min(product, base * most)
    steps.append(Step("product", plan.rate.rule, product // plan.whole))
    return product


def _rate(table: RateTable, chosen: object, base: int) -> int | None:
    if not table.brackets:
        return table.rows.get(chosen)
    if table.marginal:
        return 0  # the slices are summed by themselves
    fitting = (rate for start, below, rate in table.brackets if start <= base and (below is None or base < below))
    return next(fitting, None)


def _sliced(table: RateTable, base: int) -> int:
    if not table.marginal:
        return 0
    slices = ((start, base if below is None else min(below, base), rate) for start, below, rate in table.brackets)
    return sum((end - start) * rate for start, end, rate in slices if end > start)


def _room(sheet: _Sheet, base: int) -> tuple[int | None, str]:
    """The least room that any cap leaves, and that cap; every cap leaves a step."""
    least, binding = None, ""
    for rule, most, granted in _caps(sheet, base):
        used: Any = sheet.facts.get(granted) if granted else 0
        if used is None:
            sheet.missing.append(granted)
            continue
        room = max(0, most - used)
        sheet.steps.append(Step("cap", rule, room, most, used))
        if least is None or room < least:
            least, binding = room, rule
    return least, binding


def _caps(sheet: _Sheet, base: int) -> Iterator[tuple[str, int, str]]:
    plan = sheet.plan
    for limit in plan.limits:
        most = limit.rows.get(_chosen(sheet, limit.by), 0) if limit.by else limit.flat
        yield limit.rule, most, limit.granted
    for rule, share, other in plan.shares:
        yield rule, base * share // plan.whole, other


def _settled(sheet: _Sheet, product: int, room: int | None, binding: str) -> Worked:
    """Rounded, held under every cap, and tested against the floor."""
    plan, steps, refused = sheet.plan, sheet.steps, ""
    rule, step, mode = plan.rounding
    amount = rounded_ratio(product, plan.whole * step, mode) * step
    if room is not None and amount > room:
        amount = room // step * step
    else:
        binding = ""
    steps.append(Step("rounding", rule, amount, step, mode))
    if plan.floor is not None:
        rule, least = plan.floor
        steps.append(Step("floor", rule, least, amount >= least))
        if amount < least:
            amount, binding, refused = 0, "", rule
    return Worked(amount, binding, sheet.tier, steps, sheet.missing, refused)
