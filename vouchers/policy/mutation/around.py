"""Mutants of what goes around a decision: papers, fast tracks, admission, allocation; which example catches them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice, product
from typing import Any

from vouchers.policy.checks.examples import differences, procedure_of
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import Condition, Path, leaves
from vouchers.policy.pack.model import Case, PolicyPack
from vouchers.policy.rules.eligibility import PASS, typed_leaf
from vouchers.policy.rules.facts import Facts
from vouchers.policy.rules.procedure import asked
from vouchers.policy.rules.turning import turning_values
from vouchers.policy.rules.vocabulary import vocabulary_of

SECTIONS: tuple[Path, ...] = (
    ("documents",),
    ("process", "fast_tracks"),
    ("admission", "requirements"),
    ("allocation",),
)
_MISSING: Mapping[Path, str] = {
    SECTIONS[0]: "请在一个示例的 then 里写 documents：这时要哪些材料，required 还是 optional",
    SECTIONS[1]: "请在示例的 then 里写 skips：走快速通道的写跳过的环节和天数，不走的写空的花括号",
    SECTIONS[2]: "请在 admission.cases 里写示例：刚好符合的和差一点的，then 写 refused_by",
    SECTIONS[3]: "请在 queues 里写一队申请，恰好到名额、候补或先后的界线",
}
_MOST_TRIED = 5_000


def section_of(path: Path) -> Path | None:
    """The section around a decision in which a change lies; None where it lies in the decision itself.

    >>> section_of(("process", "fast_tracks", 0, "skips")), section_of(("applicants", 0))
    (('process', 'fast_tracks'), None)
    """
    return next((section for section in SECTIONS if path[: len(section)] == section), None)


def holds(pack: PolicyPack, cases: Iterable[tuple[Case, Facts]]) -> bool:
    """Whether every example that states something around a decision comes out as stated."""
    told = (words for case, facts in cases for words in procedure_of(pack, case, facts))
    return all(stated == found for _, stated, found in told) and not any(differences(pack))


def missing(section: Path) -> str:
    """Which example would have noticed."""
    return f"缺少示例：{_MISSING[section]}"


def is_same(one: PolicyPack, other: PolicyPack, on: date) -> bool:
    """Whether two packs differ in conditions alone, and these hold alike at every value at which either turns."""
    rules = {rule.id: rule for rule in other.rules()}
    differing = [(rule, rules.get(rule.id)) for rule in one.rules() if rule != rules.get(rule.id)]
    return len(rules) == len(one.rules()) and all(_alike(one, rule, changed, on) for rule, changed in differing)


def _alike(pack: PolicyPack, rule: Rule, changed: Rule | None, on: date) -> bool:
    was, now = getattr(rule, "when", None), getattr(changed, "when", None)
    if changed is None or was is None or now is None or changed.model_copy(update={"when": was}) != rule:
        return False
    tried = islice(_facts(pack, [was, now], on), _MOST_TRIED)
    return all(_outcome(pack, was, facts, on) is _outcome(pack, now, facts, on) for facts in tried)


def _outcome(pack: PolicyPack, when: Condition, facts: Facts, on: date) -> bool:
    return asked(pack, when, facts, on) is PASS


def _facts(pack: PolicyPack, whens: list[Any], on: date) -> Iterator[dict[str, Any]]:
    vocabulary, lists = vocabulary_of(pack), {named.id: named.items for named in pack.lists}
    compared = [typed_leaf(leaf, vocabulary, lists) for when in whens for leaf in leaves(when)]
    facts = {leaf.fact.name: leaf.fact for leaf in compared}
    values = [[*turning_values(fact, compared, on), None] for fact in facts.values()]
    for chosen in product(*values):
        yield {name: value for name, value in zip(facts, chosen, strict=True) if value is not None}
