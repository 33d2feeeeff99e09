"""What is asked again after the approval: why a case that was good then does not pass now."""

from collections.abc import Iterator, Mapping

from vouchers.kernel.findings import Finding
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.eligibility import FAIL, PASS, REVIEW
from vouchers.policy.rules.results import ConditionResult, Decision

ASKED_AGAIN = frozenset({Phase.ISSUE, Phase.PAYMENT})
_NOT_MET: Mapping[Phase, tuple[str, str]] = {
    Phase.ISSUE: ("发券前再次核对，不符合“{say}”（{seen}）。", "有关事实更正后可以发券，案件和核定金额都保留。"),
    Phase.PAYMENT: ("付款前再次核对，不符合“{say}”（{seen}）。", "有关事实更正后可以列入下一批，款项仍然应付。"),
}
_NOT_KNOWN: Mapping[Phase, tuple[str, str]] = {
    Phase.ISSUE: ("发券前再次核对，还不能确定“{say}”（{seen}）。", "请先登记这项事实，案件和核定金额都保留。"),
    Phase.PAYMENT: ("付款前再次核对，还不能确定“{say}”（{seen}）。", "请先登记这项事实，款项仍然应付。"),
}


def stopping(compiled: CompiledPack, decision: Decision) -> list[Finding]:
    """Every condition that does not hold now, with what was seen, its clause and the way to mend it.

    What is not known stops as well: nothing is issued or paid on a guess.
    """
    return [
        _finding(compiled, decision.phase, condition)
        for condition in decision.conditions
        if condition.outcome is not PASS
    ]


def _finding(compiled: CompiledPack, phase: Phase, condition: ConditionResult) -> Finding:
    message, way = (_NOT_MET if condition.outcome is FAIL else _NOT_KNOWN)[phase]
    rule = compiled.pack.rule(condition.id)
    params = {"say": rule.say if rule else condition.id, "seen": "；".join(_seen(compiled, condition))}
    return Finding(f"again.{condition.id}", message, params, way, clause=condition.clause)


def _seen(compiled: CompiledPack, condition: ConditionResult) -> Iterator[str]:
    """The facts that the condition read, as people read them; those that nobody told by their names."""
    told = {change["fact"] for way in condition.change for change in way} | set(condition.seen)
    for name in sorted(told):
        fact = compiled.vocabulary[name]
        if name in condition.seen:
            yield f"{fact.label}：{fact.shown(fact.read(condition.seen[name]))}"
        else:
            yield f"{fact.label}：{'待审核认定' if condition.outcome is REVIEW else '未登记'}"
