"""Decisions about public notices: how long, what may be shown, until when one may object."""

from dataclasses import dataclass
from datetime import date, timedelta

from vouchers.kernel.findings import Finding
from vouchers.kernel.workdays import WorkCalendar
from vouchers.policy.pack.intake import ObjectionRule

OBJECTION_TRIES = 10
OBJECTION_HOURS = timedelta(hours=1)
"""How often one address may object in how long: a guard against flooding, not a rule of law."""


def last_day(calendar: WorkCalendar, opens_on: date, working_days: int) -> tuple[date, bool]:
    """The last day of a notice of so many working days, and whether that day is provisional.

    >>> last_day(WorkCalendar(frozenset({2026})), date(2026, 3, 18), 5)
    (datetime.date(2026, 3, 25), False)
    """
    deadline = calendar.after(opens_on, working_days)
    return deadline.day, deadline.is_provisional


def public_name(name: str, *, is_natural_person: bool) -> str:
    """The name as everybody may read it: organisations in full, natural persons masked.

    >>> public_name("渝算科技有限公司", is_natural_person=False), public_name("王小明", is_natural_person=True)
    ('渝算科技有限公司', '王*明')
    """
    if not is_natural_person:
        return name
    middle = "*" * max(1, len(name) - 2)
    return f"{name[:1]}{middle}{name[2:][-1:]}"


@dataclass(frozen=True, slots=True)
class ObjectionTerm:
    """Until when an objection to an entry is taken, whose term that is, and in how many working days it is answered."""

    last: date
    clause: str = ""  # empty: the pack is silent, and the days of the notice are this system's own setting
    answer_within: int | None = None


def objection_term(
    calendar: WorkCalendar, days: tuple[date, date], rule: ObjectionRule | None, *, clause: str
) -> ObjectionTerm:
    """The term of a notice of these first and last days: the pack's where it states one, never beyond the notice.

    >>> objection_term(WorkCalendar(frozenset({2026})), (date(2026, 3, 18), date(2026, 3, 25)), None, clause="").last
    datetime.date(2026, 3, 25)
    """
    opens_on, closes_on = days
    if rule is None:
        return ObjectionTerm(closes_on)
    last = calendar.after(opens_on, rule.lodge_within).day
    return ObjectionTerm(min(last, closes_on), clause, rule.answer_within)


def answer_due(calendar: WorkCalendar, lodged_on: date, term: ObjectionTerm) -> date | None:
    """The last day to answer an objection, where the pack sets one."""
    return None if term.answer_within is None else calendar.after(lodged_on, term.answer_within).day


def objection_findings(closes_on: date, on: date, *, is_open: bool, term: ObjectionTerm | None = None) -> list[Finding]:
    """Why no objection is taken any more: the notice is over, or the pack's own term."""
    if is_open and on <= closes_on:
        if term is None or on <= term.last:
            return []
        message = "按本方案，异议应在 {day} 前（含当日）提出，现已超过。"
        params = {"day": term.last.isoformat()}
        way = "对结果有不同意见的，可以向主管部门反映或依法申请行政复议。"
        return [Finding("objection-late", message, params, way, clause=term.clause)]
    params = {"day": closes_on.isoformat()}
    way = "对结果有不同意见的，可以向主管部门反映或依法申请行政复议。"
    return [Finding("notice-over", "公示已于 {day} 期满，不再接收异议。", params, way)]


def selection_findings(count: int, days: set[int | None]) -> list[Finding]:
    """Why these cases cannot stand in one notice."""
    findings = []
    if not count:
        findings.append(Finding("notice-empty", "没有选择案件。", way="请至少选择一件拟支持的案件。", field="cases"))
    if None in days:
        message = "所选案件中有的方案不要求公示。"
        findings.append(Finding("notice-not-wanted", message, way="请直接批复这些案件。", field="cases"))
    if len(days - {None}) > 1:
        message = "所选案件的公示天数不同。"
        findings.append(Finding("notice-days-differ", message, way="请按方案版本分开公示。", field="cases"))
    return findings


def open_objections_finding(numbers: list[str]) -> list[Finding]:
    """Cases whose objections are not settled cannot be approved."""
    if not numbers:
        return []
    params = {"numbers": "、".join(numbers)}
    message = "{numbers} 还有没有处理完的异议，不能批复。"
    return [Finding("objection-open", message, params, "请先处理异议。")]
