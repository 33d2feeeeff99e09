"""What the profile asks of an applicant, and what follows from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from vouchers.accounts.states import Role
from vouchers.parties.rules import CONFIRMING
from vouchers.parties.states import MandateKind
from vouchers.policy.pack.conditions import conditions_in, leaves
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.rules.facts import FactValue
from vouchers.policy.rules.size_class import SizeResult, SizeTable, size_class
from vouchers.policy.rules.vocabulary import VOCABULARY

FEN_PER_WAN = 1_000_000


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the profile: its key in addresses, its title, and the facts it asks."""

    key: str
    title: str
    names: tuple[str, ...]


PROFILE = (
    Section("registration", "登记信息", ("legal_form", "operating_status", "founded_on", "registered_in")),
    Section("business", "经营情况", ("industry", "headcount", "revenue", "assets")),
    Section("place", "经营地和领域", ("operates_in", "taxed_in", "insured_in", "field")),
    Section("honours", "资质", ("honours", "is_incubated", "is_vouched_for")),
    Section("credit", "信用声明", ("dishonesty", "penalties", "safety_accidents")),
)
"""Facts of the vocabulary that an applicant supplies, in the order of the page; the size class follows from them."""


@dataclass(frozen=True, slots=True)
class SizeLine:
    """One indicator of the standard beside what the enterprise says."""

    label: str
    own: str
    large: str
    medium: str
    small: str


class CreditKind(StrEnum):
    """Kinds of breaches on record; each is a fact of the vocabulary."""

    DISHONESTY = "dishonesty"
    PENALTIES = "penalties"
    SAFETY_ACCIDENTS = "safety_accidents"


CREDIT_LABELS = {
    CreditKind.DISHONESTY: "失信记录",
    CreditKind.PENALTIES: "行政处罚",
    CreditKind.SAFETY_ACCIDENTS: "安全生产事故",
}


def size_of(facts: Mapping[str, FactValue], table: SizeTable) -> SizeResult:
    """The size class that known facts come to, with its row; or what is missing."""
    industry = facts.get("industry")
    if not isinstance(industry, str):
        return SizeResult("", None, ("industry",))
    numbers = {name: _whole(facts.get(name)) for name in ("headcount", "revenue", "assets")}
    return size_class(industry, **numbers, table=table)


def size_lines(result: SizeResult, facts: Mapping[str, FactValue]) -> tuple[SizeLine, ...]:
    """The row of the standard that decided, indicator by indicator."""
    if result.row is None:
        return ()
    lines = []
    for name, bounds in result.row.bounds.items():
        word = VOCABULARY[name]
        own = word.shown(facts[name]) if name in facts else ""
        large, medium, small = (_bound(name, bound) for bound in bounds)
        lines.append(SizeLine(word.label, own, large, medium, small))
    return tuple(lines)


def fields_named(packs: Iterable[PolicyPack]) -> dict[str, str]:
    """The fields of application (应用领域) that the lists of these packs name, by code."""
    found: dict[str, str] = {}
    for pack in packs:
        conditions = (condition for rule in pack.rules() for _, condition in conditions_in(rule))
        lists = {str(leaf.value) for when in conditions for leaf in leaves(when) if leaf.fact == "field"}
        for named in pack.lists:
            if named.id in lists:
                found |= dict(named.items)
    return found


def role_of(kind: MandateKind) -> Role:
    """The role that a mandate gives at an applicant's.

    >>> role_of(MandateKind.AUTHORISED).value, role_of(MandateKind.HANDLER).value
    ('representative', 'handler')
    """
    return Role.REPRESENTATIVE if kind in CONFIRMING else Role.HANDLER


def _bound(name: str, bound: int) -> str:
    return f"{bound:,} 人" if name == "headcount" else f"{bound // FEN_PER_WAN:,} 万元"


def _whole(value: FactValue | None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
