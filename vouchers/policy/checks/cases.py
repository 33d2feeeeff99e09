"""The pack's own examples: each decided as stated, and every rule both met and not met by one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from vouchers.policy.checks.context import Context
from vouchers.policy.checks.examples import procedure_of
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.model import Case, PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.values import read_amount, whole
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.eligibility import FAIL, PASS
from vouchers.policy.rules.facts import Facts, read_facts
from vouchers.policy.rules.results import Decision, in_unit

Seen = dict[str, set[bool]]


def check_cases(context: Context, compiled: CompiledPack) -> Iterator[PackFinding]:
    """Cases that come out otherwise than stated, and rules that no case tests both ways."""
    seen: Seen = defaultdict(set)
    for position, case in enumerate(context.pack.cases):
        yield from _check_case(context, compiled, position, case, seen=seen)
    for rule in _tested_rules(context.pack):
        lacking = [word for word, met in (("符合", True), ("不符合", False)) if met not in seen[rule.id]]
        if lacking:
            message = f"规则缺少{'和'.join(lacking)}的示例"
            yield context.finding(rule, "untested-rule", message, mend="请在 cases 里各写一个示例")


def _check_case(
    context: Context, compiled: CompiledPack, position: int, case: Case, *, seen: Seen
) -> Iterator[PackFinding]:
    place = ("cases", position)
    kind_id, day, given = context.pack.case_given(case)
    if all(kind.id != kind_id for kind in context.pack.kinds):
        yield context.document.finding((*place, "kind"), "unknown-kind", f"没有券种“{case.kind}”")
        return
    facts, unfit = read_facts(given, compiled.vocabulary)
    for finding in unfit:
        yield context.document.finding((*place, "given", finding.field), finding.code, finding.text)
    if unfit:
        return
    decision = decide(compiled, kind_id, facts, on=day, phase=Phase(case.at))
    _note(decision, seen)
    for word, stated, found in _differences(context.pack, case, facts, decision):
        message = f"示例“{case.say}”的{word}应为 {stated}，算出 {found}"
        mend = "请核对规则和示例，两者以文件依据为准"
        yield context.document.finding((*place, "then"), "failing-case", message, mend=mend)


def _differences(pack: PolicyPack, case: Case, facts: Facts, decision: Decision) -> Iterator[tuple[str, str, str]]:
    then, amount = case.then, decision.amount
    unit, parts = (amount.unit, amount.parts) if amount else ("", ())
    found = "未算出" if amount is None or amount.maximum is None else in_unit(amount.maximum, unit)
    pairs = [
        ("结论", then.result, decision.result.value),
        (
            "拒绝理由",
            None if then.refused_by is None else "、".join(sorted(then.refused_by)),
            "、".join(sorted(decision.refused_by)),
        ),
        ("层级", then.tier, decision.tier),
        ("金额", None if then.amount is None else _plain(then.amount), found),
        ("分担", _told(then.parts), _told({layer: in_unit(part, unit) for layer, part in parts})),
        ("起作用的上限", then.binding, amount.binding_cap if amount else ""),
        *procedure_of(pack, case, facts),
    ]
    for word, stated, was in pairs:
        if stated is not None and stated != was:
            yield word, stated or "无", was or "无"


def _plain(text: str) -> str:
    amount = read_amount(text)
    return in_unit(whole(amount), "" if isinstance(amount, int) else amount.unit)


def _told(parts: Mapping[str, str] | None) -> str | None:
    if parts is None:
        return None
    return "，".join(f"{layer} {part if '.' in part else _plain(part)}" for layer, part in sorted(parts.items()))


def _note(decision: Decision, seen: Seen) -> None:
    """Which rules this decision met, and which it did not."""
    for condition in decision.conditions:
        if condition.outcome in {PASS, FAIL}:
            seen[condition.id].add(condition.outcome is PASS)
    for step in decision.amount.steps if decision.amount else ():
        if step.code == "bonus" and step.detail["outcome"] in {"pass", "fail"}:
            seen[step.rule].add(step.detail["outcome"] == "pass")
        if step.code in {"cap", "ceiling"}:
            seen[step.rule].add(not step.detail["binding"])
        if step.code in {"floor", "count", "higher", "activation"}:
            seen[step.rule].add(step.detail["met"])


def _tested_rules(pack: PolicyPack) -> tuple[Rule, ...]:
    amount = pack.amount
    return (
        *pack.applicants,
        *pack.spending,
        *amount.bonuses,
        *amount.ceilings,
        *(rule for rule in amount.rates if rule.activated is not None),
        *(rule for rule in amount.stacking if rule.effect not in {"add", "add-on-top"}),
        *amount.caps,
        *amount.floors,
    )


def agrees(compiled: CompiledPack, case: Case, facts: Facts) -> bool:
    """Whether a pack decides these facts as the case states."""
    kind, on, _ = compiled.pack.case_given(case)
    decision = decide(compiled, kind, facts, on=on, phase=Phase(case.at))
    return not any(_differences(compiled.pack, case, facts, decision))
