"""Soft caps (原则上不超过): which of them may be lifted in a case, and what could be granted then; pure."""

from datetime import date

from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.amount_plan import Count
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.eligibility import PASS
from vouchers.policy.rules.facts import Facts
from vouchers.policy.rules.results import Decision

LIFTED, OVER = "lifted:", "over:"
"""How the facts begin that a cap was lifted, and that a contract or year was counted over it before.

Nobody answers or judges them: they stand for a decision of two persons.
"""


def has_soft_caps(compiled: CompiledPack, kind: str) -> bool:
    """Whether any cap on an application of this kind can be lifted."""
    amount = compiled.plan(kind, Phase.APPLICATION).amount
    return amount is not None and any(cap.lifted for cap in amount.caps())


def liftable(compiled: CompiledPack, kind: str, facts: Facts, on: date) -> tuple[str, ...]:
    """The soft caps that may be lifted in this case and are not, by rule: `liftable_when` is asked first."""
    amount = compiled.plan(kind, Phase.APPLICATION).amount
    return tuple(
        cap.rule
        for cap in (amount.caps() if amount is not None else ())
        if cap.lifted
        and facts.get(cap.lifted) is not True
        and not (isinstance(cap, Count) and cap.over and facts.get(cap.over) is True)
        and (cap.liftable_when is None or cap.liftable_when(facts, on) is PASS)
    )


def with_lifted(compiled: CompiledPack, kind: str, facts: Facts, on: date) -> Decision | None:
    """The decision as it would be with every cap lifted that may be; None where there is none."""
    caps = liftable(compiled, kind, facts, on)
    if not caps:
        return None
    return decide(compiled, kind, {**facts, **{f"{LIFTED}{cap}": True for cap in caps}}, on=on)
