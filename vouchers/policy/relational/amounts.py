"""How much, on every row: the steps of `policy.rules.amount` as columns of exact whole numbers."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import ibis

from vouchers.policy.relational.basis import Exact, worked_base
from vouchers.policy.relational.columns import column_of
from vouchers.policy.relational.conditions import NO, YES
from vouchers.policy.relational.sheet import Sheet, choose, some, tier_of
from vouchers.policy.relational.whole import Whole, fixed, held, rounded_to
from vouchers.policy.rules.amount_plan import Count, Limit, Share, Slice
from vouchers.policy.rules.eligibility import TypedCondition


class Lifting(NamedTuple):
    """Conditions that the plan holds only as closures: of bonuses, and of who may have a cap lifted, by rule."""

    bonuses: dict[str, TypedCondition]
    caps: dict[str, TypedCondition]


@dataclass(frozen=True, slots=True)
class Amount:
    """The columns of an amount: NULL while facts are missing; `refused` names the rule that refuses, or is NULL."""

    maximum: Whole
    binding: Any
    tier: Any
    refused: Any
    is_missing: Any
    is_unknown: Any


def work_out(sheet: Sheet, conditions: Lifting) -> Amount:
    """The maximum of every row."""
    plan = sheet.plan
    tier = tier_of(sheet)
    base = Exact(fixed(0), fixed(1)) if plan.base is None else worked_base(sheet, plan.base)
    selector = plan.share.rate or plan.share.lump
    chosen = None if selector is None else choose(sheet, selector, tier)
    product, refusals = _product(sheet, base, chosen, conditions)
    counted = [
        (
            one.rule,
            sheet.money(one.granted).reaches(fixed(one.most)) & ~_lifted(sheet, one, conditions) & ~_over(sheet, one),
        )
        for one in plan.counts
    ]
    room, binding, unfit = _room(sheet, base, tier, conditions)
    others = [(rule, sheet.money(fact), difference) for rule, fact, difference in plan.higher]
    amount, binding, later = _settled(sheet, product, room, binding, others=others)
    refusals = [*counted, *((plan.share.rule, refusal) for refusal in refusals), *unfit, *later]
    return _told(sheet, amount, binding, tier, refusals=refusals)


def _told(sheet: Sheet, amount: Whole, binding: Any, tier: Any, *, refusals: list[tuple[Any, Any]]) -> Amount:
    lacking = some([missing for _, missing in sheet.missing])
    unknown = some([missing for name, missing in sheet.missing if name not in sheet.plan.judged])
    lacking, unknown = sheet.keep_all([lacking, unknown])
    nothing = ibis.null("string")
    refused = nothing
    if refusals:
        branches = [(refusal.fill_null(NO), rule) for rule, refusal in refusals]
        refused = sheet.keep(ibis.ifelse(lacking, nothing, ibis.cases(*branches, else_=nothing)))
    whole = held(amount, amount.most)
    maximum = ibis.ifelse(lacking, ibis.null(whole.type()), ibis.ifelse(refused.isnull(), whole, 0))
    binds = ibis.ifelse(lacking | refused.notnull(), nothing, binding)
    return Amount(Whole(maximum, amount.most), binds, tier, refused, lacking, unknown)


def _product(sheet: Sheet, base: Exact, chosen: Whole | None, conditions: Lifting) -> tuple[Exact, list[Any]]:
    """The amount before caps as an exact quotient, and where the rule of the rate refuses."""
    share = sheet.plan.share
    within, refusals = _activated(share, base)
    if share.lump is not None and chosen is not None:
        value = sheet.keep_whole(chosen)
        return Exact(value, fixed(1)), [*refusals, value.value.isnull()]
    if share.per_unit is not None:
        return Exact(within.num * fixed(share.per_unit), within.den), refusals
    rated, lacks_row = _rated(sheet, share, within, chosen, conditions=conditions)
    return rated, [*refusals, *lacks_row]


def _activated(share: Share, base: Exact) -> tuple[Exact, list[Any]]:
    """The base from the threshold on, and where it lies below."""
    threshold = share.threshold
    if threshold is None:
        return base, []
    least = fixed(threshold.least) * base.den
    is_met = base.num.reaches(least) if threshold.counts else base.num.exceeds(least)
    return (Exact(base.num.above(least), base.den) if threshold.excess else base), [~is_met]


def _rated(
    sheet: Sheet, share: Share, base: Exact, chosen: Whole | None, *, conditions: Lifting
) -> tuple[Exact, list[Any]]:
    plan = sheet.plan
    base = Exact(sheet.keep_whole(base.num), base.den)
    rate, sliced = _rate(share, chosen, base), _sliced(share, base)
    rate = sheet.keep_whole(rate)
    refusals = [rate.value.isnull()]
    for rule, add, _ in plan.bonuses:
        holds = sheet.truth(conditions.bonuses[rule]).holds.fill_null(NO)
        rate = rate + fixed(add).where(holds, fixed(0))
    product = base.num * rate + sliced
    if plan.ceiling is not None:
        product = product.least(base.num * fixed(plan.ceiling[1]))
    return Exact(sheet.keep_whole(product), base.den * fixed(plan.whole)), refusals


def _rate(share: Share, chosen: Whole | None, base: Exact) -> Whole:
    if not share.slices:
        return chosen or fixed(0)
    if share.marginal:
        return fixed(0)
    branches = [(_reaches(one, base), fixed(one.rate).value) for one in share.slices]
    return Whole(ibis.cases(*branches, else_=ibis.null("int64")), max(one.rate for one in share.slices))


def _reaches(one: Slice, base: Exact) -> Any:
    """Whether the base does not go beyond the slice; slices are tried in order."""
    if one.end is None:
        return YES
    end = fixed(one.end) * base.den
    return end.reaches(base.num) if one.end_counts else end.exceeds(base.num)


def _sliced(share: Share, base: Exact) -> Whole:
    total = fixed(0)
    for one in share.slices if share.marginal else ():
        end = base.num if one.end is None else base.num.least(fixed(one.end) * base.den)
        total = total + end.above(fixed(one.start) * base.den) * fixed(one.rate)
    return total


def _room(sheet: Sheet, base: Exact, tier: Any, conditions: Lifting) -> tuple[Whole | None, Any, list[tuple[str, Any]]]:
    """The least room that any cap leaves, and the first cap that leaves no more; NULL where every cap is lifted.

    And by rule, where a cap has no limit for such a case.
    """
    plan, rooms, unfit = sheet.plan, [], []
    for limit in plan.limits:
        most = choose(sheet, limit.most, tier)
        lifted = _lifted(sheet, limit, conditions)
        if limit.most.flat is None:
            unfit.append((limit.rule, most.value.isnull() & ~lifted))
        most = Whole(most.value.fill_null(0), most.most)
        room = most.above(sheet.money(limit.granted)) if limit.granted else most
        rooms.append((limit.rule, room, lifted))
    for rule, share, other in plan.shares:
        most = base.num * fixed(share) // (base.den * fixed(plan.whole))
        rooms.append((rule, most.above(sheet.money(other)), NO))
    if not rooms:
        return None, ibis.null("string"), []
    highest = max(room.most for _, room, _ in rooms)
    kept = sheet.keep_all(
        [ibis.ifelse(lifted, ibis.null(held(room, highest).type()), held(room, highest)) for _, room, lifted in rooms]
    )
    least = sheet.keep(ibis.least(*kept)) if len(kept) > 1 else kept[0]
    branches = [(room == least, ibis.literal(rule)) for (rule, _, _), room in zip(rooms, kept, strict=True)]
    return Whole(least, highest), ibis.cases(*branches, else_=ibis.null("string")), unfit


def _lifted(sheet: Sheet, limit: Limit | Count, conditions: Lifting) -> Any:
    """Whether a reviewer lifted a cap that may be lifted in this case."""
    if not limit.lifted:
        return NO
    lifted = sheet.table[column_of(limit.lifted)].fill_null(NO)
    when = conditions.caps.get(limit.rule)
    return lifted if when is None else lifted & sheet.truth(when).holds.fill_null(NO)


def _over(sheet: Sheet, count: Count) -> Any:
    """Whether the contract or year was counted over the cap before."""
    return sheet.table[column_of(count.over)].fill_null(NO) if count.over else NO


def _settled(
    sheet: Sheet, product: Exact, room: Whole | None, binding: Any, *, others: list[tuple[str, Whole, bool]]
) -> tuple[Whole, Any, list[tuple[Any, Any]]]:
    """Rounded, held under every cap, compared with other support, and tested against the floor."""
    plan = sheet.plan
    _, step, mode = plan.rounding
    amount = rounded_to(sheet.keep_whole, product.num, product.den, step=step, mode=mode)
    if room is not None:
        is_bound = sheet.keep(amount.exceeds(room).fill_null(NO))
        binding = sheet.keep(ibis.ifelse(is_bound, binding, ibis.null("string")))
        amount = _down(room, step).where(is_bound, amount)
    if plan.sheet is not None:
        amount = _down(amount, plan.sheet[1])
    amount = sheet.keep_whole(amount)
    refusals: list[tuple[Any, Any]] = []
    for rule, other, difference in others:
        is_higher = amount.exceeds(other)
        refusals.append((rule, ~is_higher))
        if difference:
            amount = sheet.keep_whole(_down(amount.above(other), step).where(is_higher, amount))
    if plan.floor is not None:
        refusals.append((plan.floor[0], ~amount.reaches(fixed(plan.floor[1]))))
    if plan.may_be_used_up and room is not None:
        refusals.append((binding, binding.notnull() & (room.value == 0)))
    return amount, binding, refusals


def _down(amount: Whole, step: int) -> Whole:
    """The amount without what does not fill a step."""
    return amount if step == 1 else amount // fixed(step) * fixed(step)
