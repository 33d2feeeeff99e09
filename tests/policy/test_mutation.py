"""Mutants of packs: every small change of a rule is noticed by a case of the pack, or changes no answer at all."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.packs import PACK, compiled, shipped
from tests.policy.test_commands import run
from vouchers.policy.loader import compiled_of, load_pack, load_text
from vouchers.policy.mutation.conditions import changed_conditions
from vouchers.policy.mutation.making import mutants, replaced
from vouchers.policy.mutation.trying import try_mutants
from vouchers.policy.mutation.values import moved
from vouchers.policy.pack.values import read_yuan
from vouchers.policy.rules.vocabulary import VOCABULARY

IS_FULL = os.environ.get("SIEGE") == "full"
EVERY = 1 if IS_FULL else 5
PACKS = sorted(PACK.parent.glob("*.yaml"))


def without_case(say: str) -> Any:
    data = shipped().data
    assert isinstance(data, dict)
    cases = [case for case in data["cases"] if case["say"] != say]
    assert len(cases) == len(data["cases"]) - 1
    return {**data, "cases": cases}


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_the_cases_of_a_shipped_pack_catch_every_mutant_of_it(path: Path) -> None:
    loaded = load_pack(path)
    assert loaded.compiled is not None, loaded.errors

    trial = try_mutants(loaded.compiled, loaded.data, every=EVERY, first=len(path.stem) % EVERY)

    assert not [f"{'.'.join(map(str, one.path))}：{one.told}；{one.missing}" for one in trial.survivors]
    assert trial.made > 10 // EVERY
    assert trial.caught + len(trial.equal) == trial.made


def test_every_mutant_of_the_first_pack_is_caught_and_none_is_waved_through() -> None:
    trial = try_mutants(compiled(), shipped().data)

    assert (trial.survivors, trial.equal) == ((), ())
    assert trial.caught == trial.made > 100


def test_a_mutant_survives_when_its_case_is_taken_away_and_the_missing_case_is_named() -> None:
    data = without_case("恰好 1000 元的发券")

    trial = try_mutants(compiled_of(data), data)

    survivor = next(one for one in trial.survivors if one.path[:2] == ("amount", "floors"))
    assert survivor.told == "least 1000 元 改成 1001.00 元"
    assert "改动后暂不符合，拒绝理由 floor" in survivor.missing
    assert "算力券、申领" in survivor.missing


def test_the_missing_case_that_is_named_catches_the_mutant() -> None:
    data = without_case("模型券两项加计后，比例同样封顶 55%")
    survivors = try_mutants(compiled_of(data), data).survivors
    assert [one.told for one in survivors] == ["kinds 去掉 model"]

    case = {
        "say": "补上",
        "kind": "model",
        "given": {"planned_net": "80000.00", "field": "health", "green_share": "56%"},
    }
    mended = {**data, "cases": [*data["cases"], {**case, "then": {"amount": "44000 元"}}]}

    assert not try_mutants(compiled_of(mended), mended).survivors


def test_a_change_that_changes_no_answer_is_recognised_and_not_held_against_the_cases() -> None:
    data = shipped().data
    assert isinstance(data, dict)
    idle = {"id": "idle", "say": "从不起作用的上限", "kinds": ["compute"], "limit": "90 万元", "over": "claim"}
    caps = [*data["amount"]["caps"], {**idle, "per": "once", "at": ["application"], "provenance": "local"}]
    wider = replaced(data, ("amount", "caps"), caps)

    trial = try_mutants(compiled_of(wider), wider, every=EVERY)

    assert not trial.survivors
    assert {one.path[:3] for one in trial.equal} == {("amount", "caps", 4)}


def test_every_condition_operator_and_number_has_a_mutant() -> None:
    data = shipped().data
    assert isinstance(data, dict)
    paths = {one.path[:3] for one in mutants(data, compiled().vocabulary)}

    assert {("applicants", at) for at in range(5)} <= {path[:2] for path in paths}
    assert {("spending", at) for at in range(5)} <= {path[:2] for path in paths}
    sections = ("tiers", "bases", "rates", "bonuses", "ceilings", "stacking", "caps", "floors")
    assert {path[1] for path in paths if path[0] == "amount"} == {*sections, "rounding"}


def test_a_mutant_leaves_the_data_it_came_from_untouched() -> None:
    data = shipped().data
    assert isinstance(data, dict)
    before = json.dumps(data, ensure_ascii=False)

    made = [json.dumps(one.data, ensure_ascii=False) for one in mutants(data, compiled().vocabulary)]

    assert json.dumps(data, ensure_ascii=False) == before
    assert before not in made
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"headcount": {"at_least": 20}}, {"less_than", "more_than", "21", "19"}),
        ({"any": [{"is_incubated": True}, {"headcount": 3}]}, {"all", "去掉", "is_not", "4", "2"}),
        ({"not": {"size_class": {"in": ["micro", "small"]}}}, {"去掉 not", "not_in", "micro"}),
        ({"headcount": {"between": [5, 9]}}, {"outside", "6、9", "4、9", "5、10", "5、8"}),
        ({"rd_spending": {"at_least_of": {"fact": "revenue", "share": "5%"}}}, {"more_than_of", "6%", "4%"}),
    ],
)
def test_operators_thresholds_and_parts_are_all_changed(condition: dict[str, object], told: set[str]) -> None:
    changes = [words for words, _ in changed_conditions(condition, VOCABULARY)]

    assert all(any(word in change for change in changes) for word in told), changes


@settings(deadline=None)
@given(fen=st.integers(min_value=0, max_value=10**12))
def test_a_moved_amount_is_one_unit_away_and_reads_back(fen: int) -> None:
    assert {read_yuan(one) - fen for one in moved(f"{fen} 分")} <= {1, -1}


def test_the_command_names_what_survives_with_file_line_and_missing_case(app: Flask, tmp_path: Path) -> None:
    text = PACK.read_text(encoding="utf-8")
    start = text.index("  - say: 恰好 1000 元的发券")
    path = tmp_path / "pack.yaml"
    path.write_text(text[:start] + text[text.index("  - say:", start + 5) :], encoding="utf-8")

    good, bad = run(app, "check", "yuzhong-2025", "--mutants"), run(app, "check", str(path), "--mutants")

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert "没有发现不了的" in good.output
    line = load_text(path.read_text(encoding="utf-8"), "x").lines["floor"] + 4
    assert f"{path}:{line}: floor 提示 示例发现不了这处改动：least 1000 元 改成 1001.00 元" in bad.output
    assert "缺少示例" in bad.output
