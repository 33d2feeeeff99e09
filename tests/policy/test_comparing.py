"""Two versions compared: nothing where nothing changed, and every change by its rule and key."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path as File
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories.policy import policy_officer, published
from tests.policy.packs import PACK, compiled, shipped
from tests.policy.test_commands import run
from vouchers.policy.comparing.differences import ABSENT, Difference, Reordered, differences
from vouchers.policy.comparing.telling import UNAFFECTED, Side, told
from vouchers.policy.mutation.making import mutants, replaced
from vouchers.policy.pack.conditions import Path


def whole() -> dict[str, Any]:
    data = shipped().data
    assert isinstance(data, dict)
    return data


def leaves(part: Any, path: Path = ()) -> Iterator[Path]:
    """Every leaf of plain data."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    inner = [leaf for key, value in items for leaf in leaves(value, (*path, key))]
    yield from inner or [path]


def at(part: Any, path: Path) -> Any:
    for step in path:
        part = part[step]
    return part


LEAVES = list(leaves(whole()))


def text_of(before: dict[str, Any], after: dict[str, Any]) -> str:
    return "\n".join(told(Side("甲版", before), Side("乙版", after)))


def moved(section: Path, first: int, second: int) -> dict[str, Any]:
    rows = list(at(whole(), section))
    rows[first], rows[second] = rows[second], rows[first]
    changed = replaced(whole(), section, rows)
    assert isinstance(changed, dict)
    return changed


def test_a_pack_compared_with_itself_shows_nothing() -> None:
    assert differences(whole(), whole()) == []
    assert "没有差别" in text_of(whole(), json.loads(json.dumps(whole())))


@settings(deadline=None, max_examples=150)
@given(path=st.sampled_from(LEAVES), value=st.sampled_from(["改过的", 7, None]))
def test_a_leaf_that_changes_is_named_with_both_values_and_nothing_else_is(path: Path, value: object) -> None:
    old = at(whole(), path)
    found = differences(whole(), replaced(whole(), path, value))

    if old == value:
        assert not found
    elif len(path) > 1 and path[-1] in {"id", "name", "say"}:  # what a rule is known by: it went, and another came
        assert found
    else:
        changes = [change for one in found if isinstance(one, Difference) for change in one.changes]
        assert len(found) == len(changes) == 1
        assert (at_leaf(changes[0].before, old), at_leaf(changes[0].after, value)) == (True, True)


def at_leaf(side: Any, value: Any) -> bool:
    """A change names the leaf itself, or the plain list that the leaf is a member of."""
    return bool(side == value) or (isinstance(side, list) and value in side)


@settings(deadline=None, max_examples=60)
@given(one=st.sampled_from(LEAVES), other=st.sampled_from(LEAVES))
def test_the_way_back_names_the_same_with_the_sides_turned(one: Path, other: Path) -> None:
    changed = replaced(replaced(whole(), one, "改过的"), other, 7)

    there, back = differences(whole(), changed), differences(changed, whole())

    assert {(change.path, str(change.before), str(change.after)) for change in _changes(there)} == {
        (change.path, str(change.after), str(change.before)) for change in _changes(back)
    }


def _changes(found: list[Any]) -> list[Any]:
    return [change for one in found if isinstance(one, Difference) for change in one.changes]


def test_every_mutant_of_the_pack_shows_in_its_section_and_rule() -> None:
    for mutant in mutants(whole(), compiled().vocabulary):
        found = differences(whole(), mutant.data)
        rule = at(whole(), mutant.path[:3] if mutant.path[0] in {"amount", "admission"} else mutant.path[:2])

        assert len(found) == 1, mutant.told
        assert found[0].path[0] == mutant.path[0]
        assert (rule["id"] if isinstance(rule, dict) and "id" in rule else "rounding") in text_of(whole(), mutant.data)


@pytest.mark.parametrize(
    ("section", "kind"), [("applicants", "removed"), ("spending", "removed"), ("lists", "removed")]
)
def test_a_rule_that_is_left_out_is_removed_and_the_other_way_added(section: str, kind: str) -> None:
    shorter = {**whole(), section: whole()[section][1:]}
    rule = whole()[section][0]["id"]

    (gone,), (new,) = differences(whole(), shorter), differences(shorter, whole())

    assert isinstance(gone, Difference)
    assert isinstance(new, Difference)
    assert (gone.kind, gone.path, gone.after) == (kind, (section, rule), ABSENT)
    assert (new.kind, new.path, new.before) == ("added", (section, rule), ABSENT)


