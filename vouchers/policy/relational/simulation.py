"""A pack on a whole register: who qualifies, who drops out at which rule, what is missing, and the money."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import ibis

from vouchers.policy.pack.phases import Phase
from vouchers.policy.relational.columns import CannotSay, column_of, facts_table
from vouchers.policy.relational.engines import Engine
from vouchers.policy.relational.evaluation import FAIL, UNKNOWN, Evaluated, evaluated
from vouchers.policy.relational.outcome import Comparison, MissingTally, RuleTally, RunOut, Share, Simulation
from vouchers.policy.relational.register import Register
from vouchers.policy.relational.run_out import at_given_rate, at_observed_rate
from vouchers.policy.rules.compiled import CompiledPack, Plan
from vouchers.policy.rules.facts import FactType
from vouchers.policy.rules.results import Result

REST = "其他"
_MOST_DISTRICTS = 50
_SORTED_BY = ("registered_in", "size_class")
_KEYS = {"uscc": "string", "name": "string", "applied_on": "date", "district": "string"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a register: a pack, a kind, a phase, a day; an envelope in fen and a rate; another pack."""

    compiled: CompiledPack
    kind: str
    phase: Phase
    on: date
    budget: int | None = None
    per_day: int | None = None
    against: CompiledPack | None = None

    @property
    def plan(self) -> Plan:
        """What is asked of each row."""
        return self.compiled.plan(self.kind, self.phase)

    @property
    def other_plan(self) -> Plan | None:
        """What the other pack asks of each row."""
        return None if self.against is None else self.against.plan(self.kind, self.phase)

    @property
    def vocabulary(self) -> dict[str, FactType]:
        """The words of both packs."""
        return {**(self.against.vocabulary if self.against else {}), **self.compiled.vocabulary}

    @property
    def needed(self) -> dict[str, FactType]:
        """The facts that either pack reads, and those rows are sorted by; CannotSay where the two differ on one."""
        words = self.vocabulary
        read = {*self.plan.facts, *(self.other_plan.facts if self.other_plan else ())}
        for name in read if self.against else ():
            theirs = self.against.vocabulary.get(name) if self.against else None
            if theirs is not None and theirs.kind is not words[name].kind:
                raise CannotSay(f"两个政策包对“{words[name].label}”（{name}）的类型规定不同，不能在同一登记册上比较")
        return {name: fact for name, fact in words.items() if name in read or name in _SORTED_BY}

    def rules_reading(self) -> dict[str, tuple[str, ...]]:
        """The rules that read each fact, in words."""
        found: dict[str, list[str]] = {}
        for plan in (self.plan, self.other_plan):
            for rule in plan.rules if plan else ():
                for name in rule.names:
                    found.setdefault(name, []).append(rule.rule.say)
            in_conditions = {name for rule in plan.rules for name in rule.names} if plan else set()
            for name in plan.facts if plan else ():
                if name not in in_conditions and name != "tier":
                    found.setdefault(name, []).append("金额")
        return {name: tuple(dict.fromkeys(rules)) for name, rules in found.items()}


def register_table(question: Question) -> Any:
    """The register as the packs read it."""
    return facts_table(question.needed, _KEYS)


def simulate(question: Question, register: Register, engine: Engine) -> Simulation:
    """The whole register under a pack; CannotSay where a rule is not for columns."""
    cube = _Cube(question, engine)
    total = cube.total
    compiled, plan = question.compiled, question.plan
    words = compiled.vocabulary
    return Simulation(
        pack=compiled.pack.id,
        version=compiled.pack.version,
        digest=compiled.digest,
        kind=question.kind,
        phase=question.phase.value,
        on=question.on,
        register=register.file,
        engine=engine.name,
        rows=total("rows"),
        results=cube.results(),
        rules=tuple(_rules(question, cube)),
        missing=tuple(
            MissingTally(name, words[name].label if name in words else name, number)
            for name, number in sorted(cube.missing().items(), key=lambda one: -one[1])
            if number
        ),
        unit=plan.amount.unit if plan.amount else "",
        amount=total("amount"),
        tiers=_shares(cube, "tier", _tier_names(compiled)),
        districts=_shares(cube, "district", {}),
        sizes=_shares(cube, "size", words["size_class"].options or {}),
        caps=_shares(cube, "binding", {rule.id: rule.say for rule in compiled.pack.amount.rules()}),
        run_out=_run_out(question, cube, engine),
        against=_comparison(question, cube),
    )


