"""Change every line about money, duties, keys and the trail, and see that a test notices: `make mutants`.

mutmut makes the mutants and switches between them; they are tried here, in forks of one process that has gathered the
tests and built the application once. That takes minutes where a new pytest per mutant takes a night.
"""

import argparse
import json
import os
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir, setup_source_paths

from benchmarks.trials import Outcome, Trials

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "siege-mutants.json"
LEAST_KILLED = 85
_PLAIN = ("-p", "no:randomly", "-p", "no:unraisableexception")  # a fork drops what its parent left open


def main(words: list[str]) -> int:
    """Make, try, keep and say; 1 when a module lies below the goal, or the tests fail without any mutant."""
    asked = _parser().parse_args(words)
    known = json.loads(RESULTS.read_text())["modules"] if RESULTS.exists() else {}
    made = _made()
    drawn = {name: _drawn(name, made[name], known, asked) for name in asked.modules or sorted(made)}

    def keep(module: str, outcomes: Mapping[str, Outcome]) -> None:
        known[module] = _share(module, outcomes, drawn[module])
        _keep(known)

    trials = Trials({name: one.names for name, one in drawn.items()}, keep)
    os.chdir("mutants")
    selected = [*config().pytest_add_cli_args, *(asked.tests or config().pytest_add_cli_args_test_selection)]
    if pytest.main(["-q", *_PLAIN, *selected], plugins=[trials]) or not trials.are_clean:
        sys.stderr.write("the tests fail before anything is changed\n")
        return 1
    return _say(known)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="modules to try, such as vouchers.ledger.rules; else all")
    parser.add_argument("--most", type=int, default=0, help="at most so many mutants of a module, drawn by lot")
    parser.add_argument("--seed", type=int, default=1, help="of the lot")
    parser.add_argument("--tests", nargs="+", help="the tests that shall notice; else all of pyproject.toml")
    parser.add_argument("--survivors", action="store_true", help="only those that lived when they were last tried")
    return parser


def _made() -> dict[str, list[str]]:
    """The mutants of each module, written to `mutants/`, which is then imported in place of the product."""
    set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir(exist_ok=True)
    copy_src_dir()
    copy_also_copy_files()
    setup_source_paths()
    mutmut.create_mutants(1)
    found, _ = mutmut.collect_source_file_mutation_data(mutant_names=())
    modules: dict[str, list[str]] = {}
    for _, name, _ in found:
        modules.setdefault(name.rpartition(".")[0], []).append(name)
    return modules


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The mutants of a module to try, how many were killed before, and how many are not tried."""

    names: list[str]
    killed: int = 0
    left: int = 0


def _drawn(module: str, names: list[str], known: Mapping[str, Any], asked: argparse.Namespace) -> _Drawn:
    if asked.survivors:
        last = known.get(module, {"survivors": [], "killed": 0, "not_run": len(names)})
        return _Drawn([f"{module}.{name}" for name in last["survivors"]], last["killed"], last["not_run"])
    if not asked.most or len(names) <= asked.most:
        return _Drawn(names)
    return _Drawn(sorted(random.Random(asked.seed).sample(names, asked.most)), left=len(names) - asked.most)  # noqa: S311


def _share(module: str, outcomes: Mapping[str, Outcome], drawn: _Drawn) -> dict[str, Any]:
    lived = [name.removeprefix(f"{module}.") for name in drawn.names if outcomes[name] in {"survived", "no tests"}]
    killed = drawn.killed + len(drawn.names) - len(lived)
    return {"killed": killed, "survived": len(lived), "not_run": drawn.left, "survivors": lived}


def _keep(modules: dict[str, dict[str, Any]]) -> None:
    for share in modules.values():
        share["percent"] = _percent(share)
    total = {key: sum(share[key] for share in modules.values()) for key in ("killed", "survived", "not_run")}
    kept = {"total": {**total, "percent": _percent(total)}, "modules": dict(sorted(modules.items()))}
    RESULTS.write_text(json.dumps(kept, ensure_ascii=False, indent=2) + "\n")


def _percent(share: Mapping[str, int]) -> float:
    tried = share["killed"] + share["survived"]
    return round(100 * share["killed"] / tried, 1) if tried else 0.0


def _say(modules: Mapping[str, Mapping[str, Any]]) -> int:
    for name, share in sorted(modules.items()):
        told = f"{share['percent']:6.1f} %  {share['killed']} of {share['killed'] + share['survived']}"
        sys.stdout.write(f"{name:40}{told}, {share['not_run']} not run\n")
    return int(any(share["percent"] < LEAST_KILLED for share in modules.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
