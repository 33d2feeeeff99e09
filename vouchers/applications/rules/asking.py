"""What an application asks for: facts and documents, made from the pack, in the sections of a task list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from vouchers.policy.pack.conditions import Operator
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.compiled import CompiledPack, Plan
from vouchers.policy.rules.eligibility import TypedCondition, TypedGroup, TypedLeaf, facts_of, typed
from vouchers.policy.rules.facts import FactKind, Facts, FactType, Supplier
from vouchers.policy.rules.procedure import documents_asked

NEVER_ASKED = frozenset({Supplier.LEDGER, Supplier.REVIEWER})
OF_RECORD = frozenset({"register", "officer", "system"})
"""Sources whose values the applicant sees and does not change."""

_SPENDING = frozenset(
    {
        "service_kind", "compute_kind", "purpose", "line_items", "provider_is_admitted", "provider_is_related",
        "green_share", "contract_number",
        "contract_seller", "contract_signed_on", "service_from", "service_until", "is_delivered", "coupons", "gifts",
        "refunds",
    }
)  # fmt: skip
_OTHER_SUPPORT = "other_support_"
_MEASURES = ("_net", "_gross")


class Section(StrEnum):
    """A group of facts that is filled in and saved together."""

    ORGANISATION = "organisation"
    NEED = "need"
    SUPPORT = "support"


SECTION_LABELS: Mapping[StrEnum, str] = {
    Section.ORGANISATION: "单位基本信息",
    Section.NEED: "服务需求和预计费用",
    Section.SUPPORT: "已有的其他财政支持",
}


@dataclass(frozen=True, slots=True)
class AskedFact:
    """A fact the application needs: its type, the clauses of the rules that read it, the words it may be."""

    fact: FactType
    section: Section
    clauses: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AskedDocument:
    """A document the application needs."""

    id: str
    name: str
    clause: str
    provenance: str
    is_required: bool
    formats: tuple[str, ...]
    proves: tuple[str, ...]


def section_of(name: str) -> Section:
    """Where a fact is asked.

    >>> section_of("headcount"), section_of("planned_net"), section_of("other_support_project")
    (<Section.ORGANISATION: 'organisation'>, <Section.NEED: 'need'>, <Section.SUPPORT: 'support'>)
    """
    if name.startswith(_OTHER_SUPPORT):
        return Section.SUPPORT
    return Section.NEED if name in _SPENDING or name.endswith(_MEASURES) else Section.ORGANISATION


def asked_facts(pack: CompiledPack, kind: str) -> tuple[AskedFact, ...]:
    """Every fact that the rules of this kind read at the application and that somebody outside must give."""
    plan = pack.plan(kind, Phase.APPLICATION)
    words = _listed(pack, kind)
    found = (pack.vocabulary[name] for name in plan.facts if name in pack.vocabulary)
    return tuple(
        AskedFact(fact, section_of(fact.name), _clauses(plan, fact.name), words.get(fact.name, {}))
        for fact in found
        if fact.supplier not in NEVER_ASKED
    )


def asked_documents(pack: CompiledPack, kind: str, facts: Facts, on: date) -> tuple[AskedDocument, ...]:
    """The documents the enterprise brings with an application of this kind, under these facts."""
    return tuple(
        AskedDocument(
            rule.id,
            rule.name,
            pack.clauses.get(rule.id, ""),
            rule.provenance.value,
            rule.required,
            rule.formats,
            rule.proves,
        )
        for rule in documents_asked(pack.pack, Phase.APPLICATION, kind=kind, facts=facts, on=on)
        if rule.of == "enterprise"
    )


def is_locked(source: str) -> bool:
    """Whether a known value is one of record, which the applicant sees and does not change."""
    return source in OF_RECORD


def merged(known: Mapping[str, tuple[Any, str]], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Raw values by name: answers of the case before declared ones, values of record before answers.

    >>> merged({"headcount": (46, "register"), "field": ("ai", "self_declared")}, {"headcount": 40, "field": "bio"})
    {'headcount': 46, 'field': 'bio'}
    """
    values = {name: value for name, (value, _) in known.items()}
    locked = {name for name, (_, source) in known.items() if is_locked(source)}
    return {**values, **{name: value for name, value in answers.items() if name not in locked}}


def _clauses(plan: Plan, name: str) -> tuple[str, ...]:
    found = (rule.clause for rule in plan.rules if any(fact.name == name for fact in facts_of(rule.condition)))
    return tuple(dict.fromkeys(clause for clause in found if clause))


def _listed(pack: CompiledPack, kind: str) -> dict[str, dict[str, str]]:
    """The words of the pack's lists that a fact is compared with, by fact."""
    lists = {named.id: named.items for named in pack.pack.lists}
    bonuses = [
        typed(bonus.when, pack.vocabulary, lists)
        for bonus in pack.pack.amount.bonuses
        if kind in bonus.kinds and Phase.APPLICATION in bonus.at
    ]
    asked = [rule.condition for rule in pack.plan(kind, Phase.APPLICATION).rules]
    words: dict[str, dict[str, str]] = {}
    for leaf in _leaves([*asked, *bonuses]):
        if leaf.operator in {Operator.IN_LIST, Operator.NOT_IN_LIST} and leaf.fact.kind is FactKind.TEXT:
            names = {code: word for items in lists.values() for code, word in items.items()}
            words.setdefault(leaf.fact.name, {}).update({code: names[code] for code in sorted(leaf.value)})
    return words


def _leaves(conditions: Iterable[TypedCondition]) -> Iterable[TypedLeaf]:
    for condition in conditions:
        if isinstance(condition, TypedGroup):
            yield from _leaves(condition.parts)
        else:
            yield condition
