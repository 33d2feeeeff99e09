"""Past cases decided by another version: who gains, who loses, who cannot be told, and what it costs."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import FactValue
from vouchers.policy.rules.results import Decision, Result


class Effect(StrEnum):
    """What another version would have done to a case."""

    GAINS = "gains"
    LOSES = "loses"
    SAME = "same"
    UNDECIDED = "undecided"


EFFECT_LABELS = {
    Effect.GAINS: "增加",
    Effect.LOSES: "减少",
    Effect.SAME: "不变",
    Effect.UNDECIDED: "不能判断",
}


@dataclass(frozen=True, slots=True)
class PastCase:
    """A submitted case as it was frozen: its kind, the day and facts it was decided by, and the amount in fen."""

    number: str
    kind: str
    on: date
    facts: Mapping[str, Any]
    amount: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """One case under both: amounts in fen, and where it cannot be told the facts that are missing."""

    number: str
    kind: str
    effect: Effect
    before: int
    after: int
    missing: tuple[str, ...] = ()
    refused_by: tuple[str, ...] = ()


def replayed(case: PastCase, version: CompiledPack, against: CompiledPack | None) -> Replayed:
    """A case decided by a version, beside what it was given or what another version would give."""
    old = None if against is None else _decided(case, against)
    before = case.amount if against is None else _amount(old)
    new = _decided(case, version)
    if new is None or new.result is Result.UNKNOWN:
        missing = (f"券种 {case.kind}",) if new is None else _missing(new, version)
        return Replayed(case.number, case.kind, Effect.UNDECIDED, before, 0, missing)
    after = _amount(new)
    effect = Effect.SAME if after == before else Effect.GAINS if after > before else Effect.LOSES
    return Replayed(case.number, case.kind, effect, before, after, (), new.refused_by)


@dataclass(frozen=True, slots=True)
class Budget:
    """What decided cases come to under both, in fen; undecided cases are counted in neither."""

    before: int
    after: int

    @property
    def more(self) -> int:
        """How much more the version would have given; negative where it would have given less."""
        return self.after - self.before


def budgets(cases: Iterable[Replayed]) -> dict[str, Budget]:
    """The effect on the budget by voucher kind."""
    found: dict[str, Budget] = {}
    for one in cases:
        if one.effect is not Effect.UNDECIDED:
            so_far = found.get(one.kind, Budget(0, 0))
            found[one.kind] = Budget(so_far.before + one.before, so_far.after + one.after)
    return found


def total(found: Mapping[str, Budget]) -> Budget:
    """The effect on all kinds together."""
    return Budget(sum(one.before for one in found.values()), sum(one.after for one in found.values()))


def _decided(case: PastCase, version: CompiledPack) -> Decision | None:
    if all(kind.id != case.kind for kind in version.pack.kinds):
        return None
    return decide(version, case.kind, dict(_typed(case, version)), on=case.on)


def _typed(case: PastCase, version: CompiledPack) -> Iterator[tuple[str, FactValue]]:
    """The frozen facts that the version knows; one that no longer fits its word is as good as missing."""
    for name, value in case.facts.items():
        if name in version.vocabulary:
            with suppress(ValueError):
                yield name, version.vocabulary[name].read(value)


def _amount(decision: Decision | None) -> int:
    return 0 if decision is None or decision.amount is None else decision.amount.maximum or 0


def _missing(decision: Decision, version: CompiledPack) -> tuple[str, ...]:
    asked = version.plan(decision.kind, decision.phase).rules
    open_ones = {one.id for one in decision.conditions if one.outcome == "unknown"}
    names = [name for rule in asked if rule.rule.id in open_ones for name in rule.names]
    names += decision.amount.missing if decision.amount else ()
    return tuple(version.vocabulary[name].label for name in dict.fromkeys(names) if name not in decision.facts)
