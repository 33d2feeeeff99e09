"""The sheet an amount is worked out on: plan, facts, day, the steps so far and what is missing; and its outcome."""

from datetime import date
from typing import Any, NamedTuple

from vouchers.policy.rules.amount_plan import AmountPlan
from vouchers.policy.rules.facts import Facts


class Step(NamedTuple):
    """One step of the calculation: what was done, by which rule, the amount in fen, and details to show."""

    code: str
    rule: str
    fen: int | None
    first: Any = None
    second: Any = None
    third: Any = None


COUNTED_ABOVE = frozenset({"lifted", "over"})
"""What `third` of a count says where it may go above the most: lifted for the case, or counted over it before."""


class Worked(NamedTuple):
    """An amount worked out: the maximum in fen (None while a fact is missing), and how it came about."""

    maximum: int | None
    binding: str
    tier: str
    steps: list[Step]
    missing: list[str]
    refused: str


class Sheet(NamedTuple):
    """What is worked on: the plan, the facts, the day, the tier, and what was noted so far."""

    plan: AmountPlan
    facts: Facts
    on: date
    tier: str
    steps: list[Step]
    missing: list[str]

    def money(self, name: str) -> int | None:
        """The amount that a fact holds; a missing one is noted."""
        seen: Any = self.facts.get(name)
        if seen is None:
            self.missing.append(name)
            return None
        amount: int = seen
        return amount
