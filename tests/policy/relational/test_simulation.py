"""A simulation counts what the case-by-case evaluator says of each row; the same on PostgreSQL."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.policy.packs import changed, compiled
from tests.policy.relational.agreement import ON, answers, rows_near_cases
from tests.policy.relational.registers import asked, opened, write_parquet
from vouchers.kernel.money import parse_yuan
from vouchers.policy.pack.phases import Phase
from vouchers.policy.relational.engines import DuckDB, postgresql
from vouchers.policy.relational.outcome import Simulation
from vouchers.policy.relational.run_out import at_given_rate, at_observed_rate
from vouchers.policy.relational.simulation import simulate
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.results import Decision, Result

ROWS = rows_near_cases(compiled(), "compute", Phase.APPLICATION, number=400, seed=11)


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("simulation") / "register.parquet"
    write_parquet(path, ROWS, asked().needed)
    return path


@pytest.fixture(scope="module")
def decisions() -> list[Decision]:
    return [decide(compiled(), "compute", facts, on=ON) for facts in ROWS]


def simulated(path: Path, **more: Any) -> Simulation:
    question = asked(**more)
    with opened(path, question) as (session, read):
        assert not read.errors
        return simulate(question, read, DuckDB(session))


def amounts(decisions: list[Decision]) -> list[tuple[Decision, int]]:
    return [(one, one.amount.maximum or 0) for one in decisions if one.result is Result.ELIGIBLE and one.amount]


def test_results_and_money_are_those_of_the_rows(register: Path, decisions: list[Decision]) -> None:
    found = simulated(register)

    assert found.rows == len(ROWS)
    assert found.results == {result: sum(one.result is result for one in decisions) for result in Result}
    assert found.amount == sum(amount for _, amount in amounts(decisions)) > 0
    by_tier: Counter[str] = Counter()
    for decision, amount in amounts(decisions):
        by_tier[decision.tier] += amount
    assert {share.key: share.amount for share in found.tiers} == dict(by_tier)
    assert sum(share.amount for share in found.districts) == found.amount == sum(share.amount for share in found.sizes)


def test_each_rule_counts_whom_it_refuses_and_who_fails_there_first(register: Path, decisions: list[Decision]) -> None:
    each = Counter(rule for one in decisions for rule in one.refused_by)
    first = Counter(one.refused_by[0] for one in decisions if one.refused_by)

    found = simulated(register)

    assert {rule.id: rule.each for rule in found.rules if rule.each} == dict(each)
    assert {rule.id: rule.first for rule in found.rules if rule.first} == dict(first)
    assert all(rule.clause and rule.say for rule in found.rules)


def test_what_is_missing_is_counted_on_the_rows_it_leaves_open(register: Path) -> None:
    lacking: Counter[str] = Counter()
    for answer in answers(compiled(), "compute", Phase.APPLICATION, ROWS):
        if answer.result in {"unknown", "review"}:
            lacking.update(answer.missing)

    assert {one.fact: one.rows for one in simulated(register).missing} == dict(lacking)


def test_another_version_is_compared_row_by_row(register: Path, decisions: list[Decision]) -> None:
    def easier(data: dict[str, Any]) -> None:
        data["applicants"] = data["applicants"][1:]
        data["amount"]["rates"][0]["choose"]["rows"] = {"micro": "60%", "small": "30%", "large": "10%"}

    other = changed(easier)
    theirs = [decide(other, "compute", facts, on=ON) for facts in ROWS]
    pairs = [
        (was.result is Result.ELIGIBLE, now.result is Result.ELIGIBLE)
        for was, now in zip(theirs, decisions, strict=True)
    ]

    found = simulated(register, against=other).against

    assert found is not None
    assert (found.gain, found.lose) == (pairs.count((False, True)), pairs.count((True, False)))
    assert found.gain + found.lose + found.more + found.less + found.same == len(ROWS)
    assert found.before == sum(amount for _, amount in amounts(theirs))
    assert found.after == sum(amount for _, amount in amounts(decisions))
    assert found.lose > 0
    assert found.less > 0


def test_the_envelope_runs_out_at_a_given_rate() -> None:
    found = at_given_rate(parse_yuan("1000"), 5, amount=parse_yuan("3000"), rows=30, on=date(2026, 5, 1))

    assert (found.days, found.on) == (2, date(2026, 5, 2))
    assert at_given_rate(parse_yuan("3000.01"), 5, amount=parse_yuan("3000"), rows=30, on=ON).on is None


def test_the_envelope_runs_out_on_an_observed_day_or_later_at_the_mean() -> None:
    days = [(date(2026, 5, 1), 3, 100), (date(2026, 5, 4), 1, 300)]

    inside, beyond, never = (
        at_observed_rate(budget, given) for budget, given in ((150, days), (401, days), (9, [(ON, 1, 0)]))
    )

    assert inside is not None
    assert beyond is not None
    assert never is not None
    assert (inside.days, inside.on, inside.per_day_thousandths) == (4, date(2026, 5, 4), 1000)
    assert (beyond.days, beyond.on) == (5, date(2026, 5, 5))
    assert never.on is None
    assert at_observed_rate(9, []) is None


def test_postgresql_says_the_same(register: Path, postgresql_address: str) -> None:
    question = asked(against=compiled())
    with opened(register, question) as (session, read), postgresql(postgresql_address, session) as engine:
        there, here = simulate(question, read, engine), simulate(question, read, DuckDB(session))

    assert there.as_dict() | {"engine": "duckdb"} == here.as_dict()
