"""How much: base, rate, bonuses, caps, floor and rounding, in whole numbers, with every step and the binding cap."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from typing import Any

from vouchers.policy.rules.amount_plan import AmountPlan, Count, Limit, Share
from vouchers.policy.rules.basis import Exact, worked_base
from vouchers.policy.rules.eligibility import PASS
from vouchers.policy.rules.facts import Facts
from vouchers.policy.rules.rounding import rounded_ratio
from vouchers.policy.rules.selecting import Chosen, choose
from vouchers.policy.rules.sheet import COUNTED_ABOVE, Sheet, Step, Worked


def work_out(plan: AmountPlan, facts: Facts, on: date) -> Worked:
    """The maximum and every step to it."""
    steps: list[Step] = []
    sheet = Sheet(plan, facts, on, _tier(plan, facts, steps), steps, [])
    base = (0, 1) if plan.base is None else worked_base(sheet, plan.base)
    chosen = _chosen(sheet, plan.share)
    product, refused = None, ""
    if base is not None and not sheet.missing:
        product, refused = _product(sheet, base, chosen)
    refused = _counts(sheet) or refused
    room, binding, unfit = _room(sheet, base or (0, 1))
    refused = refused or unfit
    others = [(rule, sheet.money(fact), difference) for rule, fact, difference in plan.higher]
    if sheet.missing:
        return Worked(None, "", sheet.tier, steps, sheet.missing, "")
    if product is None or refused:
        return Worked(0, "", sheet.tier, steps, sheet.missing, refused)
    return _settled(sheet, product, (base or (0, 1))[1], room=room, binding=binding, others=others)


def _tier(plan: AmountPlan, facts: Facts, steps: list[Step]) -> str:
    tier: Any = facts.get("tier")
    if tier is None:
        by: Any = facts.get(plan.tiers.by)
        position = bisect_right(plan.tiers.starts, by) - 1 if by is not None else -1
        if position < 0:
            return ""
        tier = plan.tiers.keys[position]
    if plan.tiers.rule:
        steps.append(Step("tier", plan.tiers.rule, None, tier))
    return str(tier)


def _chosen(sheet: Sheet, share: Share) -> Chosen:
    selector = share.rate or share.lump
    return Chosen(None) if selector is None else choose(sheet, selector)


def _product(sheet: Sheet, base: Exact, chosen: Chosen) -> tuple[int | None, str]:
    """The amount before caps, over `whole` times the base's denominator; or the rule that refuses."""
    share = sheet.plan.share
    within = _activated(sheet, share, base)
    if within is None:
        return None, share.rule
    if share.lump is not None:
        return _lump(sheet, share, chosen, within[1])
    if share.per_unit is not None:
        product = within[0] * share.per_unit * sheet.plan.whole
        sheet.steps.append(Step("per-unit", share.rule, product // (sheet.plan.whole * within[1]), share.per_unit))
        return product, ""
    rated = _rated(sheet, share, within, chosen)
    return rated, share.rule if rated is None else ""


def _activated(sheet: Sheet, share: Share, base: Exact) -> Exact | None:
    """The base from the threshold on; None below it."""
    threshold, (num, den) = share.threshold, base
    if threshold is None:
        return base
    over = num - threshold.least * den
    is_met = over > 0 or (threshold.counts and over == 0)
    sheet.steps.append(Step("activation", share.rule, threshold.least, is_met, threshold.counts, threshold.excess))
    if not is_met:
        return None
    return (over, den) if threshold.excess else base


def _lump(sheet: Sheet, share: Share, chosen: Chosen, den: int) -> tuple[int | None, str]:
    sheet.steps.append(Step("lump", share.rule, chosen.value, chosen.by, chosen.row))
    if chosen.value is None:
        return None, share.rule
    return chosen.value * sheet.plan.whole * den, ""


def _rated(sheet: Sheet, share: Share, base: Exact, chosen: Chosen) -> int | None:
    plan, (num, den) = sheet.plan, base
    sliced, rate = _sliced(share, num, den), _rate(share, chosen, num, den)
    shown = sliced // (plan.whole * den) if sliced else None
    sheet.steps.append(Step("rate", share.rule, shown, rate, chosen.by, chosen.row))
    if rate is None:
        return None
    for rule, add, test in plan.bonuses:
        outcome = test(sheet.facts, sheet.on)
        sheet.steps.append(Step("bonus", rule, None, add, outcome))
        if outcome is PASS:
            rate += add
    product = num * rate + sliced
    if plan.ceiling is not None:
        rule, most = plan.ceiling
        sheet.steps.append(Step("ceiling", rule, None, most, product > num * most))
        product = min(product, num * most)
    if plan.rounds_product:
        _, step, mode = plan.rounding
        product = rounded_ratio(product, plan.whole * den * step, mode) * step * plan.whole * den
    sheet.steps.append(Step("product", share.rule, product // (plan.whole * den)))
    return product


def _rate(share: Share, chosen: Chosen, num: int, den: int) -> int | None:
    if not share.slices:
        return chosen.value
    if share.marginal:
        return 0  # the slices are summed by themselves
    return next((one.rate for one in share.slices if one.reaches(num, den)), None)


def _sliced(share: Share, num: int, den: int) -> int:
    if not share.marginal:
        return 0
    slices = ((one, num if one.end is None else min(one.end * den, num)) for one in share.slices)
    return sum((end - one.start * den) * one.rate for one, end in slices if end > one.start * den)


def _counts(sheet: Sheet) -> str:
    """The first rule on how often that is used up."""
    refused = ""
    for one in sheet.plan.counts:
        used = sheet.money(one.granted)
        if used is not None:
            lift = _lift(sheet, one) if one.lifted else ""
            lift = "over" if one.over and sheet.facts.get(one.over) is True else lift
            sheet.steps.append(Step("count", one.rule, None, one.most, used, lift))
            refused = refused or (one.rule if used >= one.most and lift not in COUNTED_ABOVE else "")
    return refused


def _room(sheet: Sheet, base: Exact) -> tuple[int | None, str, str]:
    """The least room that any cap leaves, and that cap; and the first that has no limit for such a case.

    Every cap leaves a step.
    """
    least, binding, unfit = None, "", ""
    for rule, most, granted, lift in _caps(sheet, base):
        if most is None:
            unfit = unfit or ("" if lift == "lifted" else rule)
            most = 0  # noqa: PLW2901  nothing, should this cap be lifted
        used: Any = sheet.facts.get(granted) if granted else 0
        if used is None:
            sheet.missing.append(granted)
            continue
        room = max(0, most - used)
        sheet.steps.append(Step("cap", rule, room, most, used, lift))
        if lift != "lifted" and (least is None or room < least):
            least, binding = room, rule
    return least, binding, unfit


def _caps(sheet: Sheet, base: Exact) -> Iterator[tuple[str, int | None, str, str]]:
    plan, (num, den) = sheet.plan, base
    for limit in plan.limits:
        most = limit.most.flat
        if most is None:
            most = choose(sheet, limit.most).value
        yield limit.rule, most, limit.granted, _lift(sheet, limit) if limit.lifted else ""
    for rule, share, other in plan.shares:
        yield rule, num * share // (plan.whole * den), other, ""


def _lift(sheet: Sheet, limit: Limit | Count) -> str:
    """Whether a cap may be lifted in this case, and whether a reviewer did."""
    if limit.liftable_when is not None and limit.liftable_when(sheet.facts, sheet.on) is not PASS:
        return ""
    return "lifted" if sheet.facts.get(limit.lifted) is True else "liftable"


def _settled(
    sheet: Sheet, product: int, den: int, *, room: int | None, binding: str, others: list[tuple[str, Any, bool]]
) -> Worked:
    """Rounded, held under every cap, compared with other support, and tested against the floor."""
    plan, steps = sheet.plan, sheet.steps
    rule, step, mode = plan.rounding
    amount = rounded_ratio(product, plan.whole * den * step, mode) * step
    if room is not None and amount > room:
        amount = room // step * step
    else:
        binding = ""
    steps.append(Step("rounding", rule, amount, step, mode))
    if plan.sheet is not None:
        rule, face = plan.sheet
        amount = amount // face * face
        steps.append(Step("sheets", rule, amount, amount // face, face))
    amount, refused = _higher(sheet, amount, others)
    if plan.floor is not None:
        rule, least = plan.floor
        steps.append(Step("floor", rule, least, amount >= least))
        if amount < least:
            refused = refused or rule
    if plan.may_be_used_up and binding and room == 0:
        refused = refused or binding
    if refused:
        amount, binding = 0, ""
    return Worked(amount, binding, sheet.tier, steps, sheet.missing, refused)


def _higher(sheet: Sheet, amount: int, others: list[tuple[str, Any, bool]]) -> tuple[int, str]:
    """What is left where only the higher of this and another support is paid; or the rule that refuses."""
    refused, step = "", sheet.plan.rounding[1]
    for rule, other, difference in others:
        is_higher = amount > other
        sheet.steps.append(Step("higher", rule, other, is_higher, difference))
        if not is_higher:
            refused = refused or rule
        elif difference:
            amount = (amount - other) // step * step
    return amount, refused
