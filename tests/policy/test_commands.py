"""The policy commands: what they print, and with which status they end."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from tests.factories.policy import policy_officer
from tests.policy.packs import MICRO, PACK
from vouchers.policy import queries
from vouchers.policy.commands import policy

DAY = ("--on", "2026-05-06")


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(policy, list(arguments))


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(MICRO, ensure_ascii=False), encoding="utf-8")
    return path


def test_check_of_the_shipped_pack_by_id_or_path_is_good(app: Flask) -> None:
    by_id, by_path = run(app, "check", "yuzhong-2025"), run(app, "check", str(PACK))

    assert (by_id.exit_code, by_path.exit_code) == (0, 0)
    assert "可以发布" in by_id.output
    assert f"{PACK}:73: in-the-district 提示 以登记地为条件" in by_path.output


def test_check_of_a_wrong_pack_ends_with_one_and_names_the_line(app: Flask, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(PACK.read_text(encoding="utf-8").replace("partial_use: true", "partial_use: 1"), encoding="utf-8")

    answer = run(app, "check", str(wrong), "--json")

    findings = json.loads(answer.output)
    assert answer.exit_code == 1
    assert [(one["file"], one["rule"], one["level"]) for one in findings] == [(str(wrong), "voucher-form", "error")]
    assert findings[0]["mend"] == "这里应是 true 或 false"


def test_check_without_a_pack_is_a_usage_error(app: Flask) -> None:
    assert run(app, "check").exit_code == 2


def test_evaluate_prints_the_decision_as_the_contract_says(app: Flask, facts: Path) -> None:
    answer = run(app, "evaluate", "yuzhong-2025", "--facts", str(facts), *DAY, "--json")

    decision = json.loads(answer.output)
    assert answer.exit_code == 0
    assert (decision["pack"], decision["version"], decision["result"]) == ("yuzhong-2025", "1", "eligible")
    assert {"id", "clause", "seen", "wanted", "outcome", "change"} <= set(decision["conditions"][0])
    assert decision["amount"]["maximum"] == "25000.00"
    assert decision["amount"]["binding_cap"] is None
    assert decision["amount"]["steps"]


def test_evaluate_tells_a_no_with_the_way_out(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"facts": MICRO | {"size_class": "large"}}, ensure_ascii=False), encoding="utf-8")

    answer = run(app, "evaluate", "yuzhong-2025", "--facts", str(path), *DAY)

    assert answer.exit_code == 0
    assert "暂不符合" in answer.output
    assert "读到 大型，要求 中型、小型、微型之一" in answer.output
    assert "企业规模（划型）为 中型、小型、微型 之一即符合。" in answer.output


def test_evaluate_tells_the_calculation_with_the_binding_cap(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(MICRO | {"planned_net": "90000.00"}, ensure_ascii=False), encoding="utf-8")

    answer = run(app, "evaluate", "yuzhong-2025", "--facts", str(path), *DAY)

    assert "（由本项决定）：¥30,000.00" in answer.output
    assert "可申领（结果舍去不足 1 元的部分）：¥30,000.00" in answer.output


def test_evaluate_tells_what_to_supply(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text("{}", encoding="utf-8")

    answer = run(app, "evaluate", "yuzhong-2025", "--facts", str(path), "--kind", "model", *DAY)

    assert answer.exit_code == 0
    assert "还不能判断" in answer.output
    assert "请填写登记状态（材料：企业信用信息公示报告）" in answer.output
    assert "计算金额还需要：预计服务费用（不含税）" in answer.output


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"size_clas": "micro"}', "是不是“size_class”？"),
        ('{"planned_net": 1.5}', "金额应为文字"),
        ("[1]", "事实文件应是"),
        ("{", "不是 JSON"),
    ],
)
def test_evaluate_refuses_facts_it_cannot_read(app: Flask, tmp_path: Path, *, content: str, told: str) -> None:
    path = tmp_path / "facts.json"
    path.write_text(content, encoding="utf-8")

    answer = run(app, "evaluate", "yuzhong-2025", "--facts", str(path), *DAY)

    assert answer.exit_code == 2
    assert told in answer.output + answer.stderr


def test_evaluate_refuses_an_unknown_kind_and_a_wrong_pack(app: Flask, facts: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("id: x", encoding="utf-8")

    assert run(app, "evaluate", "yuzhong-2025", "--facts", str(facts), "--kind", "gold").exit_code == 2
    assert run(app, "evaluate", str(wrong), "--facts", str(facts)).exit_code == 1


def test_facts_lists_the_vocabulary_and_the_facts_of_a_pack(app: Flask) -> None:
    everything = json.loads(run(app, "facts", "--json").output)
    of_pack = json.loads(run(app, "facts", "yuzhong-2025", "--json").output)

    assert {"name", "type", "label", "unit", "supplied_by", "document", "options"} == set(everything[0])
    names = {word["name"] for word in of_pack}
    assert "granted:cap-applicant-year" in names
    assert "headcount" not in names
    assert "size_class\tchoice（large、medium、small、micro）" in run(app, "facts").output


def test_publish_takes_two_people_of_the_office(app: Flask, noon: datetime) -> None:
    (drafter, _), (signer, _) = policy_officer(at=noon, name="陈策"), policy_officer(at=noon, name="林审")
    given = ["publish", "yuzhong-2025", "--office", "渝中区大数据局", "--drafted-by", drafter.sign_in]
    review = ["--fair-competition", "已审查，限定地域有财政依据", "--fair-article", "《公平竞争审查条例》示例条款"]
    review += ["--answer", "已逐条核对"]

    alone = run(app, *given, "--signed-by", drafter.sign_in, *review)
    together = run(app, *given, "--signed-by", signer.sign_in, *review)
    listed = run(app, "list")

    assert (alone.exit_code, together.exit_code) == (1, 0)
    assert "起草人不能签署" in alone.output + alone.stderr
    assert "已发布" in together.output
    assert "yuzhong-2025" in listed.output
    assert json.loads(run(app, "list", "--json").output)[0]["published_number"] == 1
    assert len(queries.published_versions()) == 1


def test_publishing_the_same_pack_again_is_refused_in_words(app: Flask, noon: datetime) -> None:
    (drafter, _), (signer, _) = policy_officer(at=noon, name="陈策"), policy_officer(at=noon, name="林审")
    given = ["publish", "yuzhong-2025", "--drafted-by", drafter.sign_in, "--signed-by", signer.sign_in]
    given += ["--fair-competition", "已审查", "--fair-article", "示例条款", "--answer", "已逐条核对"]
    run(app, *given, "--office", "渝中区大数据局")

    again, elsewhere = run(app, *given, "--office", "渝中区大数据局"), run(app, *given, "--office", "没有这个机构")

    assert (again.exit_code, elsewhere.exit_code) == (1, 1)
    assert "可能已经办过" in again.output + again.stderr
    assert "没有找到" in elsewhere.output + elsewhere.stderr
