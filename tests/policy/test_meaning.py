"""Shapes that cannot mean anything: each is an error, and written as its way out says the pack is in order."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.policy.packs import PACK
from tests.policy.test_carried import in_kind
from vouchers.policy.checks.meaning import SENSELESS
from vouchers.policy.loader import LoadedPack, load_text
from vouchers.policy.pack.reading import read_document

LOCAL = {"provenance": "local", "say": "示例规则", "kinds": ["compute"]}
Change = Callable[[dict[str, Any]], object]


def rewritten(change: Change) -> LoadedPack:
    data: Any = read_document(PACK.read_text(encoding="utf-8"), "pack.yaml").data
    change(data)
    return load_text(json.dumps(data, ensure_ascii=False), "pack.yaml", beside=PACK.parent)


def cap(**change: Any) -> Change:
    plain = {"id": "extra", "at": ["application"], "over": "applicant", "per": "calendar-year", "limit": "900 万元"}
    merged = {key: value for key, value in {**LOCAL, **plain, **change}.items() if value is not None}
    return lambda data: data["amount"]["caps"].append(merged)


def given_out(way: str, **change: Any) -> Change:
    return lambda data: data.update(allocation=[{**LOCAL, "id": "way", "way": way, "partly": False, **change}])


def both(*changes: Change) -> Change:
    return lambda data: [change(data) for change in changes]


def deciding(on_overdue: str) -> Change:
    return lambda data: data["process"]["stages"][-1].update(working_days=5, on_overdue=on_overdue)


def spent_on_tokens(data: dict[str, Any]) -> None:
    data["kinds"][0]["spent_on"].append("token")


BOTH = ["application", "redemption"]
ROLLING = {"per": "rolling", "at": ["application"]}
POOL = given_out("pool-per-seller", pool="100 万元")
SHARED = both(given_out("first-come"), cap(over="seller", per="life", limit="900 万元", at=["redemption"]))
SHAPES: list[tuple[str, Change, Change]] = [
    ("全年或几项合并", lambda data: data["amount"]["bases"][1].update(of="yearly"), lambda _: None),
    ("没有人能放宽", cap(hard=False, at=["redemption"]), cap(at=["redemption"])),
    ("工作日", cap(**ROLLING, span="30 working days"), cap(**ROLLING, span="30 days")),
    (
        "没有滚动的年数",
        cap(**ROLLING, span="12 months", limit=None, count=900, counting="years"),
        cap(**ROLLING, span="12 months", limit=None, count=900, counting="claims"),
    ),
    ("还没有订单", cap(over="order", at=BOTH), cap(over="order", at=["redemption"])),
    ("就是按服务商的上限", POOL, SHARED),
    ("一个词元不到一分钱", in_kind("tokens", "token"), spent_on_tokens),
    ("没有按 PFLOPS小时 标价", in_kind("pflops-hours"), in_kind("card-hours")),
    ("不能当作已经决定", deciding("pass"), deciding("escalate")),
]


@pytest.mark.parametrize(("told", "wrong", "right"), SHAPES, ids=[told for told, _, _ in SHAPES])
def test_what_says_nothing_is_an_error_and_its_way_out_is_in_order(told: str, wrong: Change, right: Change) -> None:
    found = [finding for finding in rewritten(wrong).errors if finding.code == "no-meaning"]
    mended = rewritten(right)

    assert [told in finding.message for finding in found] == [True]
    assert found[0].mend
    assert {finding.code for finding in mended.errors} <= {
        "untested-rule",
        "failing-case",
    }  # its examples know no further cap
    assert mended.not_yet == ()


def test_every_shape_is_tried_above() -> None:
    tried = [told for told, _, _ in SHAPES]

    assert [shape.told for shape in SENSELESS if not any(told in shape.told for told in tried)] == []
