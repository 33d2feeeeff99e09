"""What the product does not carry out yet: every row of the table is met, tried, and kept from publication."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories.policy import draft, policy_officer, published
from tests.policy.packs import PACK, shipped
from vouchers.db.transaction import transaction
from vouchers.kernel.errors import RuleViolation
from vouchers.policy import queries, services
from vouchers.policy.checks.carried import SHAPES
from vouchers.policy.loader import LoadedPack, load_pack, load_text
from vouchers.policy.pack.reading import read_document
from vouchers.policy.pack.values import UNIT_LABELS
from vouchers.policy.states import VersionState

LOCAL = {"provenance": "local", "say": "示例规则", "kinds": ["compute"]}
Change = Callable[[dict[str, Any]], object]


def rewritten(change: Change) -> LoadedPack:
    """The shipped pack with its data changed and written out again."""
    data: Any = read_document(PACK.read_text(encoding="utf-8"), "pack.yaml").data
    change(data)
    return load_text(json.dumps(data, ensure_ascii=False), "pack.yaml", beside=PACK.parent)


def cap(**change: Any) -> Change:
    plain = {"id": "extra", "at": ["application"], "over": "applicant", "per": "calendar-year", "limit": "900 万元"}
    merged = {key: value for key, value in {**LOCAL, **plain, **change}.items() if value is not None}
    return lambda data: data["amount"]["caps"].append(merged)


def rate_of(key: str, **change: Any) -> Change:
    return lambda data: data["amount"][key][0].update(change)


def process(key: str, rule: dict[str, Any]) -> Change:
    def change(data: dict[str, Any]) -> None:
        data["process"][key] = rule if key == "objection" else [rule]

    return change


def in_kind(unit: str = "card-hours", spent_on: str = "compute", **of_voucher: Any) -> Change:
    """A further kind that counts units, with its own voucher rule; `of_voucher` changes that."""

    def change(data: dict[str, Any]) -> None:
        plain: dict[str, Any] = {"provenance": "local", "say": "免费卡时"}
        data["kinds"].append(plain | {"id": "hours", "name": "卡时券", "spent_on": [spent_on], "unit": unit})
        word = UNIT_LABELS[unit]
        only = plain | {"kinds": ["hours"], "at": ["application"], "id": "hours-a-year", "lump": f"2000 {word}"}
        data["amount"]["rates"].append(only)
        object_ = plain | {"id": "hours-voucher", "kinds": ["hours"], "form": "in-kind", "unit_price": "10 元"}
        object_ |= {"valid_within": "calendar-year", "partial_use": True, "reserved_by_order": True}
        object_ |= {"transferable": False, "hold_outlives_validity": True, **of_voucher}
        data["voucher"].append({key: value for key, value in object_.items() if value is not None})
        for section in ("payee", "redemption"):
            data[section][0]["kinds"].append("hours")

    return change


def with_in_kind(change: Change) -> Change:
    """The same with a further kind in kind before it."""

    def both(data: dict[str, Any]) -> None:
        in_kind()(data)
        change(data)

    return both


def by_quantity(unit: str, *services: str) -> Change:
    """The first kind redeemed at three yuan for each unit used of these services."""

    def change(data: dict[str, Any]) -> None:
        data["kinds"][0]["spent_on"] = list(services)
        _planned, invoiced = data["amount"]["bases"]
        invoiced["kinds"] = ["model"]
        plain = {**LOCAL, "at": ["redemption"]}
        data["amount"]["bases"].append(plain | {"id": "used", "of": "quantity", "unit": unit})
        for rule in (*data["amount"]["rates"], *data["amount"]["bonuses"]):
            rule["at"] = ["application"]
        data["amount"]["rates"].append(plain | {"id": "each", "per_unit": "3 元"})
        data["amount"]["rates"].append(plain | {"id": "share", "kinds": ["model"], "flat": "40%"})

    return change


INTAKE = {**LOCAL, "id": "intake", "opens": "yearly", "track": "reviewed"}
SCORING = {"criteria": [{"name": "创新性", "weight": "100%"}], "experts": 3, "pass_mark": 60}
RANKED_HOURS = LOCAL | {"kinds": ["hours"], "id": "by-lot", "way": "pro-rata"}
BESIDE = LOCAL | {
    "kinds": ["hours"], "id": "beside", "at": ["application"], "scope": "applicant", "sources": "all-levels",
    "effect": "higher-of", "pays": "difference",
}  # fmt: skip
CHANGES: list[tuple[str, Change]] = [
    ("语料不按卡时计量", in_kind(spent_on="corpus")),
    ("没有写每单位最高价", in_kind(unit_price=None)),
    ("实物券要先下订单再计量", in_kind(reserved_by_order=False)),
    ("只能付给服务商", with_in_kind(lambda data: data["payee"][0].update(payee="enterprise"))),
    ("核销时按订单和发票付款", with_in_kind(lambda data: data["amount"]["rates"][-1]["at"].append("redemption"))),
    ("还不能按名次", with_in_kind(lambda data: data.update(allocation=[RANKED_HOURS]))),
    ("实物券的上限还不能放宽", with_in_kind(cap(kinds=["hours"], limit="2000 卡时", hard=False))),
    (
        "上限不能是某项金额的一部分",
        with_in_kind(cap(kinds=["hours"], limit={"share": "50%", "of": "planned_net"})),
    ),
    ("不能从实物券的数量里扣除", with_in_kind(lambda data: data["amount"].update(stacking=[BESIDE]))),
    ("语料不按词元计量", by_quantity("tokens", "token", "corpus")),
    ("按哪些词识别", lambda data: data["line_items"][0]["exclude"].append("container")),
    ("核定金额", lambda data: data["amount"]["bases"][1].update(of="approved")),
    (
        "按提交的日期滚动累计",
        lambda data: (
            cap(per="rolling", span="12 months", at=["application", "redemption"])(data),
            data["redemption"][0].update(cap_date="service"),
        ),
    ),
    (
        "直接补助没有核销环节",
        lambda data: data["voucher"][0].update(form="direct", reserved_by_order=False, valid_for=None),
    ),
    (
        "直接补助只能付给申领的企业",
        lambda data: data["voucher"][0].update(form="direct", reserved_by_order=False, valid_for=None),
    ),
    (
        "公示期满后还不能提出异议",
        process("objection", {"id": "objection", "say": "公示期内提出", "provenance": "local", "lodge_within": 6}),
    ),
    (
        "窗口只按一条执行",
        lambda data: data["process"].update(intakes=[INTAKE, INTAKE | {"id": "autumn", "from": "2026-09-01"}]),
    ),
    ("不能即领即用", process("intakes", INTAKE | {"track": "instant"})),
    (
        "无从判断",
        process(
            "fast_tracks",
            LOCAL | {"id": "fast", "when": {"taxed_in": "重庆市"}, "skips": ["second-review"], "made_good_within": 5},
        ),
    ),
    (
        "只能跳过审核环节",
        process(
            "fast_tracks",
            LOCAL
            | {
                "id": "fast",
                "when": {"field": "health"},
                "skips": ["second-review", "meeting-decision"],
                "made_good_within": 5,
            },
        ),
    ),
    ("发券前还不会再计算金额", lambda data: data["amount"]["caps"][0]["at"].append("issue")),
    ("付款前还不会再计算金额", lambda data: data["amount"]["caps"][0]["at"].append("payment")),
    ("发券时还没有订单", lambda data: data["spending"][0]["at"].append("issue")),
    (
        "补贴年度起",
        lambda data: data["applicants"].append(
            {key: value for key, value in LOCAL.items() if key != "kinds"}
            | {"id": "period", "at": ["application"], "when": {"period_from": {"within": "3 years"}}}
        ),
    ),
]


def told(loaded: LoadedPack) -> list[str]:
    return [finding.message for finding in loaded.not_yet]


def test_the_pack_in_use_is_carried_out_whole() -> None:
    assert told(shipped()) == []


RANKED = LOCAL | {"id": "rank", "way": "slots", "slots": 3, "per": "window", "ranked_by": ["score", "submitted"]}


@pytest.mark.parametrize(
    "way",
    [
        {"way": "pro-rata"},
        {"way": "first-come", "partly": True},
        {"way": "lottery", "seed": "published-before", "partly": False, "reserves": 2},
        {"way": "ranked-window", "ranked_by": ["submitted"], "partly": True},
    ],
)
def test_money_is_given_out_as_the_pack_says(way: dict[str, Any]) -> None:
    assert told(rewritten(lambda data: data.update(allocation=[{**LOCAL, "id": "way", **way}]))) == []


def test_a_rank_by_score_wants_a_stage_in_which_experts_score_that_kind() -> None:
    def ranked(scoring: dict[str, Any] | None) -> LoadedPack:
        def change(data: dict[str, Any]) -> None:
            data["allocation"] = [RANKED]
            if scoring:
                data["process"]["stages"][0]["scoring"] = scoring

        return rewritten(change)

    codes = [
        [finding.code for finding in ranked(scoring).errors]
        for scoring in (None, SCORING | {"kinds": ["model"]}, SCORING | {"kinds": ["gold"]}, SCORING)
    ]

    assert codes == [
        ["score-without-scoring"],
        ["score-without-scoring"],
        ["score-without-scoring", "unknown-kind"],
        [],
    ]
    assert told(ranked(SCORING)) == []


def test_conditions_are_asked_again_at_the_issue_and_before_payment() -> None:
    loaded = rewritten(lambda data: data["applicants"][2]["at"].extend(["issue", "payment"]))

    assert told(loaded) == []


@pytest.mark.parametrize(("words", "change"), CHANGES, ids=[words for words, _ in CHANGES])
def test_a_shape_that_is_not_carried_out_is_said_so_and_still_compiles(words: str, change: Change) -> None:
    loaded = rewritten(change)

    assert loaded.compiled is not None, loaded.errors
    assert any(words in one for one in told(loaded)), (words, told(loaded), loaded.errors)
    assert all(finding.mend for finding in loaded.not_yet)


def test_every_row_of_the_table_is_tried_above() -> None:
    tried = [words for words, _ in CHANGES]

    assert [shape.told for shape in SHAPES if not any(words in shape.told for words in tried)] == []


@pytest.mark.database
def test_such_a_pack_is_drafted_and_not_published(session: Session, noon: datetime) -> None:
    drafter = policy_officer(at=noon)[1]
    text = PACK.read_text(encoding="utf-8").replace("exclude: [", "exclude: [container, ")
    public_id = draft(drafter, at=noon, text=text)

    with pytest.raises(RuleViolation, match="没有写明按哪些词识别这些费用明细"), transaction():
        services.check_version(public_id, actor=drafter, at=noon)

    assert queries.get_version(public_id).state is VersionState.DRAFT


def test_a_voucher_at_once_is_for_those_who_come_first() -> None:
    def instant(*, way: str) -> list[str]:
        def change(data: dict[str, Any]) -> None:
            data["process"].pop("notice")
            data["process"]["intakes"] = [INTAKE | {"track": "instant"}]
            data["allocation"] = [{**LOCAL, "id": "way", "way": way}]

        return told(rewritten(change))

    assert instant(way="first-come") == []
    assert instant(way="pro-rata") == ["按名次或比例分配的券种不能即领即用"]


@pytest.mark.parametrize("thing", ["token", "corpus", "annotation", "data-product"])
def test_a_voucher_may_be_for_any_service_that_can_be_offered(thing: str) -> None:
    assert told(rewritten(lambda data: data["kinds"][0]["spent_on"].append(thing))) == []


@pytest.mark.parametrize(
    ("unit", "service"), [("tokens", "token"), ("pflops-hours", "compute"), ("card-hours", "model")]
)
def test_a_quantity_that_is_recorded_of_the_service_may_be_redeemed_by(unit: str, service: str) -> None:
    loaded = rewritten(by_quantity(unit, service))

    assert loaded.compiled is not None, loaded.errors
    assert told(loaded) == []


OTHER_SERVICES = ("chengdu-2025", "shanghai", "shenzhen-model", "guizhou", "zhangzhou")


@pytest.mark.parametrize("name", OTHER_SERVICES)
def test_packs_for_services_other_than_compute_wait_for_nothing(name: str) -> None:
    assert told(load_pack(PACK.parent / f"{name}.yaml")) == []


def test_a_voucher_in_kind_with_a_price_for_its_units_is_carried_out() -> None:
    assert told(rewritten(in_kind())) == []
    assert told(load_pack(PACK.parent / "wuhan-opc.yaml")) == []


@pytest.mark.parametrize(
    "change",
    [in_kind(form="quota", unit_price=None), lambda data: data["voucher"][0].update(form="in-kind")],
    ids=["units without the form", "the form without units"],
)
def test_a_kind_counts_units_when_and_only_when_it_is_handed_out_in_kind(change: Change) -> None:
    assert "unit-form" in [finding.code for finding in rewritten(change).errors]


def test_a_price_of_a_unit_is_for_vouchers_in_kind() -> None:
    found = rewritten(lambda data: data["voucher"][0].update(unit_price="10 元"))

    assert any("只有实物券" in finding.message for finding in found.errors)


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("name", OTHER_SERVICES)
def test_two_people_publish_such_a_pack(session: Session, noon: datetime, name: str) -> None:
    drafter, signer = policy_officer(at=noon)[1], policy_officer(at=noon, name="韩签")[1]
    path = PACK.parent / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")

    public_id = published(drafter, signer, at=noon, text=text)

    assert queries.get_version(public_id).state is VersionState.PUBLISHED
