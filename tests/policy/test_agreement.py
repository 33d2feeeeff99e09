"""Rules that must agree with each other, and conditions that some case can reach."""

from typing import Any

import pytest

from tests.policy.test_carried import LOCAL, Change, cap, process, rewritten
from vouchers.policy.loader import LoadedPack
from vouchers.policy.pack.reading import PackFinding


def found(loaded: LoadedPack, code: str) -> PackFinding:
    hits = [finding for finding in loaded.findings if finding.code == code]
    assert hits, [(one.code, one.message) for one in loaded.findings]
    return hits[0]


def rate(data: dict[str, Any], **change: Any) -> None:
    old = data["amount"]["rates"][0]
    old.pop("choose")
    old.update(change)


def stacked(sources: str) -> Change:
    plain = {"id": "second", "at": ["application"], "scope": "contract", "sources": sources, "effect": "reject"}
    return lambda data: data["amount"]["stacking"].append({**LOCAL, **plain})


def match(*rows: tuple[dict[str, Any], str], otherwise: str = "10%") -> dict[str, Any]:
    return {"match": [{"when": when, "then": then} for when, then in rows], "otherwise": otherwise}


BELOW_20, BELOW_10 = {"headcount": {"at_most": 20}}, {"headcount": {"at_most": 10}}


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        (cap(limit="2000 卡时"), "unit", "按金额计"),
        (lambda data: rate(data, lump="2000 卡时"), "unit", "按金额计"),
        (lambda data: rate(data, per_unit="2 元"), "unit", "数量基数"),
        (lambda data: rate(data, flat="20%", up_to=False), "up-to", "足额"),
        (stacked("this-level"), "same-support", "来源却不同"),
        (
            lambda data: data.update(
                allocation=[
                    LOCAL | {"id": "cut", "way": "pro-rata", "provenance": "derived", "cite": ["plan", "三", ""]}
                ]
            ),
            "value-error",
            "依据",
        ),
        (
            lambda data: data.update(
                allocation=[LOCAL | {"id": "cut", "way": "pro-rata", "provenance": "derived", "cite": ["plan", "三"]}]
            ),
            "pro-rata-source",
            "本地设定",
        ),
        (
            process("intakes", LOCAL | {"id": "in", "opens": "once", "track": "reviewed", "whitelist": "nobody"}),
            "unknown-list",
            "没有名单",
        ),
        (
            process("fast_tracks", LOCAL | {"id": "f", "when": BELOW_20, "skips": ["third"], "made_good_within": 5}),
            "unknown-stage",
            "没有环节",
        ),
        (lambda data: rate(data, choose=match((BELOW_20, "30%"), (BELOW_10, "50%"))), "unreachable-row", "第 2 行"),
        (
            lambda data: data["applicants"][0].update(when={"headcount": {"at_least": 9, "less_than": 9}}),
            "contradiction",
            "永远不成立",
        ),
        (
            lambda data: data.update(
                facts=[{"name": "headcount", "type": "count", "label": "人数", "supplied_by": "enterprise"}]
            ),
            "known-fact",
            "已有",
        ),
        (lambda data: data["amount"]["rates"][0].update(at=["application"]), "no-claim-rate", "整张券"),
        (lambda data: data["amount"]["bases"][0].update(less=["headcount"]), "unfit-fact", "不能用在这里"),
        (
            lambda data: data["amount"]["caps"][2].update(limit={"share": "20%", "of": "contract"}),
            "unknown-fact",
            "contract",
        ),
    ],
)
def test_what_does_not_fit_together_is_found(change: Change, code: str, told: str) -> None:
    finding = found(rewritten(change), code)

    assert finding.level == "error"
    assert told in finding.message
    assert finding.mend


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data["amount"]["bases"][0].pop("tax"), "tax"),
        (lambda data: data["amount"]["bases"][0].update(of="pooled"), "parts"),
        (lambda data: rate(data, flat="20%", activated={"on": "whole"}), "达到"),
        (lambda data: rate(data, flat="20%", activated={"from": "1 元", "above": "1 元", "on": "whole"}), "超过"),
        (lambda data: rate(data, choose=match((BELOW_20, "30%")) | {"by": "size_class"}), "一种写法"),
        (lambda data: rate(data, choose={"match": [{"when": BELOW_20, "then": "30%"}]}), "otherwise"),
        (cap(count=1, counting="claims"), "limit"),
        (cap(per="rolling"), "span"),
        (cap(liftable_when=BELOW_20), "hard"),
        (lambda data: data["amount"]["stacking"][0].update(effect="higher-of"), "pays"),
        (lambda data: data["voucher"][0].update(form="sheets"), "face"),
        (lambda data: data["payee"][0].update(payee="both-sides"), "split"),
        (lambda data: data["line_items"][0].update(include=["server"]), "一种写法"),
    ],
)
def test_what_can_be_read_two_ways_has_no_default(change: Change, told: str) -> None:
    assert told in found(rewritten(change), "value-error").message


def test_the_slices_of_a_list_may_be_written_from_either_side_but_must_meet() -> None:
    def slices(*rows: dict[str, str]) -> LoadedPack:
        return rewritten(lambda data: rate(data, brackets=list(rows), slices="whole"))

    meeting = slices({"from": "0 元", "to": "10 元", "rate": "10%"}, {"above": "10 元", "rate": "20%"})
    doubled = slices({"from": "0 元", "to": "10 元", "rate": "10%"}, {"from": "10 元", "rate": "20%"})
    missing = slices({"from": "0 元", "below": "10 元", "rate": "10%"}, {"above": "10 元", "rate": "20%"})

    assert not {"gap", "overlap"} & {finding.code for finding in meeting.findings}
    assert found(doubled, "overlap").rule == "rate-by-size"
    assert found(missing, "gap").rule == "rate-by-size"
