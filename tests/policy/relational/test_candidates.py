"""免申即享: what a register yields for a row is what a full application with the same facts would be told."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policy.packs import compiled
from tests.policy.relational.agreement import ON, rows_near_cases
from tests.policy.relational.registers import asked, opened, write_csv, write_parquet
from vouchers.policy.pack.phases import Phase
from vouchers.policy.relational.candidates import Candidate, candidates
from vouchers.policy.relational.engines import DuckDB
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import Facts, FactType

Write = Callable[[Path, Sequence[Facts], Mapping[str, FactType]], None]


def candidates_of(path: Path) -> list[Candidate]:
    with opened(path) as (session, register):
        assert not register.errors, register.errors
        return list(candidates(asked(), DuckDB(session)))


@pytest.mark.parametrize(("write", "ending"), [(write_csv, "csv"), (write_parquet, "parquet")])
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_a_candidate_gets_what_an_application_with_the_same_facts_would(
    tmp_path_factory: pytest.TempPathFactory, *, write: Write, ending: str, seed: int
) -> None:
    rows = rows_near_cases(compiled(), "compute", Phase.APPLICATION, number=100, seed=seed)
    path = tmp_path_factory.mktemp("register") / f"register.{ending}"
    write(path, rows, asked().needed)

    for number, (facts, candidate) in enumerate(zip(rows, candidates_of(path), strict=True)):
        decision = decide(compiled(), "compute", facts, on=ON)
        assert decision.amount is not None
        assert candidate.uscc == f"U{number}"
        assert (candidate.result, candidate.refused_by, candidate.tier) == (
            decision.result, decision.refused_by, decision.tier,
        ), facts  # fmt: skip
        assert (candidate.amount, candidate.binding_cap) == (decision.amount.maximum, decision.amount.binding_cap), (
            facts
        )


def test_a_candidate_says_why_not_and_what_is_wanted(tmp_path: Path) -> None:
    given: dict[str, Any] = {"size_class": "large", "registered_in": "重庆市渝中区", "dishonesty": ()}
    rows: list[Facts] = [given, {**given, "size_class": "micro"}]
    write_csv(tmp_path / "r.csv", rows, asked().needed)

    large, micro = candidates_of(tmp_path / "r.csv")

    assert large.as_dict()["reasons"] == ["不符合：属于中小企业（中型、小型、微型）"]
    assert large.as_dict()["amount"] == "0.00"
    assert "operating_status" in micro.missing
    assert "还需要：登记状态" in micro.reasons
    assert micro.as_dict()["amount"] is None
