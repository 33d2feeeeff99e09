"""What the profile asks of an applicant, and what follows from it."""

from collections.abc import Mapping
from enum import StrEnum

from vouchers.accounts.states import Role
from vouchers.parties.rules import CONFIRMING
from vouchers.parties.states import MandateKind
from vouchers.policy.rules.facts import FactValue
from vouchers.policy.rules.size_class import SizeResult, SizeTable, size_class

PROFILE: Mapping[str, tuple[str, ...]] = {
    "登记信息": ("legal_form", "operating_status", "founded_on", "registered_in"),
    "经营情况": ("industry", "headcount", "revenue", "assets"),
    "经营地和领域": ("operates_in", "taxed_in", "insured_in", "field"),
    "资质": ("honours", "is_incubated", "is_vouched_for"),
    "信用声明": ("dishonesty", "penalties", "safety_accidents"),
}
"""Facts of the vocabulary that an applicant supplies, in the order of the page; the size class follows from them."""


class CreditKind(StrEnum):
    """Kinds of breaches on record; each is a fact of the vocabulary."""

    DISHONESTY = "dishonesty"
    PENALTIES = "penalties"
    SAFETY_ACCIDENTS = "safety_accidents"


def size_of(facts: Mapping[str, FactValue], table: SizeTable) -> SizeResult:
    """The size class that known facts come to, with its row; or what is missing."""
    industry = facts.get("industry")
    if not isinstance(industry, str):
        return SizeResult("", None, ("industry",))
    numbers = {name: _whole(facts.get(name)) for name in ("headcount", "revenue", "assets")}
    return size_class(industry, **numbers, table=table)


def role_of(kind: MandateKind) -> Role:
    """The role that a mandate gives at an applicant's.

    >>> role_of(MandateKind.AUTHORISED).value, role_of(MandateKind.HANDLER).value
    ('representative', 'handler')
    """
    return Role.REPRESENTATIVE if kind in CONFIRMING else Role.HANDLER


def _whole(value: FactValue | None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
