"""Lifecycles as tables: which action leads from which state to which."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from vouchers.kernel.errors import Conflict

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    """One named edge: `action` leads from any of `sources` to `target`; `label` is what officials call it."""

    action: str
    sources: frozenset[S]
    target: S
    label: str


class Lifecycle(Generic[S]):
    """A table of transitions, and the two questions pages and services ask it."""

    def __init__(self, name: str, transitions: Iterable[Transition[S]]) -> None:
        self.name = name
        self.transitions = tuple(transitions)
        self._edges: dict[tuple[S, str], Transition[S]] = {}
        for transition in self.transitions:
            for source in transition.sources:
                if (source, transition.action) in self._edges:
                    raise ValueError(f"{name}: {source} has two ways to {transition.action}")
                self._edges[source, transition.action] = transition

    def after(self, state: S, action: str) -> S:
        """The state that `action` leads to; Conflict when the table does not allow it from here."""
        transition = self._edges.get((state, action))
        if transition is None:
            raise Conflict(f"{self.name}: {action} is not possible in state {state}")
        return transition.target

    def allows(self, state: S, action: str) -> bool:
        """Whether the table has this edge."""
        return (state, action) in self._edges

    def actions_in(self, state: S) -> tuple[str, ...]:
        """What may happen next, in the order of the table."""
        return tuple(t.action for t in self.transitions if state in t.sources)

    def label(self, action: str) -> str:
        """The Chinese word for an action."""
        return next(t.label for t in self.transitions if t.action == action)
