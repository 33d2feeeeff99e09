"""Numbers that fit together: brackets without gap or overlap, caps that can bind, dates in order."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from vouchers.kernel.money import format_yuan
from vouchers.policy.checks.context import Context
from vouchers.policy.pack.bases import Bounds
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import Path
from vouchers.policy.pack.limits import Cap
from vouchers.policy.pack.rates import Bracket
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.selectors import AmountChoice
from vouchers.policy.pack.values import Quantity, whole


def check_numbers(context: Context) -> Iterator[PackFinding]:
    """Gaps, overlaps, zero limits, falling amounts and dates out of order."""
    amount = context.pack.amount
    for tiers in amount.tiers:
        yield from _check_rows(context, tiers, tiers.rows, place="rows")
    for rate in amount.rates:
        yield from _check_rows(context, rate, rate.brackets, place="brackets")
        if rate.slices == "whole":
            yield from _check_falling(context, rate, rate.brackets)
    for cap in amount.caps:
        yield from _check_cap(context, cap)
    if amount.rounding.to <= 0:
        yield context.finding(amount.rounding, "zero-step", "取整单位不能是 0", mend="写成“1 分”“1 元”等", at=("to",))
    yield from _check_dates(context)


def _check_rows(context: Context, rule: Rule, rows: Sequence[Bounds], *, place: str) -> Iterator[PackFinding]:
    if not rows:
        return
    if rows[0].lowest != 0:
        shown = format_yuan(rows[0].lowest)
        yield context.finding(rule, "gap", f"{shown} 以下没有规定", mend="第一段从“0 元”起", at=(place, 0))
    for position, (row, following) in enumerate(pairwise(rows), start=1):
        yield from _check_pair(context, rule, row, following, at=(place, position))
    for position, row in enumerate(rows):
        if row.highest is not None and row.highest <= row.lowest:
            message = f"第 {position + 1} 段是空的"
            yield context.finding(rule, "empty-row", message, mend="below 应大于 from", at=(place, position))
    if rows[-1].highest is not None:
        message = f"{format_yuan(rows[-1].highest)} 及以上没有规定"
        yield context.finding(rule, "gap", message, mend="最后一段不写 below", at=(place, len(rows) - 1))


def _check_pair(
    context: Context, rule: Rule, row: Bounds, following: Bounds, *, at: tuple[str, int]
) -> Iterator[PackFinding]:
    mend = "上一段写 below 的，下一段从同一数 from 起；上一段写 to 的，下一段从同一数 above 起"
    if row.highest is None or row.highest > following.lowest:
        message = f"第 {at[1]} 段和第 {at[1] + 1} 段重叠"
        yield context.finding(rule, "overlap", message, mend=mend, at=at)
    elif row.highest < following.lowest:
        message = f"{format_yuan(row.highest)} 至 {format_yuan(following.lowest)} 之间没有规定"
        yield context.finding(rule, "gap", message, mend=mend, at=at)


def _check_falling(context: Context, rule: Rule, rows: Sequence[Bracket]) -> Iterator[PackFinding]:
    for position, (row, following) in enumerate(pairwise(rows), start=1):
        if following.rate < row.rate:
            message = f"基数刚到第 {position + 1} 段时，补贴反而减少"
            mend = "请改为分段累进（slices: marginal），或确认这是规定的本意"
            yield context.finding(rule, "falling", message, mend=mend, at=("brackets", position), warning=True)


def _check_cap(context: Context, cap: Cap) -> Iterator[PackFinding]:
    for at, limit in _limits(cap):
        if whole(limit) <= 0:
            yield context.finding(
                cap, "zero-cap", "上限为 0，谁也得不到", mend="请写大于 0 的金额，或删去这条上限", at=at
            )
    if cap.over == "claim" and cap.per != "once":
        yield context.finding(cap, "cap-period", "单笔上限不分年度", mend="请把 per 写成 once", at=("per",))
    if cap.over in {"applicant", "controller", "scheme"} and cap.per == "once":
        yield context.finding(
            cap, "cap-period", "要写明按年度还是终身", mend="请把 per 写成 calendar-year 或 life", at=("per",)
        )


def _limits(cap: Cap) -> Iterator[tuple[Path, int | Quantity]]:
    """Every limit that a cap states, with its place."""
    choice = cap.limit
    if choice is None:
        return
    if not isinstance(choice, AmountChoice):
        yield ("limit",), choice
        return
    yield from ((("limit", "rows", key), value) for key, value in choice.rows.items())
    yield from ((("limit", "match", place, "then"), row.then) for place, row in enumerate(choice.match))


def _check_dates(context: Context) -> Iterator[PackFinding]:
    pack, document = context.pack, context.document
    yield from _check_periods(context)
    if pack.effective.last < pack.effective.first:
        yield document.finding(("effective",), "date-order", "失效日早于生效日", mend="请核对 effective 的 from 和 to")
    for rule in pack.voucher:
        if rule.valid_until is not None and rule.valid_until < pack.effective.first:
            yield context.finding(
                rule, "date-order", "券在方案生效前就已过期", mend="请核对 valid_until", at=("valid_until",)
            )
    for position, case in enumerate(pack.cases):
        if not pack.effective.first <= pack.case_given(case)[1] <= pack.effective.last:
            yield document.finding(
                ("cases", position, "day"), "date-order", "示例的日期不在方案有效期内", mend="请改 day"
            )


def _check_periods(context: Context) -> Iterator[PackFinding]:
    prorated = [(base, base.prorate, ("prorate",)) for base in context.pack.amount.bases if base.prorate]
    periods: list[tuple[Rule, date | None, date | None, Path]] = [(b, p.first, p.last, at) for b, p, at in prorated]
    periods += [(rule, rule.first, rule.last, ()) for rule in context.pack.process.intakes]
    for rule, first, last, at in periods:
        if first is not None and last is not None and last < first:
            yield context.finding(rule, "date-order", "止日早于起日", mend="请核对 from 和 to", at=(*at, "to"))
        elif first is not None and first > context.pack.effective.last:
            message = "方案失效以后才开始"
            yield context.finding(rule, "date-order", message, mend="请核对 from 和 effective", at=(*at, "from"))
