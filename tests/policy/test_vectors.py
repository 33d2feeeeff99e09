"""The shipped packs, beside amounts worked out by hand from what the schemes state; in 万元, and every reading told."""

from functools import lru_cache
from pathlib import Path

import pytest

from vouchers.kernel.money import decimal_yuan
from vouchers.policy.loader import LoadedPack, load_pack
from vouchers.policy.outline import sections
from vouchers.policy.pack.clauses import Confidence, Provenance
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import read_facts
from vouchers.policy.rules.results import Decision, Result

PACKS = Path(__file__).parents[2] / "seeds" / "policies"
ALL = sorted(path.stem for path in PACKS.glob("*.yaml"))
SHIPPED = {
    "yuzhong-2025", "wuhan-2025", "wuhan-2022", "anshun-2025", "dianjun-2025", "beijing-2023", "beijing-opc",
    "shenzhen-training", "shenzhen-model", "shanghai", "chengdu-2025", "guizhou", "qingyang-2024", "henan", "shandong",
    "wuhu", "zhuhai", "baiyun", "zhangzhou", "wuhan-opc", "hangzhou-2024", "fengtai",
}  # fmt: skip


@lru_cache(maxsize=32)
def shipped(pack_id: str) -> LoadedPack:
    return load_pack(PACKS / f"{pack_id}.yaml")


def decided(pack_id: str, changes: dict[str, object], kind: str = "") -> Decision:
    """A decision on the pack's example enterprise, with these facts changed."""
    compiled = shipped(pack_id).compiled
    assert compiled is not None
    example = compiled.pack.example
    assert example is not None
    facts, bad = read_facts({**example.given, **changes}, compiled.vocabulary)
    assert not bad
    return decide(compiled, kind or compiled.pack.kinds[0].id, facts, on=example.day)


VECTORS: list[tuple[str, dict[str, object], str, str]] = [
    ("beijing-2023", {"contract_gross": "600 万元"}, "120", ""),
    ("beijing-2023", {"contract_gross": "1500 万元"}, "200", "per-year"),
    ("beijing-2023", {"granted:per-year": "150 万元", "contract_gross": "600 万元"}, "50", "per-year"),
    ("qingyang-2024", {"contract_gross": "1000 万元"}, "200", "per-year"),
    ("shenzhen-training", {"contract_gross": "50 万元"}, "25", ""),
    ("shenzhen-training", {"contract_gross": "3000 万元"}, "1000", "per-year"),
    ("shenzhen-training", {"contract_gross": "3000 万元", "founded_on": "2025-11-06"}, "1000", "per-year"),
    (
        "shenzhen-training",
        {"contract_gross": "1000 万元", "other_support_contract": "400 万元"},
        "100",
        "all-public-money",
    ),
    ("hangzhou-2024", {"contract_gross": "3000 万元", "chip_origin": "domestic"}, "800", "per-year"),
    ("hangzhou-2024", {"contract_gross": "3000 万元", "chip_origin": "foreign"}, "600", ""),
    ("fengtai", {"contract_gross": "1200 万元", "is_industrial": True}, "300", "per-year"),
    ("fengtai", {"contract_gross": "1200 万元", "is_industrial": False}, "200", "per-year"),
    ("zhuhai", {"paid_gross": "500 万元"}, "200", "per-year"),
    ("zhuhai", {"paid_gross": "500 万元", "honours": ["国家级专精特新“小巨人”"]}, "250", ""),
    ("shandong", {"contract_gross": "4000 万元", "granted:for-life": "400 万元"}, "100", "for-life"),
    ("wuhu", {"incurred_gross": "10000 万元"}, "2000", "per-year"),
    ("henan", {"incurred_gross": "300 万元"}, "60", ""),
]
UNCAPPED = [
    ("shenzhen-training", {"contract_gross": "3000 万元", "founded_on": "2025-11-06"}, "1800"),
    ("hangzhou-2024", {"contract_gross": "3000 万元"}, "900"),
    ("fengtai", {"contract_gross": "1200 万元", "is_industrial": True}, "360"),
    ("fengtai", {"contract_gross": "1200 万元", "is_industrial": False}, "240"),
    ("zhuhai", {"paid_gross": "500 万元"}, "250"),
    ("shandong", {"contract_gross": "4000 万元", "granted:for-life": "400 万元"}, "200"),
    ("wuhu", {"incurred_gross": "10000 万元"}, "2500"),
]
REFUSED = [
    ("beijing-2023", {"counted:one-per-contract": 1}, "one-per-contract"),
    ("qingyang-2024", {"contract_gross": "1 万元"}, "least"),
    ("shenzhen-training", {"contract_gross": "49 万元"}, "rate"),
]


