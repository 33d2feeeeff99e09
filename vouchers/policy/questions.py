"""What the calculator asks: only the facts that open schemes look at, each once, the most deciding first."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from vouchers.policy.pack.conditions import Operator, conditions_in, leaves
from vouchers.policy.pack.limits import Cap
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.selectors import Choice
from vouchers.policy.pack.values import Term, read_term
from vouchers.policy.rules.compiled import CompiledPack, Plan
from vouchers.policy.rules.facts import FactKind, FactType, Supplier
from vouchers.policy.rules.lifting import OVER
from vouchers.policy.rules.naming import NAMING
from vouchers.policy.rules.vocabulary import APPLICANT_FACTS, VOCABULARY

FIRST = 8
NONE = "none"
OTHER = "其他"
_EVERYBODYS = frozenset({"scheme", "seller"})
_NAMED = frozenset({FactKind.TEXT, FactKind.AREA, FactKind.WORDS})
_TERMS = frozenset({Operator.WITHIN, Operator.NOT_WITHIN})
_FLAGS = {"yes": "是", "no": "否"}


class Topic(StrEnum):
    """What a question is about; pages group by it."""

    APPLICANT = "applicant"
    SERVICE = "service"
    MONEY = "money"
    BEFORE = "before"


TOPIC_LABELS = {
    Topic.APPLICANT: "申报单位",
    Topic.SERVICE: "服务、合同和服务商",
    Topic.MONEY: "费用和用量",
    Topic.BEFORE: "已经得到的支持",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One fact to ask: its key in the address, its type, and the closed set to choose from where there is one.

    `options` are code and words; `terms` are the spans that rules on records look back over, the shortest first.
    """

    key: str
    fact: FactType
    topic: Topic
    options: Mapping[str, str]
    terms: tuple[Term, ...] = ()

    def raw(self, answer: object, on: date) -> object:
        """The answer as the plain value that a fact is read from; a record's span becomes the latest day in it."""
        match self.fact.kind:
            case FactKind.FLAG:
                return answer == "yes"
            case FactKind.DATES:
                return [] if answer == NONE else [self._day(str(answer), on).isoformat()]
            case FactKind.WORDS if isinstance(answer, list):
                return [word for word in answer if word != NONE]
        return answer

    def _day(self, code: str, on: date) -> date:
        """The latest day in the span of this code that lies in no shorter span."""
        at = next(i for i, term in enumerate(self.terms) if term.written() == code)
        return self.terms[at - 1].before(on) if at else on


USED = FactType("used", FactKind.MONEY, "本年度已获算力券或补贴", Supplier.ENTERPRISE, "此前的券或拨款凭证")
CLAIMED = FactType("claimed", FactKind.COUNT, "同一合同或事项已获支持的次数", Supplier.ENTERPRISE, unit="次")
_YEARS = VOCABULARY["years_supported"]


def questions(packs: Sequence[CompiledPack], on: date) -> list[Question]:
    """Every fact that one of these packs looks at when applied for, once; what most of them look at comes first."""
    weights: Counter[str] = Counter()
    asked: dict[str, Question] = {}
    for pack in packs:
        named, terms = _named(pack.pack), _terms(pack.pack)
        for plan in _plans(pack):
            for name in plan.facts:
                key, fact = asked_as(pack, name)
                if key:
                    question = _question(key, fact, named.get(name, {}), terms.get(name, ()))
                    asked[key] = _joined(asked[key], question) if key in asked else question
                    weights[key] += 1 + any(name in rule.names for rule in plan.rules)
    order = sorted(asked, key=lambda key: -weights[key])
    return [_finished(asked[key], on) for key in order]


def asked_as(pack: CompiledPack, name: str) -> tuple[str, FactType]:
    """Under which key a fact of a pack is asked, and what is asked; no key for what a visitor cannot know.

    What several caps have used is asked once. A word of a pack's own is asked under the pack's name.
    """
    fact = pack.vocabulary[name]
    if name == "tier" or name in NAMING or fact.supplier is Supplier.REVIEWER or name.startswith(OVER):
        return "", fact
    cap = next((cap for cap in pack.pack.amount.caps if cap.granted_fact == name), None)
    if cap is not None:
        return _of_cap(pack.pack, cap, fact)
    if VOCABULARY.get(name) == fact:
        return name, fact
    return _own_key(pack.pack, name), fact


