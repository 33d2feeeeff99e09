"""Both evaluators on the same rows, answer beside answer."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import pyarrow as pa

from tests.policy.relational.random_packs import AREAS, FIELDS, WORDS
from vouchers.kernel.money import MOST_FEN
from vouchers.policy.pack.phases import Phase
from vouchers.policy.relational.columns import column_of, facts_table, over_column
from vouchers.policy.relational.engines import duckdb_session, sql_of
from vouchers.policy.relational.evaluation import evaluated
from vouchers.policy.rules.compiled import CompiledPack, Plan
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import FactKind, Facts, FactType, FactValue, read_facts
from vouchers.policy.rules.results import Decision

ON = date(2026, 5, 6)
Run = Callable[[Any], list[tuple[Any, ...]]]
_ARROW = {
    FactKind.FLAG: pa.bool_(),
    FactKind.DATE: pa.date32(),
    FactKind.DATES: pa.list_(pa.date32()),
    FactKind.CHOICE: pa.string(),
    FactKind.TEXT: pa.string(),
    FactKind.AREA: pa.string(),
    FactKind.WORDS: pa.list_(pa.string()),
}


class Answer(NamedTuple):
    """What both evaluators say of a row."""

    result: str
    refused_by: tuple[str, ...]
    tier: str
    amount: int | None
    binding: str
    missing: frozenset[str]


def difference(compiled: CompiledPack, kind: str, phase: Phase, rows: Sequence[Facts], run: Run | None = None) -> str:
    """The first row on which the two evaluators say different things, told so that a person can follow; or nothing."""
    for facts, ours in zip(rows, answers(compiled, kind, phase, rows, run), strict=True):
        theirs = told(decide(compiled, kind, facts, on=ON, phase=phase), compiled)
        if ours != theirs:
            return f"facts {dict(facts)}\n  in columns {ours}\n  one by one {theirs}"
    return ""


def answers(
    compiled: CompiledPack, kind: str, phase: Phase, rows: Sequence[Facts], run: Run | None = None
) -> Iterator[Answer]:
    """What the relational evaluator says of each row, in order."""
    plan = compiled.plan(kind, phase)
    needed = facts_needed(compiled, plan)
    found = evaluated(facts_table(needed, {"row": "int64"}), compiled, plan, ON)
    columns = (
        found.result,
        found.refused,
        found.tier,
        found.amount,
        found.binding,
        *found.rules,
        *found.missing.values(),
    )
    query = found.table.order_by("row").select(*columns)
    table = table_of(rows, needed)
    fetched = _in_duckdb(query, table) if run is None else run((query, table))
    ids = [rule.rule.id for rule in plan.rules]
    for result, refused, tier, amount, binding, *rest in fetched:
        codes, lacking = rest[: len(ids)], rest[len(ids) :]
        failed = tuple(name for name, code in zip(ids, codes, strict=True) if code == 1)
        missing = frozenset(name for name, lacks in zip(found.missing, lacking, strict=True) if lacks)
        whole = None if amount is None else int(amount)
        yield Answer(result, failed or ((refused,) if refused else ()), tier or "", whole, binding or "", missing)


def told(decision: Decision, compiled: CompiledPack) -> Answer:
    """The answer of the pure evaluator; what is missing is what its open conditions and its amount lack."""
    amount = decision.amount
    open_facts = {
        name
        for condition, rule in zip(
            decision.conditions, compiled.plan(decision.kind, decision.phase).rules, strict=False
        )
        if condition.outcome in {"unknown", "review"}
        for name in rule.names
        if name not in decision.facts
    }
    missing = frozenset({*open_facts, *(amount.missing if amount else ())})
    maximum, binding = (amount.maximum, amount.binding_cap) if amount else (None, "")
    return Answer(decision.result.value, decision.refused_by, decision.tier, maximum, binding, missing)


def facts_needed(compiled: CompiledPack, plan: Plan) -> dict[str, FactType]:
    """The facts that a plan reads, by name."""
    return {name: compiled.vocabulary[name] for name in plan.facts}


def table_of(rows: Sequence[Facts], needed: dict[str, FactType]) -> pa.Table:
    """The rows as typed columns."""
    columns: dict[str, Any] = {"row": pa.array(range(len(rows)), pa.int64())}
    for name, fact in needed.items():
        seen: list[Any] = [facts.get(name) for facts in rows]
        if fact.kind is FactKind.SHARE:
            columns[over_column(name)] = pa.array(
                [None if one is None else one.denominator for one in seen], pa.int64()
            )
            seen = [None if one is None else one.numerator for one in seen]
        if fact.kind in {FactKind.WORDS, FactKind.DATES}:
            seen = [None if one is None else sorted(one) for one in seen]
        columns[column_of(name)] = pa.array(seen, _ARROW.get(fact.kind, pa.int64()))
    return pa.table(columns)


def rows_for(compiled: CompiledPack, kind: str, phase: Phase, *, number: int, seed: int) -> list[dict[str, FactValue]]:
    """Cases at random, most near the bounds that packs name; facts are missing at times."""
    chance = random.Random(seed)  # noqa: S311  repeatable is what is wanted
    needed = facts_needed(compiled, compiled.plan(kind, phase))
    return [
        {name: drawn(fact, chance) for name, fact in needed.items() if chance.random() < 0.97 and name != "tier"}
        | ({"tier": chance.choice(("low", "high", "none"))} if chance.random() < 0.1 else {})
        for _ in range(number)
    ]


def rows_near_cases(
    compiled: CompiledPack, kind: str, phase: Phase, *, number: int, seed: int
) -> list[dict[str, FactValue]]:
    """Cases at random near those that the pack itself tells of: a few facts are others, now and then one is missing."""
    chance = random.Random(seed)  # noqa: S311  repeatable is what is wanted
    needed = facts_needed(compiled, compiled.plan(kind, phase))
    given = [compiled.pack.case_given(case) for case in compiled.pack.cases if case.at == phase.value]
    told = [read_facts(facts, compiled.vocabulary)[0] for case_kind, _, facts in given if case_kind == kind]
    found = []
    for _ in range(number):
        start = chance.choice(told or [{}])
        facts = {name: value for name, value in start.items() if name in needed and chance.random() < 0.99}
        others = {
            name: drawn(fact, chance) for name, fact in needed.items() if chance.random() < 0.1 and name != "tier"
        }
        found.append(facts | others)
    return found


def drawn(fact: FactType, chance: random.Random) -> FactValue:
    """A value of a fact."""
    if fact.kind in {FactKind.DATES, FactKind.WORDS}:
        pool: Any = [_day(chance) for _ in range(3)] if fact.kind is FactKind.DATES else WORDS
        some = chance.sample(pool, k=chance.randint(0, 3))
        return tuple(sorted(some)) if fact.kind is FactKind.DATES else frozenset(some)
    return _DRAWN[fact.kind](fact, chance)


def _day(chance: random.Random) -> date:
    near = chance.choice((date(2023, 5, 6), date(2025, 12, 31), date(2026, 2, 28), ON))
    return near + timedelta(days=chance.choice((-200, -1, 0, 1, 30, 365)))


def _money(_fact: FactType, chance: random.Random) -> int:
    near = chance.choice((0, 100, 10_000, 100_000, 5_000_000, 12_345_678, chance.randint(0, 10**9)))
    return max(0, min(MOST_FEN, chance.choice((MOST_FEN, *[near + step for step in (-1, 0, 0, 0, 1, 50)]))))


_DRAWN: dict[FactKind, Callable[[FactType, random.Random], FactValue]] = {
    FactKind.FLAG: lambda _, chance: chance.random() < 0.5,
    FactKind.COUNT: lambda _, chance: chance.choice((0, 1, 2, 3, 19, 20, 21, 7_777, 10**12 - 1)),
    FactKind.MONEY: _money,
    FactKind.SHARE: lambda _, chance: Fraction(chance.choice(("0", "1/3", "1/2", "55/100", "5501/10000", "1", "3/2"))),
    FactKind.DATE: lambda _, chance: _day(chance),
    FactKind.CHOICE: lambda fact, chance: chance.choice(sorted(fact.options or {"other": ""})),
    FactKind.TEXT: lambda _, chance: chance.choice(FIELDS),
    FactKind.AREA: lambda _, chance: chance.choice((*AREAS, "重庆市渝中区解放碑街道", "重庆")),
}


def _in_duckdb(query: Any, table: pa.Table) -> list[tuple[Any, ...]]:
    with duckdb_session() as session:
        session.register("register", table)
        return session.execute(sql_of(query, "duckdb")).fetchall()
