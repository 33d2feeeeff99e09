"""Whether conditions can hold together: branch by branch, fact by fact, without trying all facts at once.

Comparisons of one fact with another are taken as possible: what they ask depends on both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from vouchers.policy.pack.conditions import OPPOSITE
from vouchers.policy.rules.eligibility import PASS, TypedCondition, TypedGroup, TypedLeaf, compiled
from vouchers.policy.rules.relations import Relation
from vouchers.policy.rules.turning import turning_values

_MOST_BRANCHES = 5_000
Held = Mapping[str, tuple[TypedLeaf, ...]]


def can_hold(conditions: Sequence[TypedCondition], on: date) -> bool:
    """Whether some facts meet all these conditions on a day; taken for possible where branches are too many."""
    return _Search(on).finds(tuple(conditions), {})


def negated(condition: TypedCondition) -> TypedCondition:
    """What holds, for known facts, exactly where a condition does not."""
    if isinstance(condition, TypedLeaf):
        return replace(condition, operator=OPPOSITE[condition.operator])
    return TypedGroup(not condition.every, tuple(negated(part) for part in condition.parts))


class _Search:
    """One search, with a limit on its branches."""

    def __init__(self, on: date) -> None:
        self._on = on
        self._left = _MOST_BRANCHES

    def finds(self, pending: tuple[TypedCondition, ...], held: Held) -> bool:
        """Whether what is pending can be met beside what is held already."""
        self._left -= 1
        if not pending or self._left < 0:
            return True
        head, rest = pending[0], pending[1:]
        if isinstance(head, TypedLeaf):
            leaves = (*held.get(head.fact.name, ()), head)
            return self._is_possible(leaves) and self.finds(rest, {**held, head.fact.name: leaves})
        if head.every:
            return self.finds((*head.parts, *rest), held)
        return any(self.finds((part, *rest), held) for part in head.parts)

    def _is_possible(self, leaves: tuple[TypedLeaf, ...]) -> bool:
        fact, plain = leaves[0].fact, [leaf for leaf in leaves if not isinstance(leaf.value, Relation)]
        tests = [compiled(leaf) for leaf in plain]
        values = turning_values(fact, plain, self._on)
        return any(all(test({fact.name: value}, self._on) is PASS for test in tests) for value in values)
