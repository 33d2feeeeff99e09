"""A simulation and the findings of a register in plain Chinese."""

from collections.abc import Iterator, Sequence

from vouchers.kernel.money import format_yuan
from vouchers.policy.pack.values import UNIT_LABELS
from vouchers.policy.relational.headings import RegisterFinding
from vouchers.policy.relational.outcome import Comparison, RunOut, Share, Simulation
from vouchers.policy.rules.results import RESULT_LABELS, Result

_MARKS = {"error": "错误", "warning": "提示"}
_NONE = "（没有）"


def told_finding(finding: RegisterFinding) -> str:
    """A finding on one line, with the file, the row and the way to mend it."""
    place = f"{finding.file}:{finding.row}" if finding.row else finding.file
    more = f"（这一类共 {finding.total:,} 处）" if finding.total > 1 else ""
    return f"{place}: {_MARKS[finding.level]} {finding.message}{more}。{finding.mend}"


def told_simulation(found: Simulation) -> Iterator[str]:
    """Everything a simulation says."""
    yield f"{found.pack} 第 {found.version} 版，券种 {found.kind}，按 {found.on} 判断"
    yield f"登记册 {found.register}，共 {found.rows:,} 户"
    for result in Result:
        number = found.results.get(result, 0)
        yield f"  {RESULT_LABELS[result]}　{number:,} 户（{_percent(number, found.rows)}）"
    yield f"可申领合计　{_money(found.amount, found.unit)}"
    yield ""
    yield "在哪一条落选（先遇到的一条／只看这一条／这一条不能判断）："
    for rule in found.rules:
        yield f"  {rule.first:,}／{rule.each:,}／{rule.undecided:,}　{rule.say}（{rule.clause}）"
    if found.missing:
        yield "还不能判断的，缺少："
        yield from (f"  {one.label}（{one.fact}）　{one.rows:,} 户" for one in found.missing)
    titles = (("层级", found.tiers), ("地区", found.districts), ("企业规模", found.sizes), ("起作用的上限", found.caps))
    for title, shares in titles:
        yield from _shares(title, shares, found.unit)
    if found.run_out is not None:
        yield ""
        yield _run_out(found.run_out)
    if found.against is not None:
        yield ""
        yield from _against(found.against, found.unit)


def _shares(title: str, shares: Sequence[Share], unit: str) -> Iterator[str]:
    if any(share.key for share in shares):
        yield f"可申领的，按{title}："
        yield from (f"  {one.label or _NONE}　{one.cases:,} 户　{_money(one.amount, unit)}" for one in shares)


def _run_out(found: RunOut) -> str:
    number = f"{found.per_day_thousandths / 1000:g}"
    rate = f"按登记册里的申请日期，每天平均 {number} 件" if found.observed else f"每天 {number} 件"
    if found.on is None:
        return f"预算 {format_yuan(found.budget)}，{rate}：用不完"
    return f"预算 {format_yuan(found.budget)}，{rate}：第 {found.days:,} 天用完，即 {found.on}（按自然日）"


def _against(found: Comparison, unit: str) -> Iterator[str]:
    difference = found.after - found.before
    word = "增加" if difference >= 0 else "减少"
    yield f"与 {found.pack} 第 {found.version} 版相比："
    yield f"  新增可申领 {found.gain:,} 户，不再可申领 {found.lose:,} 户"
    yield f"  金额提高 {found.more:,} 户，金额降低 {found.less:,} 户，不变 {found.same:,} 户"
    before, after, change = (_money(amount, unit) for amount in (found.before, found.after, abs(difference)))
    yield f"  合计由 {before} 变为 {after}，{word} {change}"


def _money(amount: int, unit: str) -> str:
    return f"{amount:,} {UNIT_LABELS[unit]}" if unit in UNIT_LABELS else format_yuan(amount)


def _percent(part: int, whole: int) -> str:
    return f"{part * 1000 // whole / 10:.1f}%" if whole else "0%"
