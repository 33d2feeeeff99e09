"""Decisions about lists of candidates: rows that name nobody, days that do not fit, who may release."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from vouchers.kernel.findings import Finding
from vouchers.kernel.identifiers import normalise, uscc_problem

MOST_ROWS = 20_000
"""Enterprises on one list: what one person can look through, and one transaction can write."""
MOST_SHOWN = 50
"""Row findings that are kept of one register."""
_LONGEST_NAME = 200

SAME_PERSON = Finding(
    "same-person", "上传登记册的人不能发布由它算出的名单。", way="请由另一位政策专员登录后核对并发布。"
)


def day_findings(as_of: date, expires_on: date, *, on: date, closes_on: date) -> list[Finding]:
    """Whether the register's day and the last day to answer can be.

    >>> [one.code for one in day_findings(date(2026, 3, 1), date(2026, 3, 31), on=date(2026, 3, 18),
    ...     closes_on=date(2026, 4, 30))]
    []
    """
    findings = []
    if as_of > on:
        findings.append(
            Finding("register-of-tomorrow", "登记册的日期在今天之后。", way="请填写数据截止的那一天。", field="as_of")
        )
    if expires_on <= on:
        message, way = "确认期限应在今天之后。", "请给企业留出确认的时间。"
        findings.append(Finding("expires-too-soon", message, way=way, field="expires_on"))
    if expires_on > closes_on:
        message, params = "确认期限超出窗口的截止日（{last}）。", {"last": closes_on.isoformat()}
        findings.append(Finding("expires-beyond", message, params, "请改到截止日以内。", field="expires_on"))
    return findings


def row_findings(rows: Iterable[tuple[int, str, str]]) -> Iterator[dict[str, Any]]:
    """What is wrong with the keys of rows (row, USCC, name), as it is kept with the list.

    >>> [one["message"] for one in row_findings([(2, "", "甲公司")])]
    ['第 2 行没有统一社会信用代码']
    """
    seen: dict[str, int] = {}
    for row, uscc, name in rows:
        number = normalise(uscc)
        if not number:
            yield told(row, "没有统一社会信用代码", "请补上，没有代码的企业不能列入名单")
        elif problem := uscc_problem(number):
            yield told(row, f"的统一社会信用代码“{uscc[:30]}”不对：{problem}", "请与营业执照核对")
        elif number in seen:
            yield told(row, f"与第 {seen[number]} 行是同一个统一社会信用代码", "一户只留一行")
        elif not 0 < len(name.strip()) <= _LONGEST_NAME:
            yield told(row, f"的企业名称是空的，或超过 {_LONGEST_NAME} 字", "请与营业执照核对")
        seen.setdefault(number, row)


def told(row: int, message: str, mend: str) -> dict[str, Any]:
    """A finding on a row of a register as it is kept: 0 where it is about the whole."""
    where = f"第 {row} 行" if row else ""
    return {"row": row, "message": f"{where}{message}", "mend": mend, "total": 1}


def result_tally(found: Mapping[str, int]) -> str:
    """The results of a list in one line of figures, for its event.

    >>> result_tally({"eligible": 2, "ineligible": 1})
    'eligible 2, ineligible 1'
    """
    return ", ".join(f"{name} {number}" for name, number in sorted(found.items()))