class _Group(NamedTuple):
    """Rows that came out alike."""

    result: str
    first: int
    refused: str
    tier: str
    binding: str
    district: str
    size: str
    change: str


class _Cube:
    """The register counted once, by everything that is told of it."""

    def __init__(self, question: Question, engine: Engine) -> None:
        self.found, table = _both(question, register_table(question))
        self._tops = _top_districts(question, engine)
        keys = self._keys(table, question)
        table = table.mutate(**keys)
        sums = self._sums(table, question)
        grouped = table.group_by(list(keys)).aggregate(**sums)
        rows = engine.rows(grouped.select(*keys, *sums))
        self.groups = [(_group(row[: len(keys)]), _sums_of(list(sums), row[len(keys) :])) for row in rows]

    def _keys(self, table: Any, question: Question) -> dict[str, Any]:
        found, nothing = self.found, ibis.literal("")
        branches = [(table[name] == FAIL, position) for position, name in enumerate(found.rules)]
        first = ibis.cases(*branches, else_=-1) if branches else ibis.literal(-1)
        district = table["district"]
        shown = ibis.ifelse(district.isin(self._tops), district, REST) if self._tops else nothing
        sized = table[column_of("size_class")]
        keys = {
            "result": table[found.result], "first": first, "refused": table[found.refused], "tier": table[found.tier],
            "binding": table[found.binding], "district": ibis.ifelse(district.isnull(), nothing, shown), "size": sized,
            "change": _change(table, found) if question.against else nothing,
        }  # fmt: skip
        return {f"key:{name}": key for name, key in keys.items()}

    def _sums(self, table: Any, question: Question) -> dict[str, Any]:
        found = self.found
        granted = _granted(table, found.result, found.amount)
        undecided = table[found.result].isin([Result.UNKNOWN.value, Result.REVIEW.value])
        sums = {"rows": table.count(), "amount": granted.sum()}
        if question.against:
            sums["before"] = _granted(table, "other:result", "other:amount").sum()
        sums |= {f"fail:{position}": (table[name] == FAIL).sum() for position, name in enumerate(found.rules)}
        sums |= {f"open:{position}": (table[name] >= UNKNOWN).sum() for position, name in enumerate(found.rules)}
        return sums | {f"lack:{fact}": (undecided & table[name]).sum() for fact, name in found.missing.items()}

    def total(self, name: str, chosen: Callable[[_Group], bool] = lambda _: True) -> int:
        """A sum over the groups that are chosen."""
        return sum(sums[name] for group, sums in self.groups if chosen(group))

    def results(self) -> dict[Result, int]:
        """How many rows come to each result."""
        found = Counter(dict.fromkeys(Result, 0))
        for group, sums in self.groups:
            found[Result(group.result)] += sums["rows"]
        return dict(found)

    def missing(self) -> dict[str, int]:
        """On how many undecided rows each fact is wanted."""
        return {fact: self.total(f"lack:{fact}") for fact in self.found.missing}

    def by(self, key: str) -> dict[str, tuple[int, int]]:
        """Those who qualify, and what they get, by one of the keys."""
        cases: Counter[str] = Counter()
        amounts: Counter[str] = Counter()
        for group, sums in self.groups:
            if group.result == Result.ELIGIBLE.value:
                cases[getattr(group, key)] += sums["rows"]
                amounts[getattr(group, key)] += sums["amount"]
        return {value: (cases[value], amounts[value]) for value in cases}


def _group(keys: Sequence[Any]) -> _Group:
    result, first, *rest = keys
    return _Group(result, int(first), *(key or "" for key in rest))


