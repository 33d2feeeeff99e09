"""The page on invariants names each of them once, with what holds it: constraints, verifiers and tests that exist."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import Constraint, Index

from tests.architecture.ladder import tables
from vouchers.factory import VERIFIERS

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/invariants.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| INV-")
]
CHECKED = {
    name.split(".")[1]: frozenset[str](import_module(name).CHECKS) for name in VERIFIERS
}  # by slice, as its verifier says


def test_every_invariant_stands_there_once() -> None:
    assert [row[0] for row in ROWS] == [f"INV-{number:02d}" for number in range(1, 57)]


@pytest.mark.parametrize(("number", "schema", "verify", "test"), [(row[0], *row[2:]) for row in ROWS])
def test_what_holds_an_invariant_exists(number: str, schema: str, verify: str, test: str) -> None:
    known = {
        str(one.name)
        for table in tables().values()
        for one in [*table.constraints, *table.indexes]
        if isinstance(one, Constraint | Index)
    }
    named = re.findall(r"`([^`]+)`", schema)
    assert set(named) <= known | tables().keys()

    assert verify.split(", ") == sorted(name for name, held in CHECKED.items() if number in held) or not verify
    assert bool(verify) == any(number in held for held in CHECKED.values())

    path, _, function = test.strip("`").partition("::")
    assert f"\ndef {function}(" in (ROOT / "tests" / path).read_text(encoding="utf-8")


def test_every_finding_of_a_verifier_is_one_it_says_it_checks() -> None:
    for name in VERIFIERS:
        source = (ROOT / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8")
        told = set(re.findall(r'yield "(INV-\d\d)"', source))
        assert told == CHECKED[name.split(".")[1]], name
