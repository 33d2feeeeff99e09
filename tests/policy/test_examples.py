"""Examples of papers, fast tracks, admission and allocation: each is worked out, and a wrong one is named."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.policy.packs import PACK
from vouchers.policy.loader import LoadedPack, load_pack, load_text
from vouchers.policy.rules.facts import Facts
from vouchers.providers.rules import papers_of

Change = Callable[[dict[str, Any]], object]
DAY = date(2026, 5, 6)


def changed(pack: str, change: Change) -> LoadedPack:
    data: Any = json.loads(json.dumps(load_pack(PACK.parent / f"{pack}.yaml").data, default=str))
    change(data)
    return load_text(json.dumps(data, ensure_ascii=False), "pack.yaml", beside=PACK.parent)


def last_case(**then: Any) -> Change:
    return lambda data: data["cases"][-1].update(then=then)


def queue(**change: Any) -> Change:
    return lambda data: data["queues"][0].update(change)


def admission(**change: Any) -> Change:
    return lambda data: data["admission"]["cases"][0].update(change)


WRONG: list[tuple[str, Change, str]] = [
    ("anshun-2025", last_case(skips={"review": 10}), "快速通道应为 review 10，算出 无"),
    ("yuzhong-2025", last_case(documents={"invoice": "required"}), "材料应为 invoice required，算出 delivery required"),
    ("wuhan-2025", admission(then={"refused_by": ["connected"]}), "不符合的入库条件应为 connected，算出 无"),
    ("yuzhong-2025", admission(then={"documents": {}}), "材料应为 无，算出 provider-licence required"),
    ("wuhan-2025", admission(given={"provider_is_conected": True}), "provider_is_conected"),
    ("shandong", queue(taken=28), "分配应为 after none"),
    ("shandong", queue(kind="compute"), "随到随办"),
    ("shandong", queue(then={"lower": "none", "earlier": "十万", "after": "none"}), "金额要带单位"),
    ("shandong", queue(then={"lower": "none"}), "逐个写明结果"),
]


@pytest.mark.parametrize(("pack", "change", "told"), WRONG, ids=[told for _, _, told in WRONG])
def test_an_example_that_comes_out_otherwise_is_an_error_that_says_what_came_out(
    pack: str, change: Change, told: str
) -> None:
    loaded = changed(pack, change)

    assert any(told in finding.message for finding in loaded.errors), loaded.errors


def test_a_lot_is_drawn_in_an_example_only_with_its_seed() -> None:
    def drawn(seed: str) -> Change:
        def change(data: dict[str, Any]) -> None:
            lottery = {"id": "lot", "say": "抽签", "kinds": ["model"], "way": "lottery", "seed": "published-before"}
            data["allocation"] = [{**lottery, "partly": False, "reserves": 1, "provenance": "local"}]
            then = {"lower": "10 万元", "earlier": "reserve", "after": "none"}
            data["queues"][0].update(seed=seed, taken=0, budget="10 万元", then=then)

        return change

    assert [one.message for one in changed("shandong", drawn("")).errors] == ["这种分配要抽签，示例没有写种子"]
    assert not changed("shandong", drawn("2026-05")).errors


def test_a_paper_of_admission_is_asked_only_where_its_condition_holds() -> None:
    def only_metering(data: dict[str, Any]) -> None:
        data["documents"][7]["when"] = {"provider_can_meter": True}
        data["admission"].pop("cases")

    pack = changed("yuzhong-2025", only_metering).pack
    assert pack is not None

    def asked(facts: Facts) -> set[str]:
        return {paper.id for paper in papers_of([pack], facts, DAY)}

    assert asked({"provider_can_meter": True}) == {"provider-licence", "security-promise"}
    assert asked({"provider_can_meter": False}) == asked({}) == {"security-promise"}