def _sums_of(names: list[str], values: Sequence[Any]) -> dict[str, int]:
    return {name: _whole(value) for name, value in zip(names, values, strict=True)}


def _whole(value: Any) -> int:
    return int(value or 0)


def _both(question: Question, table: Any) -> tuple[Evaluated, Any]:
    """The table with the answers of the pack, and of the other where there is one."""
    if question.against is not None and question.other_plan is not None:
        other = evaluated(table, question.against, question.other_plan, question.on, mark="other")
        table = other.table
    found = evaluated(table, question.compiled, question.plan, question.on)
    return found, found.table


def _granted(table: Any, result: str, amount: str) -> Any:
    return ibis.ifelse(table[result] == Result.ELIGIBLE.value, table[amount], 0)


def _change(table: Any, found: Evaluated) -> Any:
    before, after = _granted(table, "other:result", "other:amount"), _granted(table, found.result, found.amount)
    was, now = (table[name] == Result.ELIGIBLE.value for name in ("other:result", found.result))
    return ibis.cases(
        (now & ~was, "gain"), (was & ~now, "lose"), (after > before, "more"), (after < before, "less"), else_="same"
    )


def _top_districts(question: Question, engine: Engine) -> list[str]:
    district = register_table(question)["district"]
    counted = district.value_counts(name="number").filter(lambda table: table["district"].notnull())
    rows = engine.rows(counted.order_by(ibis.desc("number"), "district").limit(_MOST_DISTRICTS).select("district"))
    return [row[0] for row in rows]


def _rules(question: Question, cube: _Cube) -> Iterator[RuleTally]:
    compiled = question.compiled
    for position, compiled_rule in enumerate(question.plan.rules):
        rule = compiled_rule.rule
        first = cube.total("rows", lambda group, position=position: group.first == position)  # type: ignore[misc]
        each, undecided = cube.total(f"fail:{position}"), cube.total(f"open:{position}")
        yield RuleTally(rule.id, rule.say, compiled_rule.clause, first, each, undecided)
    refused: Counter[str] = Counter()
    for group, sums in cube.groups:
        if group.refused:
            refused[group.refused] += sums["rows"]
    for amount_rule in compiled.pack.amount.rules():
        if number := refused[amount_rule.id]:
            clause = compiled.clauses[amount_rule.id]
            yield RuleTally(amount_rule.id, amount_rule.say, clause, number, number, 0)


def _tier_names(compiled: CompiledPack) -> dict[str, str]:
    return {row.id: row.name for tiers in compiled.pack.amount.tiers for row in tiers.rows}


def _shares(cube: _Cube, key: str, labels: Mapping[str, str]) -> tuple[Share, ...]:
    found = [Share(value, labels.get(value, value), *sums) for value, sums in cube.by(key).items()]
    order: Sequence[str] = list(labels)
    return tuple(
        sorted(found, key=lambda one: (order.index(one.key) if one.key in order else len(order), -one.amount, one.key))
    )


def _run_out(question: Question, cube: _Cube, engine: Engine) -> RunOut | None:
    if question.budget is None:
        return None
    if question.per_day:
        amount, rows = cube.total("amount"), cube.total("rows")
        return at_given_rate(question.budget, question.per_day, amount=amount, rows=rows, on=question.on)
    found = evaluated(register_table(question), question.compiled, question.plan, question.on)
    table = found.table.filter(found.table["applied_on"].notnull())
    granted = _granted(table, found.result, found.amount)
    days = table.group_by("applied_on").aggregate(rows=table.count(), amount=granted.sum()).order_by("applied_on")
    return at_observed_rate(
        question.budget, [(day, int(rows), _whole(amount)) for day, rows, amount in engine.rows(days)]
    )


def _comparison(question: Question, cube: _Cube) -> Comparison | None:
    if question.against is None:
        return None
    changed = {
        change: cube.total("rows", lambda group, change=change: group.change == change)  # type: ignore[misc]
        for change in ("gain", "lose", "more", "less", "same")
    }
    pack = question.against.pack
    return Comparison(pack.id, pack.version, **changed, before=cube.total("before"), after=cube.total("amount"))