@pytest.mark.parametrize(("pack_id", "changes", "wan", "binding"), VECTORS)
def test_a_stated_case_comes_to_the_stated_maximum(
    *, pack_id: str, changes: dict[str, object], wan: str, binding: str
) -> None:
    decision = decided(pack_id, changes)

    assert decision.result is Result.ELIGIBLE
    assert decision.amount is not None
    assert decimal_yuan(decision.amount.maximum or 0) == f"{wan}0000.00"
    assert decision.amount.binding_cap == binding


@pytest.mark.parametrize(("pack_id", "changes", "wan"), UNCAPPED)
def test_what_it_would_come_to_without_caps_is_told(*, pack_id: str, changes: dict[str, object], wan: str) -> None:
    decision = decided(pack_id, changes)

    assert decision.amount is not None
    product = next(step.fen for step in decision.amount.steps if step.code == "product")
    assert product == int(wan) * 1_000_000


@pytest.mark.parametrize(("pack_id", "changes", "rule"), REFUSED)
def test_a_stated_case_is_refused_by_the_stated_rule(*, pack_id: str, changes: dict[str, object], rule: str) -> None:
    assert decided(pack_id, changes).refused_by == (rule,)


def test_the_reading_of_an_ambiguous_text_stands_in_its_pack() -> None:
    at_bound, above = decided("baiyun", {"yearly_gross": "100 万元"}, "compute"), decided("baiyun", {}, "compute")

    assert at_bound.refused_by == ("rate",)  # 超: strictly above
    assert above.amount is not None
    assert decimal_yuan(above.amount.maximum or 0) == "101000.00"  # on the whole, not on the excess
    rate = shipped("baiyun").pack.amount.rates[1]  # type: ignore[union-attr]  # loads: the test below
    assert rate.activated is not None
    assert (rate.activated.above is not None, rate.activated.on, bool(rate.note)) == (True, "whole", True)


def test_two_levels_of_government_each_pay_half() -> None:
    amount = decided("henan", {}).amount

    assert amount is not None
    assert amount.parts == (("province", 30_000_000), ("city", 30_000_000))


def test_the_packs_of_the_list_are_shipped() -> None:
    assert set(ALL) == SHIPPED


ANSWERED = {"local-only", "wording-not-seen", "deadline-without-owner", "one-could-exhaust"}  # what plans leave open


@pytest.mark.parametrize("pack_id", ALL)
def test_a_shipped_pack_holds_with_all_its_cases_and_hides_no_gap(pack_id: str) -> None:
    loaded = shipped(pack_id)

    assert loaded.errors == ()
    assert loaded.pack is not None
    assert loaded.pack.id == pack_id
    assert loaded.pack.status == "starting-point"
    assert {one.code for one in loaded.warnings} <= ANSWERED


@pytest.mark.parametrize("pack_id", ALL)
def test_readers_see_every_rule_once(pack_id: str) -> None:
    pack = shipped(pack_id).pack
    assert pack is not None

    shown = [row.id for section in sections(pack) for row in section.rules]

    assert sorted(shown) == sorted({*(rule.id for rule in pack.rules()), pack.process.closes.id})


@pytest.mark.parametrize("pack_id", ALL)
def test_a_rule_of_a_plan_says_how_sure_its_source_is_and_quotes_what_was_read(pack_id: str) -> None:
    pack = shipped(pack_id).pack
    assert pack is not None

    for rule in pack.rules():
        if rule.provenance is Provenance.LOCAL:
            continue
        assert rule.cite is not None
        source = pack.sources[rule.cite.source]
        assert (rule.confidence or source.confidence) in set(Confidence)
        assert source.wording == "not-seen" or rule.cite.quotation


def test_a_decision_says_where_only_reports_of_a_text_were_read() -> None:
    clauses = {condition.id: condition.clause for condition in decided("beijing-2023", {}).conditions}

    assert clauses["registered"].endswith("（官方文件，未见原文）")
    assert clauses["one-year"].endswith("（媒体报道，未见原文）")
    inferred = shipped("guizhou").compiled
    assert inferred is not None
    assert inferred.clauses["on-platform"].endswith("（推断，未见原文）")


@pytest.mark.parametrize("pack_id", ["wuhan-2025", "wuhan-2022", "anshun-2025", "dianjun-2025"])
def test_no_number_of_an_amount_is_dressed_up_as_a_rule_of_a_plan_that_states_none(pack_id: str) -> None:
    pack = shipped(pack_id).pack
    assert pack is not None

    assert {rule.provenance for rule in pack.amount.rules()} == {Provenance.LOCAL}
