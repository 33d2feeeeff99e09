"""A pack compiled once per version: closures and tables for each voucher kind and phase."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vouchers.policy.pack.clauses import CONFIDENCE_LABELS, PROVENANCE_LABELS, Rule
from vouchers.policy.pack.conditions import Leaf, Operator
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.values import Term
from vouchers.policy.rules.amount_compiled import amount_plan
from vouchers.policy.rules.amount_plan import AmountPlan
from vouchers.policy.rules.eligibility import Test, TypedCondition, TypedLeaf, compiled, facts_of, typed
from vouchers.policy.rules.facts import FactType
from vouchers.policy.rules.naming import naming_facts
from vouchers.policy.rules.relations import Relation
from vouchers.policy.rules.vocabulary import vocabulary_of


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A condition rule with its closure."""

    rule: Rule
    condition: TypedCondition
    test: Test
    clause: str
    provenance: str
    names: tuple[str, ...]
    wanted: object


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of a case of one kind at one phase, in order."""

    kind: str
    phase: Phase
    rules: tuple[CompiledRule, ...]
    amount: AmountPlan | None
    facts: tuple[str, ...]
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class CompiledPack:
    """A pack ready to decide; `digest` is the content hash of the version."""

    pack: PolicyPack
    digest: str
    vocabulary: Mapping[str, FactType]
    plans: Mapping[tuple[str, Phase], Plan]
    clauses: Mapping[str, str]

    def plan(self, kind: str, phase: Phase) -> Plan:
        """The plan of one kind at one phase."""
        return self.plans[kind, phase]


def compile_pack(pack: PolicyPack, digest: str) -> CompiledPack:
    """Closures and tables of a whole pack; ValueError where a word of it does not fit the vocabulary."""
    vocabulary = vocabulary_of(pack)
    plans = {(kind.id, phase): _plan(pack, kind.id, phase, vocabulary) for kind in pack.kinds for phase in Phase}
    return CompiledPack(pack, digest, vocabulary, plans, {rule.id: clause_of(pack, rule) for rule in pack.rules()})


def clause_of(pack: PolicyPack, rule: Rule) -> str:
    """Where a rule stands, in words: the document and article and how it was read, or whose setting it is."""
    if rule.cite is None:
        return PROVENANCE_LABELS[rule.provenance]
    source = pack.sources.get(rule.cite.source)
    if source is None:
        return f"{rule.cite.source} {rule.cite.article}"
    clause = f"{source.title} {rule.cite.article}"
    if source.wording == "seen":
        return clause
    return f"{clause}（{CONFIDENCE_LABELS[rule.confidence or source.confidence]}，未见原文）"


def _plan(pack: PolicyPack, kind: str, phase: Phase, vocabulary: Mapping[str, FactType]) -> Plan:
    lists = {named.id: named.items for named in pack.lists}
    asked = [
        rule for rule in (*pack.applicants, *pack.spending) if phase in rule.at and kind in (rule.kinds or (kind,))
    ]
    conditions = [(rule, typed(rule.when, vocabulary, lists)) for rule in asked]
    stacking = [rule for rule in pack.amount.stacking if kind in rule.kinds and phase in rule.at]
    nothing_else = [(rule, Leaf(rule.fact, Operator.AT_MOST, "0 元")) for rule in stacking if rule.effect == "reject"]
    everything: list[tuple[Rule, TypedCondition]] = [
        *conditions,
        *((rule, typed(leaf, vocabulary, lists)) for rule, leaf in nothing_else),
    ]
    rules = tuple(_compiled_rule(pack, rule, condition) for rule, condition in everything)
    amount = amount_plan(pack, kind, phase, vocabulary=vocabulary, lists=lists)
    names = [name for rule in rules for name in rule.names]
    names += (*amount.facts_read(), *naming_facts(pack.amount.caps, kind, phase)) if amount else ()
    return Plan(kind, phase, rules, amount, tuple(dict.fromkeys(names)), tuple(rule.test for rule in rules))


def _compiled_rule(pack: PolicyPack, rule: Rule, condition: TypedCondition) -> CompiledRule:
    names = tuple(fact.name for fact in facts_of(condition))
    clause, provenance = clause_of(pack, rule), rule.provenance.value
    return CompiledRule(rule, condition, compiled(condition), clause, provenance, names, wanted_of(condition))


def wanted_of(condition: TypedCondition) -> dict[str, Any]:
    """What a condition wants, as plain values."""
    if isinstance(condition, TypedLeaf):
        return {condition.fact.name: {condition.operator.value: _value(condition)}}
    return {"all" if condition.every else "any": [wanted_of(part) for part in condition.parts]}


def _value(leaf: TypedLeaf) -> object:
    match leaf.value:
        case Term():
            return leaf.value.written()
        case Relation():
            return leaf.value.written()
        case frozenset():
            return sorted((leaf.fact.written(value) for value in leaf.value), key=str)
        case (low, high):
            return [leaf.fact.written(low), leaf.fact.written(high)]
    return leaf.fact.written(leaf.value)
