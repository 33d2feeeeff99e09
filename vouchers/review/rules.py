"""Decisions about reviewing: who may act on a case, what a verdict needs, whether there is money left to promise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vouchers.accounts.states import LABELS, OfficeKind, Role
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan
from vouchers.parties.rules import tie_findings
from vouchers.parties.states import Tie
from vouchers.policy.pack.measure import Measure
from vouchers.policy.rules.eligibility import Outcome
from vouchers.policy.rules.results import Decision, Result

ROLE_OF = {
    "reviewer": Role.REVIEWER,
    "decider": Role.DECIDER,
    "expert": Role.REVIEWER,
    "third_party": Role.REVIEWER,
}
OFFICE_OF = {
    "lead": OfficeKind.LEAD,
    "finance": OfficeKind.FINANCE,
    "district": OfficeKind.DISTRICT,
    "engaged": OfficeKind.THIRD_PARTY,
}
_MONEY = Measure()
_ANOTHER = "请交由其他同事办理。"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an officer before a case: the seat in use, its scope, and ties to the applicant."""

    role: str
    office: OfficeKind | None
    covers_scheme: bool
    covers_stage: bool
    is_recused: bool
    applicant: str
    ties: tuple[Tie, ...]
    taken_by_other: str = ""
    done_by_own_office: tuple[str, ...] = ()  # names of earlier stages that the pack wants of another office
    office_clause: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """Whom the pack wants in a stage: a role in a kind of office; no office means any."""

    role: Role
    office: OfficeKind | None


def authority_findings(standing: Standing, seat: Seat) -> list[Finding]:
    """Why this officer may not act on the case here and now."""
    findings = []
    if standing.role != seat.role.value:
        params = {"role": LABELS[seat.role]}
        findings.append(Finding("wrong-role", "这一环节由{role}办理。", params, "请由相应岗位的同事登录后办理。"))
    if seat.office is not None and standing.office is not seat.office:
        params = {"office": LABELS[seat.office]}
        findings.append(Finding("wrong-office", "按本方案，这一环节由{office}办理。", params, _ANOTHER))
    if standing.done_by_own_office:
        params = {"stages": "、".join(standing.done_by_own_office)}
        message, way = (
            "本案的{stages}由您所在的机构办理；按本方案，这一环节由另一机构办理。",
            "请交由其他机构的同事办理。",
        )
        findings.append(Finding("same-office", message, params, way, clause=standing.office_clause))
    if not (standing.covers_scheme and standing.covers_stage):
        findings.append(Finding("out-of-scope", "您的任职范围不含这个方案或环节。", way=_ANOTHER))
    if standing.is_recused:
        findings.append(Finding("recused", "您已在本案回避。", way=_ANOTHER))
    findings += tie_findings(standing.ties, standing.applicant)
    if standing.taken_by_other:
        params = {"name": standing.taken_by_other}
        findings.append(Finding("taken", "本案正由{name}办理。", params, "需要改由您办理的，请先接手。"))
    return findings


def reason_findings(reason: str) -> list[Finding]:
    """Every verdict says why."""
    if reason.strip():
        return []
    return [Finding("reason-missing", "没有写理由。", way="请写明理由，申请人会看到。", field="reason")]


def open_judgements(decision: Decision) -> tuple[str, ...]:
    """The facts that a reviewer still has to judge or to record: those of conditions, then those of the amount."""
    wanted = [
        change["fact"]
        for condition in decision.conditions
        if condition.outcome is Outcome.REVIEW
        for way in condition.change
        for change in way
        if change["action"] == "judge"
    ]
    amount = decision.amount.missing if decision.result is Result.REVIEW and decision.amount else ()
    return tuple(dict.fromkeys([*wanted, *amount]))


def pass_findings(decision: Decision) -> list[Finding]:
    """Rules that keep a case from passing: any that is not met."""
    open_ones = [one for one in decision.conditions if one.outcome is not Outcome.PASS]
    if not open_ones:
        return _amount_open(decision)
    clauses = "；".join(one.clause for one in open_ones)
    params: dict[str, str | int] = {"count": len(open_ones), "clauses": clauses}
    message = "还有 {count} 条规则没有符合（{clauses}），不能通过。"
    return [Finding("rules-open", message, params, "请先判断待核的条件，或要求补正、不予通过。", field="verdict")]


def _amount_open(decision: Decision) -> list[Finding]:
    if decision.amount is None or decision.amount.maximum is not None:
        return []
    message, way = "金额还算不出来：核定的基数没有登记。", "请登记核定金额，并在意见里写明依据。"
    return [Finding("amount-open", message, way=way, field="verdict")]


def lift_findings(*, is_open: bool) -> list[Finding]:
    """A stage is not passed while the lifting of a cap waits for a second person."""
    if not is_open:
        return []
    return [Finding("lift-open", "本案有一项放宽还在等第二人决定。", way="请先由另一位工作人员决定，再提交意见。")]


def amount_findings(
    amount: int, most: int, before: int | None, *, may_reduce: bool, reason: str, measure: Measure = _MONEY
) -> list[Finding]:
    """Whether this stage may approve this amount.

    >>> [f.code for f in amount_findings(90, 100, None, may_reduce=False, reason="")]
    ['may-not-reduce']
    """
    if not 0 < amount <= most:
        params = {"most": measure.said(most)}
        message = "核定金额应大于零且不高于计算金额 {most}。"
        return [Finding("amount-outside", message, params, "请修改核定金额。", field="amount")]
    start = most if before is None else before
    if amount == start:
        return []
    if not may_reduce:
        params = {"start": measure.said(start)}
        return [Finding("may-not-reduce", "按本方案，这一环节不能调整金额（现为 {start}）。", params, field="amount")]
    if not reason.strip():
        return [
            Finding("reduction-unexplained", "核定金额有调整，须写明理由。", way="请在理由里说明。", field="reason")
        ]
    return []


def short_layers(left: Mapping[str, int], needed: Mapping[str, int]) -> dict[str, int]:
    """By how much each funding layer is short.

    >>> short_layers({"city": 10}, {"city": 12, "district": 3})
    {'city': 2, 'district': 3}
    """
    return {layer: amount - left.get(layer, 0) for layer, amount in needed.items() if amount > left.get(layer, 0)}


def shortage(amount: int, short: Iterable[int], measure: Measure = _MONEY) -> Finding:
    """The sentence that says that the money to promise has run out."""
    params = {"amount": measure.said(amount), "short": format_yuan(sum(short))}
    message = "可发放规模不足：本件核定 {amount}，扣除已审定未发放的部分后还差 {short}。"
    return Finding("out-of-funds", message, params, "追加规模后可再次审定。", field="if_short")
