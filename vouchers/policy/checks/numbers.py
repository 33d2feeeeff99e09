"""Numbers that fit together: brackets without gap or overlap, caps that can bind, dates in order."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from vouchers.kernel.money import format_yuan
from vouchers.policy.checks.context import Context
from vouchers.policy.pack.amounts import Bracket, Cap, Tier, YuanChoice
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.reading import PackFinding


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


def _check_rows(context: Context, rule: Rule, rows: Sequence[Tier | Bracket], *, place: str) -> Iterator[PackFinding]:
    if not rows:
        return
    if rows[0].starts != 0:
        shown = format_yuan(rows[0].starts)
        yield context.finding(rule, "gap", f"{shown} 以下没有规定", mend="第一段从“0 元”起", at=(place, 0))
    for position, (row, following) in enumerate(pairwise(rows), start=1):
        if row.below is None or row.below > following.starts:
            message = f"第 {position} 段和第 {position + 1} 段重叠"
            yield context.finding(
                rule, "overlap", message, mend="上一段的 below 应等于下一段的 from", at=(place, position)
            )
        elif row.below < following.starts:
            message = f"{format_yuan(row.below)} 至 {format_yuan(following.starts)} 之间没有规定"
            yield context.finding(rule, "gap", message, mend="上一段的 below 应等于下一段的 from", at=(place, position))
    for position, row in enumerate(rows):
        if row.below is not None and row.below <= row.starts:
            message = f"第 {position + 1} 段是空的"
            yield context.finding(rule, "empty-row", message, mend="below 应大于 from", at=(place, position))
    if rows[-1].below is not None:
        message = f"{format_yuan(rows[-1].below)} 及以上没有规定"
        yield context.finding(rule, "gap", message, mend="最后一段不写 below", at=(place, len(rows) - 1))


def _check_falling(context: Context, rule: Rule, rows: Sequence[Bracket]) -> Iterator[PackFinding]:
    for position, (row, following) in enumerate(pairwise(rows), start=1):
        if following.rate < row.rate:
            message = f"基数刚到第 {position + 1} 段时，补贴反而减少"
            mend = "请改为分段累进（slices: marginal），或确认这是规定的本意"
            yield context.finding(rule, "falling", message, mend=mend, at=("brackets", position), warning=True)


def _check_cap(context: Context, cap: Cap) -> Iterator[PackFinding]:
    limits = cap.limit.rows if isinstance(cap.limit, YuanChoice) else {"": cap.limit}
    for key, limit in limits.items():
        if limit <= 0:
            at = ("limit", "rows", key) if key else ("limit",)
            yield context.finding(
                cap, "zero-cap", "上限为 0，谁也得不到", mend="请写大于 0 的金额，或删去这条上限", at=at
            )
    if cap.over == "claim" and cap.per != "once":
        yield context.finding(cap, "cap-period", "单笔上限不分年度", mend="请把 per 写成 once", at=("per",))
    if cap.over in {"applicant", "controller", "scheme"} and cap.per == "once":
        yield context.finding(
            cap, "cap-period", "要写明按年度还是终身", mend="请把 per 写成 calendar-year 或 life", at=("per",)
        )


def _check_dates(context: Context) -> Iterator[PackFinding]:
    pack, document = context.pack, context.document
    if pack.effective.last < pack.effective.first:
        yield document.finding(("effective",), "date-order", "失效日早于生效日", mend="请核对 effective 的 from 和 to")
    for rule in pack.voucher:
        if rule.valid_until is not None and rule.valid_until < pack.effective.first:
            yield context.finding(
                rule, "date-order", "券在方案生效前就已过期", mend="请核对 valid_until", at=("valid_until",)
            )
    for position, case in enumerate(pack.cases):
        if not pack.effective.first <= case.day <= pack.effective.last:
            yield document.finding(
                ("cases", position, "day"), "date-order", "示例的日期不在方案有效期内", mend="请改 day"
            )