def assumed_unused(pack: CompiledPack, kind: str) -> list[Cap]:
    """The caps that all applicants of a kind share; how much of them is left only the office knows."""
    caps = pack.pack.amount.caps
    return [cap for cap in caps if kind in cap.kinds and cap.granted_fact and cap.over in _EVERYBODYS]


def _of_cap(pack: PolicyPack, cap: Cap, fact: FactType) -> tuple[str, FactType]:
    if cap.over in _EVERYBODYS:
        return "", fact
    if cap.counting == "years":
        return _YEARS.name, _YEARS
    if cap.count is not None:
        return CLAIMED.name, CLAIMED
    if fact.kind is FactKind.MONEY:
        return USED.name, USED
    return _own_key(pack, cap.granted_fact), fact


def _own_key(pack: PolicyPack, name: str) -> str:
    return f"{pack.id}.{name.replace(':', '-')}"


def _plans(pack: CompiledPack) -> Iterator[Plan]:
    return (pack.plan(kind.id, Phase.APPLICATION) for kind in pack.pack.kinds)


def _question(key: str, fact: FactType, named: Mapping[str, str], terms: Iterable[Term]) -> Question:
    options = _FLAGS if fact.kind is FactKind.FLAG else fact.options or {}
    return Question(key, fact, _topic(fact), named if fact.kind in _NAMED else options, tuple(terms))


def _joined(one: Question, other: Question) -> Question:
    return replace(one, options={**one.options, **other.options}, terms=(*one.terms, *other.terms))


def _finished(question: Question, on: date) -> Question:
    """The question with its way out for those to whom nothing named applies, and records by how far they lie back."""
    match question.fact.kind:
        case FactKind.TEXT | FactKind.AREA:
            return replace(question, options={**question.options, OTHER: OTHER})
        case FactKind.WORDS:
            return replace(question, options={**question.options, NONE: "都没有"})
        case FactKind.DATES:
            terms = tuple(sorted(set(question.terms), key=lambda term: term.before(on), reverse=True))
            return replace(question, terms=terms)
    return question


def _topic(fact: FactType) -> Topic:
    if (
        fact.name in {USED.name, CLAIMED.name}
        or fact.supplier is Supplier.LEDGER
        or fact.name.startswith("other_support")
    ):
        return Topic.BEFORE
    if fact.name in APPLICANT_FACTS:
        return Topic.APPLICANT
    if fact.kind is FactKind.MONEY or fact.name.startswith("used_"):
        return Topic.MONEY
    is_ours = fact.name not in VOCABULARY and fact.supplier in {Supplier.ENTERPRISE, Supplier.REGISTER}
    return Topic.APPLICANT if is_ours else Topic.SERVICE


def _named(pack: PolicyPack) -> dict[str, dict[str, str]]:
    """For each fact the values that the pack's conditions and choices name, with their words."""
    found: dict[str, dict[str, str]] = {}
    for _, condition in conditions_in(pack):
        for leaf in leaves(condition):
            found.setdefault(leaf.fact, {}).update(_words(pack, leaf.operator, leaf.value))
    for choice in _choices(pack):
        found.setdefault(choice.by, {}).update({row: row for row in getattr(choice, "rows", {})})
    return found


def _words(pack: PolicyPack, operator: Operator, value: object) -> Mapping[str, str]:
    if operator in {Operator.IN_LIST, Operator.NOT_IN_LIST}:
        named = pack.list_named(str(value))
        return named.items if named else {}
    return {one: one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)}


def _terms(pack: PolicyPack) -> dict[str, set[Term]]:
    found: dict[str, set[Term]] = {}
    for _, condition in conditions_in(pack):
        for leaf in leaves(condition):
            if leaf.operator in _TERMS:
                found.setdefault(leaf.fact, set()).add(read_term(leaf.value))
    return found


def _choices(pack: PolicyPack) -> Iterator[Choice]:
    amount = pack.amount
    shares = (one for rate in amount.rates for one in (rate.choose, rate.lump))
    yield from (one for one in (*shares, *(cap.limit for cap in amount.caps)) if isinstance(one, Choice) and one.by)
