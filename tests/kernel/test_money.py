"""Money: what a form may contain, what a page shows, how shares are rounded."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.kernel.money import (
    MOST_FEN,
    Rounding,
    RoundingMode,
    decimal_yuan,
    format_yuan,
    parse_yuan,
    round_fen,
    share,
    split,
)

STEPS = st.sampled_from([1, 10, 100, 10_000])


@pytest.mark.parametrize("text", ["0", "0.01", "1", "12.3", "1000000000.00", " 5.50 "])
def test_plain_decimals_are_amounts(text: str) -> None:
    assert decimal_yuan(parse_yuan(text)).rstrip("0").rstrip(".") == text.strip().rstrip("0").rstrip(".") or text == "0"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "+1",
        "1e3",
        "0.001",
        "１００",
        "٣",
        "²",
        "1,000",
        "1_000",
        "NaN",
        "Infinity",
        "1e309",
        "0x10",
        "1.",
        ".5",
        "99999999999999",
        "9223372036854775808",
        "1 0",
        "1\u200b0",
        "一百",
    ],
)
def test_anything_else_is_refused_with_a_way_to_mend_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"金额"):
        parse_yuan(text)


@given(st.integers(0, MOST_FEN))
def test_what_is_shown_reads_back(fen: int) -> None:
    assert parse_yuan(decimal_yuan(fen)) == fen
    assert parse_yuan(format_yuan(fen).replace("¥", "").replace(",", "")) == fen


@given(st.integers(0, MOST_FEN), st.fractions(0, 1), STEPS, st.sampled_from(list(RoundingMode)))
def test_a_share_is_within_one_step_and_a_multiple_of_it(
    fen: int, rate: Fraction, step: int, mode: RoundingMode
) -> None:
    rounded = share(fen, rate, Rounding(step, mode))

    assert rounded % step == 0
    assert abs(rounded - fen * rate) < step if mode is RoundingMode.DOWN else abs(rounded - fen * rate) * 2 <= step
    assert mode is not RoundingMode.DOWN or rounded <= fen * rate


@pytest.mark.parametrize(
    ("mode", "rounded"),
    [
        (RoundingMode.DOWN, [0, 1, 2, 3]),
        (RoundingMode.HALF_UP, [1, 2, 3, 4]),
        (RoundingMode.HALF_EVEN, [0, 2, 2, 4]),
    ],
)
def test_halves_go_where_the_scheme_says(mode: RoundingMode, rounded: list[int]) -> None:
    halves = [Fraction(1, 2), Fraction(3, 2), Fraction(5, 2), Fraction(7, 2)]

    assert [round_fen(half, Rounding(1, mode)) for half in halves] == rounded


@given(st.fractions(0, 10**6), STEPS, st.sampled_from(list(RoundingMode)))
def test_what_is_taken_back_is_rounded_as_what_was_given(amount: Fraction, step: int, mode: RoundingMode) -> None:
    assert round_fen(-amount, Rounding(step, mode)) == -round_fen(amount, Rounding(step, mode))


@pytest.mark.parametrize("text", ["1e3", "100000000000.01"])
def test_a_refused_amount_is_told_in_a_sentence(text: str) -> None:
    told = "金额应为最多两位小数的数字，例如 12000.00" if "e" in text else "金额超过系统能记的最大数一千亿元"

    with pytest.raises(ValueError, match=f"^{told}$"):
        parse_yuan(text)


def test_the_largest_amount_is_an_amount() -> None:
    assert parse_yuan("100000000000") == MOST_FEN


def test_what_is_taken_back_shows_its_sign() -> None:
    assert [decimal_yuan(fen) for fen in (-5, 0, 5)] == ["-0.05", "0.00", "0.05"]
    assert [format_yuan(fen) for fen in (-123456, 0)] == ["-¥1,234.56", "¥0.00"]


@pytest.mark.parametrize("weights", [[0], [0, 0], [2, -1], [-1]])
def test_an_amount_is_parted_by_weights_alone(weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"^weights must be non-negative with a positive sum$"):
        split(5, weights)


def test_the_last_fen_go_to_the_largest_remainders_and_of_equals_to_the_earlier() -> None:
    assert split(7, [1]) == [7]
    assert split(101, [1, 1]) == [51, 50]
    assert split(10, [1, 2, 3]) == [2, 3, 5]
    assert split(100, [1, 1, 4]) == [17, 17, 66]
    assert split(5, [3, 3, 3]) == [2, 2, 1]
    assert split(10**13, [3, 3, 1]) == [4285714285714, 4285714285714, 1428571428572]
    assert split(1, [10**16, 10**16 + 1]) == [0, 1]  # further than a float can tell
