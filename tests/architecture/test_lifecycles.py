"""Every lifecycle, state by state and action by action: what its table allows leads on, anything else is a Conflict."""

import ast
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.ladder import rungs
from vouchers.kernel.errors import Conflict
from vouchers.kernel.lifecycle import Lifecycle
from vouchers.operation.verify import LIVES

ROOT = Path(__file__).parents[2] / "vouchers"
ENDS = {  # said here a second time: whatever leads out of one of these is a decision, not an oversight
    "application": "awarded issued lapsed out_of_funds rejected withdrawn",
    "award_reversal": "confirmed refused",
    "batch": "closed",
    "candidate": "confirmed declined expired objected",
    "candidate_list": "dropped ended",
    "cap_lift": "granted refused",
    "claim": "rejected reversed withdrawn",
    "comparison": "confirmed returned",
    "enterprise": "",
    "finance_document": "checked refused",
    "notice": "ended withdrawn",
    "objection": "dismissed upheld",
    "offering": "",
    "order": "cancelled completed",
    "payment_line": "paid",
    "proposal": "confirmed refused",
    "provider": "",
    "reset": "confirmed withdrawn",
    "scheme_version": "stopped superseded",
    "user": "",
    "voucher": "annulled expired void",
    "window": "closed scheme-stopped",
}
BY_THEMSELVES = {"AttemptState", "SimulationState"}  # a try at the bank and a calculation: one step, no table


def lifecycles() -> Iterator[tuple[Lifecycle[Any], type[StrEnum]]]:
    for slice_ in sorted(rungs()):
        if (ROOT / slice_ / "states.py").exists():
            for one in vars(import_module(f"vouchers.{slice_}.states")).values():
                if isinstance(one, Lifecycle):
                    yield one, type(one.transitions[0].target)


ALL = list(lifecycles())


def test_every_lifecycle_is_listed_and_the_verifier_knows_those_with_rows_of_their_own() -> None:
    assert {one.name for one, _ in ALL} == ENDS.keys()
    without = {"award_reversal", "cap_lift", "proposal", "reset", "user"}  # told by events of what they are about
    assert {one.name for one in LIVES.values()} == ENDS.keys() - without


@pytest.mark.parametrize(("lifecycle", "kind"), ALL, ids=[one.name for one, _ in ALL])
def test_what_the_table_allows_leads_on_and_anything_else_is_a_conflict(
    lifecycle: Lifecycle[Any], kind: type[StrEnum]
) -> None:
    table = {(source, one.action): one.target for one in lifecycle.transitions for source in one.sources}
    actions = sorted({one.action for other, _ in ALL for one in other.transitions})

    for state, action in product(kind, actions):
        assert lifecycle.allows(state, action) == ((state, action) in table)
        if (state, action) in table:
            assert lifecycle.after(state, action) is table[state, action]
            continue
        with pytest.raises(Conflict):
            lifecycle.after(state, action)
    ends = {state for state in kind if not lifecycle.actions_in(state)}
    assert {state.value for state in ends} == set(ENDS[lifecycle.name].split())


def test_no_service_sets_a_state_but_by_its_table() -> None:
    """`thing.state = …` takes what `after` gave; new rows are made with the state they begin in."""
    strays = []
    for path in sorted(ROOT.glob("*/services/**/*.py")) + sorted(ROOT.glob("*/services.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        given = {
            target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and _is_after(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        strays += [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and not _is_given(node.value, given)
            for target in node.targets
            if isinstance(target, ast.Attribute) and target.attr == "state"
        ]
    assert strays == []


def _is_after(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "after"


def _is_given(value: ast.expr, given: set[str]) -> bool:
    by_itself = isinstance(value, ast.Attribute) and ast.unparse(value.value) in BY_THEMSELVES
    return _is_after(value) or by_itself or (isinstance(value, ast.Name) and value.id in given)
