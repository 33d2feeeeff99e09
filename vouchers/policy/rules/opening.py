"""When a window may open: as often as the pack says, in its days. Pure: the windows there are come as values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from vouchers.kernel.findings import Finding
from vouchers.kernel.periods import DateRange, add_months

Often = Literal["once", "quarterly", "half-yearly", "yearly", "rolling", "timed-release"]
_MONTHS = {"quarterly": 3, "half-yearly": 6, "yearly": 12}
_EACH = {"quarterly": "每季度", "half-yearly": "每半年", "yearly": "每年"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pack says of the windows of a kind: how often, and in which days (`days`: those of the version as well).

    `first` and `last` are the days that the rule sets of its own; `say` and `clause` name it.
    """

    opens: Often | None
    days: DateRange
    first: date | None = None
    last: date | None = None
    say: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """A window there is: its days, whether it is of this version, whether it takes applications, and had any.

    `was_stopped`: its scheme was stopped, which cut it short.
    """

    title: str
    days: DateRange
    is_own: bool
    is_open: bool
    is_used: bool
    was_stopped: bool = False

    @property
    def counts(self) -> bool:
        """Whether it used up its turn: one that closed before anybody applied did not, nor one that was cut short."""
        return not self.was_stopped and (self.is_open or self.is_used)


def period_of(opens: Often, day: date) -> DateRange:
    """The quarter, half or whole year of a day.

    >>> period_of("quarterly", date(2026, 5, 6))
    DateRange(first=datetime.date(2026, 4, 1), last=datetime.date(2026, 6, 30))
    """
    months = _MONTHS[opens]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return DateRange(first, add_months(first, months) - timedelta(days=1))


def period_name(opens: Often | None, day: date) -> str:
    """The quarter, half or year of a day in words; the year alone where the pack opens windows by no period.

    >>> period_name("quarterly", date(2026, 5, 6)), period_name("half-yearly", date(2026, 7, 1))
    ('2026年第2季度', '2026年下半年')
    """
    if opens == "quarterly":
        return f"{day.year}年第{(day.month + 2) // 3}季度"
    if opens == "half-yearly":
        return f"{day.year}年{'上' if day.month <= _MONTHS[opens] else '下'}半年"
    return f"{day.year}年"


def opening_findings(plan: Plan, wanted: DateRange, rounds: Sequence[Round]) -> list[Finding]:
    """Why a window of these days may not open beside those there are, each with the rule that says so."""
    return [*_outside(plan, wanted), *_too_many(plan, wanted, rounds)]


def proposed(plan: Plan, on: date, rounds: Sequence[Round]) -> DateRange | None:
    """The days of the next window from a day on; None where the pack sets none, or has no turn left."""
    first, last = max(on, plan.days.first), plan.days.last
    if plan.opens in {None, "timed-release"} or last is None or last < first:
        return None
    if plan.opens in _MONTHS:
        while _same_period(plan.opens, first, rounds) is not None:
            first = _next_period(plan.opens, first)
        period = period_of(plan.opens, first)
        return DateRange(first, min(period.last or last, last)) if first <= last else None
    return None if _too_many(plan, DateRange(first, last), rounds) else DateRange(first, last)


def _outside(plan: Plan, wanted: DateRange) -> list[Finding]:
    """Before the first or after the last day that the rule sets, or short of the end where it takes all the year."""
    said, findings = _said(plan), []
    closes, ends = wanted.last or wanted.first, plan.days.last or wanted.first
    if plan.first is not None and wanted.first < plan.first:
        message, way = "{rule}，第一天不能早于 {first}。", "请改为那一天或以后。"
        params = {**said, "first": plan.first.isoformat()}
        findings.append(Finding("intake-before", message, params, way, clause=plan.clause, field="first"))
    if plan.last is not None and closes > plan.last:
        message, way = "{rule}，最后一天不能晚于 {last}。", "请改为那一天或以前。"
        params = {**said, "last": plan.last.isoformat()}
        findings.append(Finding("intake-after", message, params, way, clause=plan.clause, field="last"))
    if plan.opens == "rolling" and closes < ends:
        message, way = "{rule}，窗口应一直开到 {last}。", "请把最后一天改为那一天；要提前结束的，到时关闭窗口。"
        params = {**said, "last": ends.isoformat()}
        findings.append(Finding("rolling-short", message, params, way, clause=plan.clause, field="last"))
    return findings


def _too_many(plan: Plan, wanted: DateRange, rounds: Iterable[Round]) -> list[Finding]:
    """One window too many: for a version, for a quarter, half or year, or beside one that takes applications still."""
    own = [one for one in rounds if one.is_own]
    if plan.opens == "once":
        standing = next((one for one in own if one.counts), None)
        message = "{rule}，这一版只开一个窗口，已有“{title}”（{first} 至 {last}）。"
        way = "那个窗口还没有人申报的，关闭后可以重开；要再受理一次的，发布新的一版。"
    elif plan.opens == "rolling":
        standing = next((one for one in own if one.is_open), None)
        message = "{rule}，同时只开一个窗口，已有“{title}”（{first} 至 {last}）。"
        way = "要改的，先关闭那个窗口再打开。"
    elif plan.opens in _MONTHS:
        standing = _same_period(plan.opens, wanted.first, rounds)
        message = "{rule}，{each}只开一个窗口，{period}已有“{title}”（{first} 至 {last}）。"
        way = "请把第一天改到 {next} 或以后；那个窗口还没有人申报的，也可以关闭后重开。"
    else:
        return []
    if standing is None:
        return []
    params = {**_said(plan), **_days_of(standing), **_period_words(plan.opens, wanted.first)}
    return [Finding("window-too-many", message, params, way, clause=plan.clause, field="first")]


def _same_period(opens: Often | None, day: date, rounds: Iterable[Round]) -> Round | None:
    """The window that used up the turn of a day's quarter, half or year."""
    period = period_of(opens, day) if opens else DateRange(day)
    return next((one for one in rounds if one.counts and one.days.first in period), None)


def _next_period(opens: Often, day: date) -> date:
    return (period_of(opens, day).last or day) + timedelta(days=1)


def _said(plan: Plan) -> dict[str, str]:
    """The rule in its own words, with its clause."""
    return {"rule": f"方案写明“{plan.say}”" + (f"（{plan.clause}）" if plan.clause else "")}


def _days_of(one: Round) -> dict[str, str]:
    return {"title": one.title, "first": str(one.days.first), "last": str(one.days.last)}


def _period_words(opens: Often, day: date) -> dict[str, str]:
    if opens not in _MONTHS:
        return {}
    return {"each": _EACH[opens], "period": period_name(opens, day), "next": str(_next_period(opens, day))}
