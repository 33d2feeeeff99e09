"""The difference to the version in force as a page tells it: rule by rule, by how much, and what it means."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.policy.packs import shipped
from vouchers.policy.comparing.showing import ShownDifference, shown
from vouchers.policy.comparing.telling import Side
from vouchers.policy.mutation.making import replaced


@pytest.fixture(autouse=True)
def in_a_page(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def whole() -> dict[str, Any]:
    data = shipped().data
    assert isinstance(data, dict)
    return data


def only(after: Any, before: Any = None) -> ShownDifference:
    (found,) = shown(Side("甲", before or whole()), Side("乙", after))
    return found


def test_a_lowered_cap_says_by_how_much_and_who_will_get_less() -> None:
    cap = next(i for i, one in enumerate(whole()["amount"]["caps"]) if str(one.get("limit", "")).endswith("元"))
    number, _, unit = str(whole()["amount"]["caps"][cap]["limit"]).partition(" ")

    found = only(replaced(whole(), ("amount", "caps", cap, "limit"), f"{float(number) / 2:g} {unit}"))

    assert found.kind == "changed"
    assert found.changes[0].by == "降低 50%"
    assert found.changes[0].before.startswith(number)
    assert "以后会少得" in found.meaning
    assert found.clause_after


def test_a_condition_more_may_shut_out_and_one_less_never_does() -> None:
    fewer = {**whole(), "applicants": whole()["applicants"][1:]}

    assert "不再看这一条" in only(fewer).meaning
    assert "原来可以申领的可能不再可以" in only(whole(), fewer).meaning
    assert only(fewer).say == whole()["applicants"][0]["say"]


def test_a_change_of_words_alone_changes_no_conclusion() -> None:
    found = only(replaced(whole(), ("applicants", 0, "say"), "换一句话说"))

    assert "结论和金额不变" in found.meaning


def test_an_order_that_changed_is_told_with_both_orders() -> None:
    rows = list(whole()["applicants"])
    found = only({**whole(), "applicants": [rows[1], rows[0], *rows[2:]]})

    assert found.kind == "reordered"
    assert found.changes[0].before.startswith(f"{rows[0]['id']}、{rows[1]['id']}")
    assert found.changes[0].after.startswith(f"{rows[1]['id']}、{rows[0]['id']}")


def test_the_same_text_shows_nothing() -> None:
    assert shown(Side("甲", whole()), Side("乙", whole())) == []


def test_a_version_number_is_no_quantity_and_a_term_is_told_as_one() -> None:
    number = only({**whole(), "version": "9"})
    longer = only(replaced(whole(), ("process", "correction", "working_days"), 7))

    assert number.changes[0].by == ""
    assert "结论和金额不变" in number.meaning
    assert longer.changes[0].by == "提高 40%"
    assert "期限改变" in longer.meaning
