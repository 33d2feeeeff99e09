"""Mutants of packs: every small change of a rule is noticed by a case of the pack, or changes no answer at all."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.packs import PACK, compiled, shipped
from tests.policy.test_commands import run
from vouchers.policy.loader import compiled_of, load_pack, load_text, pack_of
from vouchers.policy.mutation.around import is_same
from vouchers.policy.mutation.conditions import changed_conditions
from vouchers.policy.mutation.making import mutants, replaced
from vouchers.policy.mutation.trying import try_mutants
from vouchers.policy.mutation.values import moved
from vouchers.policy.pack.values import read_yuan
from vouchers.policy.rules.vocabulary import VOCABULARY

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

    trial = try_mutants(loaded.compiled, loaded.data)

    assert not [f"{'.'.join(map(str, one.path))}：{one.told}；{one.missing}" for one in trial.survivors]
    assert trial.caught + len(trial.equal) == trial.made > 10
    assert path != PACK or (trial.made > 150 and not trial.equal)  # of the first pack none is waved through


def test_a_mutant_survives_when_its_case_is_taken_away_and_the_missing_case_is_named() -> None:
    data = without_case("恰好 1000 元的发券")

    trial = try_mutants(compiled_of(data), data, within=("amount", "floors"))

    survivor = next(one for one in trial.survivors if one.path[:2] == ("amount", "floors"))
    assert survivor.told == "least 1000 元 改成 1001.00 元"
    assert "改动后暂不符合，拒绝理由 floor" in survivor.missing
    assert "算力券、申领" in survivor.missing


def test_the_missing_case_that_is_named_catches_the_mutant() -> None:
    data = without_case("模型券两项加计后，比例同样封顶 55%")
    survivors = try_mutants(compiled_of(data), data, within=("amount", "ceilings")).survivors
    assert [one.told for one in survivors] == ["kinds 去掉 model"]

    case = {
        "say": "补上",
        "kind": "model",
        "given": {"planned_net": "80000.00", "field": "health", "green_share": "56%"},
    }
    mended = {**data, "cases": [*data["cases"], {**case, "then": {"amount": "44000 元"}}]}

    assert not try_mutants(compiled_of(mended), mended, within=("amount", "ceilings")).survivors


def test_a_change_that_changes_no_answer_is_recognised_and_not_held_against_the_cases() -> None:
    data: Any = load_pack(PACK.parent / "anshun-2025.yaml").data
    idle = {"id": "idle", "say": "从不起作用的上限", "kinds": ["compute"], "limit": "90 万元", "over": "claim"}
    caps = [*data["amount"]["caps"], {**idle, "per": "once", "at": ["application"], "provenance": "local"}]
    wider = replaced(data, ("amount", "caps"), caps)

    trial = try_mutants(compiled_of(wider), wider, within=("amount", "caps"))

    assert not trial.survivors
    assert {one.path[:3] for one in trial.equal} == {("amount", "caps", len(caps) - 1)}
    assert trial.caught


def test_every_condition_operator_and_number_has_a_mutant() -> None:
    data = shipped().data
    assert isinstance(data, dict)
    paths = {one.path[:3] for one in mutants(data, compiled().vocabulary)}

    assert {("applicants", at) for at in range(5)} <= {path[:2] for path in paths}
    assert {("spending", at) for at in range(5)} <= {path[:2] for path in paths}
    sections = ("tiers", "bases", "rates", "bonuses", "ceilings", "stacking", "caps", "floors")
    assert {path[1] for path in paths if path[0] == "amount"} == {*sections, "rounding"}
    assert {("documents", at) for at in range(9)} <= {path[:2] for path in paths}
    assert {("admission", "requirements", at) for at in range(3)} <= paths


AROUND = [
    ("yuzhong-2025", ("cases",), "不在渝中区登记的，还可以交经营场所证明", ("documents",)),
    ("yuzhong-2025", ("admission", "cases"), "不能计量的不入库", ("admission", "requirements")),
    ("anshun-2025", ("cases",), "审核人员认定为突发事件的，先办后补，10 个工作日内补审核", ("process", "fast_tracks")),
    ("shandong", ("queues",), "已给出 29 个名额，最后一个给分高的，同分的给先报的", ("allocation",)),
]


@pytest.mark.parametrize(("pack", "where", "say", "section"), AROUND)
def test_a_change_of_papers_ways_admission_or_allocation_survives_without_its_example(
    pack: str, where: tuple[str, ...], say: str, section: tuple[str, ...]
) -> None:
    data: Any = load_pack(PACK.parent / f"{pack}.yaml").data
    examples = data[where[0]] if len(where) == 1 else data[where[0]][where[1]]
    without = replaced(data, where, [one for one in examples if one["say"] != say])

    survivors = try_mutants(compiled_of(without), without, within=section).survivors

    assert survivors
    assert all(one.missing.startswith("缺少示例") for one in survivors)


def test_a_condition_of_admission_that_says_the_same_in_other_words_is_no_survivor() -> None:
    pack = compiled().pack
    data: Any = shipped().data
    path = ("admission", "requirements", 0, "when")
    twice = {"all": [{"provider_is_legal_person": True}, {"provider_is_legal_person": {"is_not": False}}]}

    assert is_same(pack, pack_of(replaced(data, path, twice)), date(2026, 5, 6))
    assert not is_same(pack, pack_of(replaced(data, path, {"provider_is_legal_person": False})), date(2026, 5, 6))
    assert not is_same(pack, pack_of(replaced(data, path[:2], [])), date(2026, 5, 6))


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
