"""The numbers of every rule, in words."""

from functools import lru_cache

import pytest

from vouchers.policy.explanation import told_rule
from vouchers.policy.loader import load_pack
from vouchers.policy.pack.allocation import Allocation
from vouchers.policy.pack.bases import Base, Tiers
from vouchers.policy.pack.limits import Cap, Floor, RoundingRule, Stacking
from vouchers.policy.pack.model import ConditionRule
from vouchers.policy.pack.rates import Bonus, RateCeiling, RateRule
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.services import PACKS

NAMES = sorted(file.stem for file in PACKS.glob("*.yaml"))
NUMBERS = (Base, Tiers, RateRule, Bonus, RateCeiling, Cap, Floor, RoundingRule, Stacking, ConditionRule)

pytestmark = pytest.mark.usefixtures("app")


@lru_cache
def _compiled(name: str) -> CompiledPack:
    found = load_pack(PACKS / f"{name}.yaml").compiled
    assert found is not None
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_with_a_number_says_it(name: str) -> None:
    pack = _compiled(name)
    for rule in pack.pack.rules():
        told = told_rule(pack, rule)
        assert all(told), rule.id
        if isinstance(rule, NUMBERS):
            assert told, rule.id


@pytest.mark.parametrize(
    ("name", "rule", "line"),
    [
        ("yuzhong-2025", "rate-by-size", ("中型：30%", "小型：40%", "微型：50%")),
        ("yuzhong-2025", "cap-by-tier", ("入门级：¥30,000.00", "成长级：¥150,000.00", "攻坚级：¥300,000.00")),
        ("yuzhong-2025", "compute-tiers", ("成长级：¥100,000.00（含）起，不足 ¥500,000.00",)),
        (
            "shanghai",
            "rent-rate",
            ("只适用于算力券", "是否列入补早补小 是：100%", "其余：30%", "这是最高比例，审核可以核减"),
        ),
        ("shanghai", "with-the-district", ("同一合同，区级算力券：各项支持合计不超过 100%",)),
        ("fengtai", "rate", ("是否用于工业人工智能 否：20%",)),
        ("baiyun", "rate", ("起补线：超过 ¥1,000,000.00 的，整额计算",)),
        ("beijing-opc", "pooled", ("合并 3 个月 内的金额",)),
        ("beijing-2023", "one-per-contract", ("每份合同，方案有效期内：最多 1 次",)),
        ("wuhan-opc", "hours", ("定额 2,000 卡时",)),
        ("hangzhou-2024", "per-year", ("每个申领单位，每个自然年度：最高 ¥8,000,000.00",)),
        ("qingyang-2024", "least", ("不足 ¥5,000.00 的不予支持",)),
        ("shenzhen-model", "rate-on-redeeming", ("只用在核销时", "基数 × 30%")),
    ],
)
def test_a_number_is_said_as_people_say_it(name: str, rule: str, line: tuple[str, ...]) -> None:
    pack = _compiled(name)
    found = pack.pack.rule(rule)
    assert found is not None
    told = [one for one in told_rule(pack, found) if one in line]

    assert told == list(line)


def test_how_money_is_given_out_is_told_with_order_slots_reserves_and_draw() -> None:
    ranked = {"id": "way", "say": "择优", "provenance": "local", "kinds": ["compute"], "way": "slots", "slots": 30}
    ranked |= {"per": "calendar-year", "ranked_by": ["score", "lot"], "seed": "published-before", "reserves": 5}
    rule = Allocation.model_validate(ranked, strict=False)

    told = told_rule(_compiled("yuzhong-2025"), rule)

    assert told[-5:] == (
        "按名额",
        "先后：得分、抽签",
        "每自然年度 30 个名额",
        "候补 5 家",
        "开窗口时公布密数的承诺，抽签后任何人都能重算",
    )