def test_a_section_that_is_left_out_names_each_of_its_rules() -> None:
    shorter = {key: value for key, value in whole().items() if key != "targets"}

    assert [one.path[-1] for one in differences(whole(), shorter)] == [one["id"] for one in whole()["targets"]]


def test_stages_and_rows_in_another_order_are_told_as_reordered() -> None:
    stages = differences(whole(), moved(("process", "stages"), 0, 1))
    rows = differences(whole(), moved(("amount", "tiers", 0, "rows"), 0, 1))

    assert stages == [
        Reordered(
            ("process", "stages"),
            ("first-review", "second-review", "meeting-decision"),
            ("second-review", "first-review", "meeting-decision"),
        )
    ]
    assert [change.path for change in _changes(rows)] == [("rows", "order")]
    assert "各级—次序（rows.order）" in text_of(whole(), moved(("amount", "tiers", 0, "rows"), 0, 1))


def test_words_are_those_of_a_clerk_with_value_clause_and_provenance() -> None:
    data = replaced(whole(), ("amount", "rounding", "mode"), "half-up")
    data = replaced(data, ("applicants", 0, "when", "size_class", "in"), ["small", "micro"])
    data = replaced(data, ("effective", "to"), "2028-12-31")

    text = text_of(whole(), data)

    assert "【金额—取整】\n  改动  rounding　结果舍去不足 1 元的部分" in text
    assert "怎样取（mode）：down（舍去） → half-up（四舍五入）" in text
    assert "依据：规划原文，《渝中区算力经济发展三年行动计划（2025—2027年）》文字解读 六、5：“面向中小企业" in text
    assert "止（to）：2027-12-31 → 2028-12-31" in text
    assert text.index("【有效期间】") < text.index("【申领条件】") < text.index("【金额—取整】")
    assert text.endswith(UNAFFECTED)


def test_a_change_of_who_says_so_tells_both() -> None:
    data = replaced(whole(), ("amount", "bonuses", 0, "provenance"), "local")

    assert "依据：据规划推定，" in text_of(whole(), data)
    assert " → 本地设定，" in text_of(whole(), data)


def test_the_command_compares_files_and_ends_well(app: Flask, tmp_path: File) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(PACK.read_text(encoding="utf-8").replace("micro: 50%", "micro: 51%"), encoding="utf-8")

    same, text = run(app, "diff", "yuzhong-2025", str(PACK)), run(app, "diff", "yuzhong-2025", str(other))
    found = json.loads(run(app, "diff", "yuzhong-2025", str(other), "--json").output)

    assert (same.exit_code, text.exit_code) == (0, 0)
    assert "没有差别" in same.output
    assert "micro（choose.rows.micro）：50% → 51%" in text.output
    assert UNAFFECTED in text.output
    assert found["applications_decided_differently"] == 0
    assert [(one["rule"], one["changes"][0]["before"]) for one in found["differences"]] == [("rate-by-size", "50%")]


@pytest.mark.database
def test_a_version_of_the_database_is_compared_by_its_number(app: Flask, noon: datetime) -> None:
    (_, drafter), (_, signer) = policy_officer(at=noon, name="陈策"), policy_officer(at=noon, name="林审")
    published(drafter, signer, at=noon)

    same, missing = (run(app, "diff", f"yuzhong-2025@{number}", "yuzhong-2025") for number in (1, 7))

    assert same.exit_code == 0
    assert "第 1 版（执行中）" in same.output
    assert "没有差别" in same.output
    assert missing.exit_code == 2
    assert "数据库里没有 yuzhong-2025 第 7 版" in missing.output + missing.stderr


def test_a_file_that_cannot_be_read_is_refused_with_its_line(app: Flask, tmp_path: File) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("id: a\nid: b: c", encoding="utf-8")

    refused = run(app, "diff", str(broken), "yuzhong-2025")

    assert refused.exit_code == 1
    assert f"{broken}:" in refused.output + refused.stderr
