"""`flask policy simulate` and `flask policy candidates`: what they print, and with which status they end."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from tests.policy.packs import PACK
from tests.policy.relational.registers import GOOD, HEADING
from vouchers.policy.commands import policy

LARGE = "91500103MA5U000002,大型,重庆市渝中区,存续（在营）,无,否,50000.00"
REST = ("应用领域", "同一合同已获其他财政支持", "申请日期")


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(policy, list(arguments))


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "register.csv"
    tails = (",health,0,2026-05-06", ",health,0,2026-05-07")
    rows = (line + tail for line, tail in zip((GOOD, LARGE), tails, strict=True))
    path.write_text("\n".join((",".join((HEADING, *REST)), *rows)), encoding="utf-8")
    return path


@pytest.fixture
def assume(tmp_path: Path) -> Path:
    path = tmp_path / "assume.json"
    path.write_text(json.dumps({"granted:cap-applicant-year": "0.00", "granted:cap-controller-year": "0.00"}))
    return path


@pytest.fixture
def given(register: Path, assume: Path) -> tuple[str, ...]:
    return ("yuzhong-2025", "--register", str(register), "--assume", str(assume), "--on", "2026-05-06")


def test_simulate_prints_counts_money_and_the_day_the_money_is_gone(app: Flask, given: tuple[str, ...]) -> None:
    answer = run(app, "simulate", *given, "--budget", "60000", "--json")

    found = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert found["results"] == {"eligible": 1, "ineligible": 1, "unknown": 0, "review": 0}
    assert found["amount"] == "27500.00"
    assert found["by_tier"] == [{"key": "starter", "label": "入门级", "cases": 1, "amount": "27500.00"}]
    assert found["by_district"][0]["key"] == "重庆市渝中区"
    assert found["rules"][0] | {"clause": "", "say": ""} == {
        "id": "small-and-medium", "say": "", "clause": "", "first": 1, "each": 1, "undecided": 0,
    }  # fmt: skip
    assert found["run_out"] == {
        "budget": "60000.00", "observed": True, "per_day": "1.000", "days": 5, "on": "2026-05-10",
    }  # fmt: skip


def test_simulate_tells_the_same_in_words_and_compares_two_packs(
    app: Flask, given: tuple[str, ...], tmp_path: Path
) -> None:
    older = tmp_path / "older.yaml"
    older.write_text(
        PACK.read_text(encoding="utf-8").replace("rows: {micro: 50%,", "rows: {micro: 45%,"), encoding="utf-8"
    )
    checked = run(app, "check", str(older))
    assert checked.exit_code == 1  # its cases no longer come out as stated, so it must not be compared with

    refused = run(app, "simulate", *given, "--against", str(older))
    answer = run(app, "simulate", *given, "--against", str(PACK), "--per-day", "2", "--budget", "10000")

    assert refused.exit_code == 1
    assert answer.exit_code == 0
    assert "可以申领　1 户（50.0%）" in answer.stdout
    assert "1／1／0　属于中小企业（中型、小型、微型）（《渝中区算力经济" in answer.stdout
    assert "预算 ¥10,000.00，每天 2 件：第 1 天用完，即 2026-05-06" in answer.stdout
    assert "新增可申领 0 户，不再可申领 0 户" in answer.stdout
    assert "没有“实际经营地”（operates_in）一列" in answer.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--engine", "oracle"), "--engine 写 duckdb"),
        (("--engine", "postgresql://nobody:secret@localhost:1/none"), "连不上"),
        (("--budget", "12万"), "--budget：金额应为"),
        (("--budget", "0"), "--budget 要大于 0"),
        (("--per-day", "3"), "还要写 --budget"),
        (("--kind", "gold"), "没有券种“gold”"),
    ],
)
def test_simulate_refuses_options_it_cannot_use(
    app: Flask, given: tuple[str, ...], *, options: tuple[str, ...], told: str
) -> None:
    answer = run(app, "simulate", *given, *options)

    assert answer.exit_code == 2
    assert told in answer.stderr
    assert "secret" not in answer.stderr + answer.stdout


def test_a_faulty_register_ends_with_one_and_findings(app: Flask, register: Path) -> None:
    register.write_text(register.read_text(encoding="utf-8").replace("50000.00", "五万"), encoding="utf-8")
    given = ("yuzhong-2025", "--register", str(register))

    in_words, as_json = run(app, "simulate", *given), run(app, "candidates", *given, "--json")

    assert (in_words.exit_code, as_json.exit_code) == (1, 1)
    assert f"{register}:2: 错误 第 2 行“预计服务费用（不含税）”写的是“五万”（这一类共 2 处）" in in_words.stderr
    cells = [one for one in json.loads(as_json.stdout)["findings"] if one["level"] == "error"]
    assert [(one["row"], one["code"], one["total"]) for one in cells] == [(2, "unfit-cell", 2), (3, "unfit-cell", 2)]


def test_assumed_facts_are_checked_like_any_others(app: Flask, register: Path, assume: Path) -> None:
    assume.write_text('{"granted:cap-applicant-yaer": "0.00"}')

    answer = run(app, "simulate", "yuzhong-2025", "--register", str(register), "--assume", str(assume))

    assert answer.exit_code == 2
    assert "是不是“granted:cap-applicant-year”？" in answer.stderr


def test_candidates_are_listed_as_json_and_written_as_a_table(
    app: Flask, given: tuple[str, ...], tmp_path: Path
) -> None:
    listed = json.loads(run(app, "candidates", *given, "--json").stdout)
    written = run(app, "candidates", *given, "--csv", str(tmp_path / "out.csv"))

    assert [(one["uscc"], one["result"], one["amount"]) for one in listed] == [
        ("91500103MA5U000001", "eligible", "27500.00"),
        ("91500103MA5U000002", "ineligible", "0.00"),
    ]
    assert written.exit_code == 0
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 3
    assert lines[2].endswith("不符合：属于中小企业（中型、小型、微型）")


def test_candidates_need_to_know_who_each_row_is(app: Flask, register: Path) -> None:
    register.write_text("企业规模\n微型\n", encoding="utf-8")

    answer = run(app, "candidates", "yuzhong-2025", "--register", str(register))

    assert answer.exit_code == 1
    assert "没有“统一社会信用代码”一列" in answer.stderr
