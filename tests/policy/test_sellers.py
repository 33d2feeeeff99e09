"""Kinds that a seller claims: what stands against such a pack, each with a way to mend it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.policy.packs import PACK
from vouchers.policy.loader import LoadedPack, load_text
from vouchers.policy.pack.reading import read_document

ZHANGZHOU = PACK.parent / "zhangzhou.yaml"
SOLD = "annotation-seller"
Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> LoadedPack:
    data: Any = read_document(ZHANGZHOU.read_text(encoding="utf-8"), "pack.yaml").data
    change(data)
    return load_text(json.dumps(data, ensure_ascii=False), "pack.yaml", beside=PACK.parent)


def rule(data: dict[str, Any], section: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in data[section] if one.get("kinds") == [SOLD])
    return found


def as_a_voucher(data: dict[str, Any]) -> None:
    rule(data, "voucher").update(form="quota", valid_for="12 months", reserved_by_order=True)
    for section in ("bases", "rates"):
        for one in data["amount"][section]:
            if one["kinds"] == [SOLD]:
                one["at"] = ["application", "redemption"]


def without_a_seller(data: dict[str, Any]) -> None:
    rule(data, "applicants").update(when={"is_annotation_platform": True})
    data["cases"] = [case for case in data["cases"] if case["say"] != "购买方不能用提供方的券"]


def capped_by_seller(data: dict[str, Any]) -> None:
    cap = next(one for one in data["amount"]["caps"] if one["kinds"] == [SOLD])
    cap.update(over="seller")


WRONG: list[tuple[str, str, Change]] = [
    ("seller-voucher", "form: direct", as_a_voucher),
    ("seller-not-asked", "role: seller", without_a_seller),
    ("seller-payee", "payee: provider", lambda data: rule(data, "payee").update(payee="enterprise")),
    ("seller-cap", "over: applicant", capped_by_seller),
]


@pytest.mark.parametrize(("code", "way", "change"), WRONG, ids=[code for code, _, _ in WRONG])
def test_what_cannot_be_meant_of_a_seller_is_an_error_with_its_way_out(code: str, way: str, change: Change) -> None:
    found = [finding for finding in changed(change).errors if finding.code == code]

    assert len(found) == 1
    assert way in found[0].mend


def test_the_pack_as_it_ships_is_in_order() -> None:
    assert changed(lambda _: None).errors == ()
    assert changed(lambda _: None).not_yet == ()
