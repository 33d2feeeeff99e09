"""The two evaluators say the same of every row: result, refusing rules, tier, amount, binding cap, what is missing."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.policy.packs import MICRO, changed
from tests.policy.relational.agreement import answers, difference, rows_for, rows_near_cases
from tests.policy.relational.random_packs import compiled_packs
from vouchers.policy.loader import load_pack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.relational.columns import CannotSay
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.facts import Facts, read_facts

IS_FULL = os.environ.get("SIEGE") == "full"
PACKS, ROWS = (2_000, 500) if IS_FULL else (10, 400)
SHIPPED = sorted((Path(__file__).parents[3] / "seeds" / "policies").glob("*.yaml"))


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # `note` says what of a drawn pack counts
@settings(max_examples=PACKS, derandomize=not IS_FULL, deadline=None, suppress_health_check=list(HealthCheck))
@given(compiled=compiled_packs(), seed=st.integers(min_value=0, max_value=2**32))
def test_drawn_packs_decide_alike_row_by_row(compiled: CompiledPack, seed: int) -> None:
    rows = rows_for(compiled, "compute", Phase.APPLICATION, number=ROWS, seed=seed)

    found = difference(compiled, "compute", Phase.APPLICATION, rows)

    if found:
        note(compiled.pack.model_dump_json(include={"applicants", "amount", "voucher"}, exclude_defaults=True))
    assert not found, found


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in SHIPPED])
def test_shipped_packs_decide_alike_row_by_row(file: Path) -> None:
    compiled = load_pack(file).compiled
    assert compiled is not None

    for kind, phase in compiled.plans:
        rows = rows_near_cases(compiled, kind, phase, number=ROWS // 2, seed=7)
        rows += rows_for(compiled, kind, phase, number=ROWS // 2, seed=7)
        assert not difference(compiled, kind, phase, rows), (kind, phase)


def test_a_rule_whose_numbers_no_column_holds_is_named_and_not_guessed() -> None:
    def too_fine(data: dict[str, Any]) -> None:
        rows = {"micro": "1/999999937", "small": "1/999999929", "medium": "1/999999893"}
        data["amount"]["rates"][0]["choose"]["rows"] = rows

    with pytest.raises(CannotSay, match="规则 rate-by-size 不能用于整册试算：算式中的数可能超过 38 位"):
        list(answers(changed(too_fine), "compute", Phase.APPLICATION, []))


def test_a_negated_comparison_of_a_missing_fact_is_open_within_a_choice() -> None:
    """Once NOT (x) IS NULL was sent, and read as NOT (x IS NULL): found by drawn packs."""

    def negated(data: dict[str, Any]) -> None:
        row = {"when": {"headcount": {"not_in": [2, 19]}}, "then": "10%"}
        data["amount"]["rates"][0]["choose"] = {"match": [row], "otherwise": "none"}

    rows: list[Facts] = [{"planned_net": 10_000_000}, {"planned_net": 10_000_000, "headcount": 3}]

    assert not difference(changed(negated), "compute", Phase.APPLICATION, rows)


def test_numbers_of_a_pack_are_multiplied_in_64_bits() -> None:
    """Once 1/9973 and a step of 100 yuan were multiplied in the 32 bits of a bare number: found by drawn packs."""

    def fine(data: dict[str, Any]) -> None:
        data["amount"]["rates"][0]["choose"]["rows"] = {"micro": "1/9973", "small": "33.33%", "medium": "1/9973"}
        data["amount"]["rounding"] |= {"to": "100 元", "mode": "down"}

    rows: list[Facts] = [{"planned_net": 997_300_000, "size_class": size} for size in ("micro", "small", "medium")]

    assert not difference(changed(fine), "compute", Phase.APPLICATION, rows)


def test_what_no_fact_can_hold_is_no_way_to_pass() -> None:
    """Once a bound at the most that the system keeps ended in a fault: found by drawn packs."""

    def highest(data: dict[str, Any]) -> None:
        data["applicants"].append(
            {"id": "most", "say": "营业收入超过 1000 亿元", "at": ["application"], "provenance": "local"}
            | {"when": {"revenue": {"more_than": "1000 亿元"}}}
        )

    assert not difference(changed(highest), "compute", Phase.APPLICATION, [{"planned_net": 1, "revenue": 100}])


@pytest.mark.parametrize("counting", ["contracts", "years"])
def test_a_contract_or_year_that_stands_over_its_cap_is_let_through_by_both(counting: str) -> None:
    def soft(data: dict[str, Any]) -> None:
        cap: dict[str, Any] = {
            "id": "soft",
            "say": "原则上",
            "provenance": "local",
            "kinds": ["compute"],
            "over": "applicant",
        }
        cap |= {"at": ["application"], "per": "life", "count": 2, "counting": counting, "hard": False}
        data["amount"]["caps"].append(cap | {"liftable_when": {"size_class": "small"}})

    compiled = changed(soft)
    rows = [
        read_facts({**MICRO, "size_class": size, "counted:soft": used, **said}, compiled.vocabulary)[0]
        for size in ("small", "micro")
        for used in (1, 2, 3)
        for said in ({}, {"over:soft": False}, {"over:soft": True}, {"lifted:soft": True})
    ]

    assert not difference(compiled, "compute", Phase.APPLICATION, rows)
    passed = [answer.refused_by for answer in answers(compiled, "compute", Phase.APPLICATION, rows)]
    assert passed[4:8] == [("soft",), ("soft",), (), ()]
    assert passed[16:20] == [("soft",), ("soft",), (), ("soft",)]
