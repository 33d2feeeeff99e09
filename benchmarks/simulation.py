"""A pack on a whole register: rows a second in columns beside case by case, and the memory it takes."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import Figure, at_least, at_most, plain, seconds
from benchmarks.registers import write_register
from tests.databases import postgresql_server
from vouchers.policy.loader import load_pack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.relational.engines import DuckDB, Engine, duckdb_session, postgresql
from vouchers.policy.relational.outcome import Simulation
from vouchers.policy.relational.register import Register, read_register
from vouchers.policy.relational.simulation import Question, simulate
from vouchers.policy.rules.compiled import compile_pack
from vouchers.policy.rules.decision import assess
from vouchers.policy.rules.facts import FactValue
from vouchers.policy.rules.results import Result

PACK = Path(__file__).parents[1] / "seeds" / "policies" / "yuzhong-2025.yaml"
ON = date(2026, 5, 6)
MANY = int(os.environ.get("ROWS", "10000000"))
SERVED = int(os.environ.get("ROWS_ON_POSTGRESQL", "10000000"))
ONE_BY_ONE = 20_000
MOST_MEMORY = 4096


def run() -> list[Figure]:
    """Ten million rows here and on PostgreSQL, and twenty thousand case by case with the same answers.

    `ROWS` and `ROWS_ON_POSTGRESQL` ask for other numbers. Rows go to the server in one stream of COPY, by way of a file
    of some 200 bytes a row in the temporary folder; neither is ever held whole in memory.
    """
    with tempfile.TemporaryDirectory() as folder:
        many, served, few = (Path(folder) / f"{name}.parquet" for name in ("many", "served", "few"))
        for path, number in ((many, MANY), (served, SERVED), (few, ONE_BY_ONE)):
            write_register(path, number)
        alone = _in_a_process("alone", many)
        pure = _case_by_case(few)
        on_server = _in_a_process("served", served)
    rate = MANY / alone["evaluating"]
    return [
        plain(f"rows a second, {MANY:,} enterprises, DuckDB", rate, "/s"),
        plain("reading and checking the register before, rows a second", MANY / alone["reading"], "/s"),
        at_most("memory at its highest, reading included", alone["memory"], MOST_MEMORY, unit=" MiB"),
        plain("rows a second case by case, the pure evaluator", ONE_BY_ONE / pure, "/s"),
        at_least(
            "DuckDB beside case by case, reading included",
            (MANY / (alone["evaluating"] + alone["reading"])) * pure / ONE_BY_ONE,
            3,
        ),
        plain(f"rows a second, {SERVED:,} enterprises, PostgreSQL", SERVED / on_server["evaluating"], "/s"),
        plain("copying them to PostgreSQL, rows a second", SERVED / on_server["copying"], "/s"),
        at_most("memory at its highest on this side of PostgreSQL", on_server["memory"], MOST_MEMORY, unit=" MiB"),
        Figure("other work on the machine meanwhile (load of 2 cores)", f"{os.getloadavg()[1]:.1f}"),
    ]


def question() -> Question:
    """What is asked: yuzhong-2025 at the application."""
    loaded = load_pack(PACK)
    if loaded.pack is None:
        raise SystemExit(f"{PACK.name} does not load")
    return Question(compile_pack(loaded.pack, loaded.digest), "compute", Phase.APPLICATION, ON)


def opened(session: Any, asked: Question, path: Path) -> Register:
    """The register, which must be without fault."""
    words = asked.vocabulary
    register = read_register(session, path, asked.needed, vocabulary=words, rules=asked.rules_reading(), assumed={})
    if register.errors:
        raise SystemExit(f"the register has faults: {register.errors[0].message}")
    return register


def alone(path: Path) -> dict[str, float]:
    """Seconds of reading and of evaluating, and the most memory in MiB, of this process."""
    asked = question()
    with duckdb_session() as session:
        begun = time.perf_counter()
        register = opened(session, asked, path)
        read = time.perf_counter()
        found = _simulated(asked, register, DuckDB(session))
        ended = time.perf_counter()
    if found.results[Result.ELIGIBLE] * 20 < found.rows:
        raise SystemExit("hardly anybody qualifies: the register does not fit the pack")
    return {"reading": read - begun, "evaluating": ended - read, "memory": _memory()}


def _memory() -> float:
    """The most memory that this process had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _simulated(asked: Question, register: Register, engine: Engine) -> Simulation:
    return simulate(asked, register, engine)


def _in_a_process(part: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.simulation", part, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])  # noqa: S603
    found: dict[str, float] = json.loads(told.stdout)
    return found


def _case_by_case(path: Path) -> float:
    """Seconds of the pure evaluator on facts that are already typed; its answers must be those of the columns."""
    asked = question()
    with duckdb_session() as session:
        register = opened(session, asked, path)
        inward = _simulated(asked, register, DuckDB(session))
        cases = _facts(session, asked)
    answers: list[Any] = []
    taken = seconds(lambda: answers.extend(assess(asked.plan, facts, ON) for facts in cases))
    eligible = [one for one in answers if one.result is Result.ELIGIBLE]
    amount = sum(one.worked.maximum or 0 for one in eligible if one.worked)
    if (len(eligible), amount) != (inward.results[Result.ELIGIBLE], inward.amount):
        raise SystemExit("the two evaluators disagree")
    return taken


def _facts(session: Any, asked: Question) -> list[dict[str, FactValue]]:
    """The typed rows as facts, one mapping each."""
    from fractions import Fraction  # noqa: PLC0415  only here

    cursor = session.execute("FROM register")
    names = [column[0] for column in cursor.description]
    found = []
    for row in cursor.fetchall():
        seen = dict(zip(names, row, strict=True))
        facts: dict[str, FactValue] = {}
        for name in asked.plan.facts:
            value = seen.get(name)
            if value is None:
                continue
            over = seen.get(f"{name}/over")
            facts[name] = Fraction(value, over) if over else tuple(value) if isinstance(value, list) else value
        found.append(facts)
    return found


def served(path: Path) -> dict[str, float]:
    """Seconds of copying to PostgreSQL and of evaluating there, with the answers of DuckDB; the most memory here."""
    asked = question()
    with postgresql_server() as address, duckdb_session() as session:
        register = opened(session, asked, path)
        here = _simulated(asked, register, DuckDB(session))
        begun = time.perf_counter()
        with postgresql(address, session) as engine:
            copied = time.perf_counter()
            there = _simulated(asked, register, engine)
            ended = time.perf_counter()
    if (here.results, here.amount) != (there.results, there.amount):
        raise SystemExit("the two databases disagree")
    return {"copying": copied - begun, "evaluating": ended - copied, "memory": _memory()}


if __name__ == "__main__":
    measured = {"alone": alone, "served": served}[sys.argv[1]](Path(sys.argv[2]))
    sys.stdout.write(json.dumps(measured))
