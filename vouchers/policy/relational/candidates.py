"""免申即享: who of a register qualifies by what the authority already knows, row by row, with amount and reasons."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vouchers.policy.relational.engines import DuckDB
from vouchers.policy.relational.evaluation import FAIL, Evaluated, evaluated
from vouchers.policy.relational.simulation import Question, register_table
from vouchers.policy.rules.results import Result, in_unit


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of the register: the result, the most it gets in fen or units, and why not or what is wanted.

    `refused_by` names rules, `missing` facts; `reasons` says both in words.
    """

    uscc: str
    name: str
    result: Result
    amount: int | None
    unit: str
    tier: str
    binding_cap: str
    refused_by: tuple[str, ...]
    missing: tuple[str, ...]
    reasons: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The candidate as plain JSON values."""
        return {
            "uscc": self.uscc,
            "name": self.name,
            "result": self.result.value,
            "amount": None if self.amount is None else in_unit(self.amount, self.unit),
            "tier": self.tier,
            "binding_cap": self.binding_cap or None,
            "refused_by": list(self.refused_by),
            "missing": list(self.missing),
            "reasons": list(self.reasons),
        }


def candidates(question: Question, engine: DuckDB) -> Iterator[Candidate]:
    """Every row of the register, in its order; CannotSay where a rule is not for columns."""
    found = evaluated(register_table(question), question.compiled, question.plan, question.on)
    answers = (found.result, found.amount, found.tier, found.binding, found.refused)
    query = found.table.select("uscc", "name", *answers, *found.rules, *found.missing.values())
    told = _Telling(question, found)
    return (told.candidate(row) for row in engine.stream(query))


class _Telling:
    def __init__(self, question: Question, found: Evaluated) -> None:
        pack, plan = question.compiled.pack, question.plan
        self._ids = [rule.rule.id for rule in plan.rules]
        self._say = {rule.id: rule.say for rule in pack.rules()}
        self._facts = list(found.missing)
        words = question.compiled.vocabulary
        self._labels = {name: words[name].label if name in words else name for name in self._facts}
        self._unit = plan.amount.unit if plan.amount else ""

    def candidate(self, row: tuple[Any, ...]) -> Candidate:
        uscc, name, result, amount, tier, binding, refused, *rest = row
        codes, lacking = rest[: len(self._ids)], rest[len(self._ids) :]
        failed = tuple(rule for rule, code in zip(self._ids, codes, strict=True) if code == FAIL)
        refused_by = failed or ((refused,) if refused else ())
        is_open = result in {Result.UNKNOWN, Result.REVIEW}
        missing = tuple(fact for fact, lacks in zip(self._facts, lacking, strict=True) if lacks and is_open)
        reasons = [f"不符合：{self._say[rule]}" for rule in refused_by]
        reasons += [f"还需要：{self._labels[fact]}" for fact in missing]
        whole = None if amount is None else int(amount)
        return Candidate(
            uscc or "",
            name or "",
            Result(result),
            whole,
            self._unit,
            tier or "",
            binding or "",
            refused_by,
            missing,
            tuple(reasons),
        )
