"""Why an application cannot go on yet: all reasons at once, each with the way to mend it (一次性告知)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from vouchers.applications.rules.asking import AskedDocument, AskedFact
from vouchers.kernel.findings import Finding
from vouchers.policy.pack.measure import Measure
from vouchers.policy.rules.eligibility import Outcome
from vouchers.policy.rules.naming import NAMING
from vouchers.policy.rules.results import Decision, Result

_MONEY = Measure()
_OF_LEDGER = ("granted:", "counted:")


def window_findings(opens_at: datetime, at: datetime, *, has_closed: bool, may_prepare: bool = False) -> list[Finding]:
    """Why a window takes no application now; `may_prepare` lets one be made ready before the hour."""
    if has_closed:
        message = "这个申报窗口已经截止。"
        return [Finding("window-closed", message, way="草稿会保留，请等待下一批窗口开放后重新申领。")]
    if at < opens_at and not may_prepare:
        return [Finding("window-not-yet", "这个申报窗口还没有开放。", way="请在开放日之后办理。")]
    return []


def release_findings(left: int | None) -> list[Finding]:
    """Why a window that frees a number of vouchers at an hour takes no further application; None: it frees no number.

    >>> [one.code for one in release_findings(0)], release_findings(1), release_findings(None)
    (['all-taken'], [], [])
    """
    if left is None or left > 0:
        return []
    return [Finding("all-taken", "这一批券已经放完。", way="草稿会保留；有人退出时会再放出，也请留意下一批。")]


def list_findings(names: Collection[str], listed: Collection[str], *, say: str, clause: str) -> list[Finding]:
    """Why an enterprise may not apply in a window that the pack keeps to a list of names.

    >>> [one.code for one in list_findings({"甲公司"}, {"乙公司"}, say="首批", clause="第五条")]
    ['not-on-the-list']
    >>> list_findings({"甲公司", "旧名公司"}, {"旧名公司"}, say="首批", clause="第五条")
    []
    """
    if not set(names).isdisjoint(listed):
        return []
    way = "名单有误的，请联系主管部门更正名单；单位更名未登记的，请先更正单位名称。"
    return [Finding("not-on-the-list", "这个窗口只受理名单“{say}”内的单位。", {"say": say}, way, clause=clause)]


def missing_facts(decision: Decision, asked: Iterable[AskedFact]) -> list[AskedFact]:
    """The facts without which there is no answer: the shortest way out of each "cannot tell", and the base."""
    wanted = set() if decision.amount is None else set(decision.amount.missing)
    if any(name.startswith(_OF_LEDGER) for name in wanted):  # the ledger knows all but what is not named yet
        wanted |= NAMING
    for condition in decision.conditions:
        if condition.outcome is Outcome.UNKNOWN and condition.change:
            wanted |= {change["fact"] for change in condition.change[0] if change["action"] == "supply"}
    return [one for one in asked if one.fact.name in wanted]


def completeness_findings(
    decision: Decision, asked: Sequence[AskedFact], documents: Sequence[AskedDocument], given: Collection[str]
) -> list[Finding]:
    """Everything that is still to be filled in or uploaded."""
    facts = [
        Finding(
            "fact-missing",
            "还缺“{label}”。",
            {"label": one.fact.label},
            "请在“申请内容”里填写。",
            clause=one.clauses[0] if one.clauses else "",
            field=one.fact.name,
        )
        for one in missing_facts(decision, asked)
    ]
    return facts + document_findings(documents, given)


def document_findings(documents: Sequence[AskedDocument], given: Collection[str]) -> list[Finding]:
    """Required documents that are not there."""
    return [
        Finding(
            "document-missing", "还缺材料“{name}”。", {"name": one.name}, "请上传。", clause=one.clause, field=one.id
        )
        for one in documents
        if one.is_required and one.id not in given
    ]


def decision_findings(decision: Decision) -> list[Finding]:
    """Why the answer of the rules keeps the application from being handed in: a no, or nothing to be had."""
    if decision.result is Result.INELIGIBLE:
        message = "有 {count} 条规则不符合，现在不能提交。"
        way = "请对照检查结果里“怎样会变”一行修改；认为系统读到的信息有误的，请先更正单位资料。"
        return [Finding("not-eligible", message, {"count": len(decision.refused_by)}, way)]
    if decision.amount is not None and decision.amount.maximum == 0:
        return [Finding("nothing-to-grant", "按现有信息可申领金额为零。", way="请核对金额和已用额度。")]
    return []


def requested_findings(
    requested: int, computed: int, most: int, *, soft: str = "", has_reason: bool = False, measure: Measure = _MONEY
) -> list[Finding]:
    """Whether the applicant asks for more than the rules give, or than a soft cap (`soft`) gives without a reason.

    `most` is what could be had with every soft cap lifted; amounts in fen.
    """
    if requested <= computed or (requested <= most and has_reason):
        return []
    params = {"requested": measure.said(requested), "computed": measure.said(computed)}
    if requested <= most:
        params["cap"] = soft
        message = "申请金额 {requested} 超过“{cap}”，没有写明申请放宽的理由。"
        way = "请写明理由，或改到 {computed} 以内。"
        return [Finding("lift-reason-missing", message, params, way, field="lift_reason")]
    params["computed"] = measure.said(most)
    message = "申请金额 {requested} 高于可申领上限 {computed}。"
    return [Finding("requested-too-high", message, params, "请改到上限以内，或留空按上限申请。", field="requested")]


def scope_findings(names: Iterable[str], opened: Collection[str], *, field_names: dict[str, str]) -> list[Finding]:
    """Changes outside what a correction opened."""
    return [
        Finding(
            "not-opened",
            "“{name}”不在本次补正范围内，没有修改。",
            {"name": field_names.get(name, name)},
            "只需修改补正通知列出的内容。",
            field=name,
        )
        for name in names
        if name not in opened
    ]
