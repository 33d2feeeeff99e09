"""即领即用: what the rules alone may decide, and what needs a person; a machine says yes, never no."""

from collections.abc import Iterable

from vouchers.applications.rules.asking import AskedDocument
from vouchers.kernel.findings import Finding
from vouchers.policy.rules.results import Decision, Result

_BY_A_PERSON = "提交后由工作人员审核。"


def at_once_findings(decision: Decision, papers: Iterable[AskedDocument]) -> list[Finding]:
    """Why a case is not decided by the rules alone: anything open, anything left to judgement, any paper to read."""
    findings = []
    if decision.result is not Result.ELIGIBLE:
        message = "还有条件不能由系统直接判定。"
        findings.append(Finding("rules-open", message, way=_BY_A_PERSON))
    if decision.amount is None or not decision.amount.maximum:
        findings.append(Finding("no-amount", "按现有信息算不出金额。", way=_BY_A_PERSON))
    elif decision.amount.up_to:
        message = "方案写的是“不超过”，金额由审核人员在上限内核定。"
        findings.append(Finding("amount-left-open", message, way=_BY_A_PERSON))
    findings += [
        Finding("paper-to-read", "材料“{name}”须由工作人员核对。", {"name": one.name}, _BY_A_PERSON, clause=one.clause)
        for one in papers
        if one.is_required
    ]
    return findings
