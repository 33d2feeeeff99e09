"""Who gets the money when it is short: every way of giving it out, ties, lots, and laws that hold for all."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vouchers.policy.pack.allocation import Allocation
from vouchers.policy.rules.allocating import Candidate, allocate, lot

START = datetime(2026, 5, 6, 9, tzinfo=timezone(timedelta(hours=8)))
WAYS: dict[str, dict[str, Any]] = {
    "first-come": {"partly": False},
    "ranked-window": {"ranked_by": ["score", "submitted"], "partly": True},
    "slots": {"ranked_by": ["score", "amount-smaller"], "slots": 2, "per": "calendar-year"},
    "yearly-control": {},
    "pro-rata": {},
    "lottery": {"seed": "published-before", "partly": False},
}


def rule(way: str, **changes: object) -> Allocation:
    plain = {"id": "way", "say": "资金怎样分配", "provenance": "local", "kinds": ["compute"], "way": way}
    return Allocation.model_validate({**plain, **WAYS[way], **changes}, strict=False)


def candidate(key: str, amount: int, *, minute: int = 0, score: int = 0) -> Candidate:
    return Candidate(key, amount, START + timedelta(minutes=minute), score)


def given_to(way: str, *candidates: Candidate, budget: int, seed: str = "", **changes: object) -> dict[str, int]:
    return {one.key: one.amount for one in allocate(rule(way, **changes), candidates, budget, seed=seed)}


def test_who_comes_first_is_served_and_nobody_overtakes_whom_the_money_fails() -> None:
    late, first, big = candidate("a", 10, minute=3), candidate("b", 40, minute=1), candidate("c", 70, minute=2)

    assert given_to("first-come", late, first, big, budget=100) == {"b": 40, "c": 0, "a": 0}
    assert given_to("first-come", late, first, big, budget=100, partly=True) == {"b": 40, "c": 60, "a": 0}


def test_rank_goes_by_score_and_ties_by_the_stated_rule() -> None:
    low, high, tied = candidate("a", 50, score=70), candidate("b", 50, score=90, minute=5), candidate("c", 50, score=90)

    assert list(given_to("ranked-window", low, high, tied, budget=100)) == ["c", "b", "a"]
    assert given_to("slots", low, high, tied, budget=500) == {"b": 50, "c": 50, "a": 0}


def test_in_proportion_all_are_cut_alike_and_the_budget_is_used_to_the_fen() -> None:
    assert given_to("pro-rata", candidate("a", 100), candidate("b", 50), budget=100) == {"a": 67, "b": 33}
    assert given_to("pro-rata", candidate("a", 40), candidate("b", 50), budget=100) == {"a": 40, "b": 50}


def test_a_lot_is_drawn_again_by_anybody_with_the_seed_and_not_without() -> None:
    cases = [candidate(key, 60) for key in "abcdef"]

    order = list(given_to("lottery", *cases, budget=60, seed="上证指数收盘 3456.78"))

    assert order == sorted("abcdef", key=lambda key: lot("上证指数收盘 3456.78", key))
    assert order != list(given_to("lottery", *cases, budget=60, seed="另一个种子"))
    with pytest.raises(ValueError, match="published before"):
        given_to("lottery", *cases, budget=60)


@pytest.mark.parametrize(
    ("way", "change", "told"),
    [
        ("slots", {"slots": None}, "slots"),
        ("ranked-window", {"ranked_by": []}, "ranked_by"),
        ("first-come", {"partly": None}, "partly"),
        ("lottery", {"seed": None}, "seed"),
    ],
)
def test_what_decides_is_stated_not_assumed(way: str, change: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        rule(way, **change)


@settings(deadline=None)
@given(
    way=st.sampled_from(list(WAYS)),
    amounts=st.lists(st.integers(min_value=1, max_value=500), min_size=1, max_size=12),
    budget=st.integers(min_value=0, max_value=2000),
)
def test_no_way_spends_more_than_there_is_or_gives_more_than_was_asked(
    way: str, amounts: list[int], budget: int
) -> None:
    cases = [candidate(f"{at:02}", amount, minute=at % 3, score=at % 4) for at, amount in enumerate(amounts)]

    found = given_to(way, *cases, budget=budget, seed="种子")

    assert sum(found.values()) <= budget
    assert set(found) == {one.key for one in cases}
    assert all(0 <= found[one.key] <= one.amount for one in cases)


@settings(deadline=None)
@given(
    way=st.sampled_from(["ranked-window", "slots", "lottery"]),
    amounts=st.lists(st.integers(min_value=1, max_value=500), min_size=1, max_size=12),
    budget=st.integers(min_value=0, max_value=2000),
    reserves=st.integers(min_value=1, max_value=4),
    taken=st.integers(min_value=0, max_value=3),
    shuffle=st.randoms(use_true_random=False),
)
def test_the_order_in_which_cases_are_named_changes_nothing_and_nobody_overtakes(
    way: str, amounts: list[int], budget: int, reserves: int, taken: int, shuffle: Random
) -> None:
    cases = [candidate(f"{at:02}", amount, minute=at % 3, score=at % 4) for at, amount in enumerate(amounts)]
    wanted = rule(way, reserves=reserves)
    found = allocate(wanted, cases, budget, seed="种子", taken=taken)
    shuffle.shuffle(cases)

    again = allocate(wanted, cases, budget, seed="种子", taken=taken)

    assert again == found
    served = [bool(one.amount) for one in found]
    assert served == sorted(served, reverse=True)  # whoever got something stands before all who got nothing
    assert sum(one.reason == "reserve" for one in found) == min(reserves, served.count(False))
    assert [one.reason == "reserve" for one in found if not one.amount] == sorted(
        (one.reason == "reserve" for one in found if not one.amount), reverse=True
    )
    if wanted.slots is not None:
        assert served.count(True) <= max(0, wanted.slots - taken)


@given(
    marks=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5), st.integers(0, 3)), min_size=2, max_size=10),
    by=st.permutations(["score", "amount-smaller", "submitted"]),
)
def test_ties_go_by_the_next_word_and_by_nothing_else(marks: list[tuple[int, int, int]], by: list[str]) -> None:
    cases = [
        candidate(f"{at:02}", amount, minute=minute, score=score) for at, (score, amount, minute) in enumerate(marks)
    ]
    order = [one.key for one in allocate(rule("ranked-window", ranked_by=by), cases, 10_000)]

    for earlier, later in pairwise(order):
        first, second = (next(one for one in cases if one.key == key) for key in (earlier, later))
        values: dict[str, tuple[Any, Any]] = {
            "score": (-first.score, -second.score),
            "amount-smaller": (first.amount, second.amount),
            "submitted": (first.submitted, second.submitted),
        }
        decisive = next((values[word] for word in by if values[word][0] != values[word][1]), (0, 1))
        assert decisive[0] < decisive[1]


@pytest.mark.parametrize("way", ["pro-rata", "first-come", "yearly-control"])
def test_reserves_stand_only_where_cases_are_ranked(way: str) -> None:
    with pytest.raises(ValueError, match="reserves"):
        rule(way, reserves=2)
