from datetime import date

import cn2an  # type: ignore[import-untyped]  # no stubs exist
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vouchers.documents.chinese import amount_in_words, chinese_date, same_amount_in_words

BELOW_A_HUNDRED_MILLION = st.integers(min_value=0, max_value=10**10 - 1)
EVERY_AMOUNT = st.integers(min_value=-(10**13), max_value=10**13)


@settings(deadline=None)
@given(BELOW_A_HUNDRED_MILLION)
def test_amounts_below_a_hundred_million_read_as_another_program_reads_them(fen: int) -> None:
    yuan = f"{fen // 100}.{fen % 100:02d}"

    assert amount_in_words(fen) == cn2an.an2cn(yuan, "rmb")


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (100_000_000_00, "壹亿元整"),
        (800_005_800_00, "捌亿零伍仟捌佰元整"),
        (100_000_000_01, "壹亿元零壹分"),
        (1_000_000_010_00, "壹拾亿零壹拾元整"),
        (1_020_030_400_00, "壹拾亿贰仟零叁万零肆佰元整"),
        (100_000_000_000_00, "壹仟亿元整"),
        (-1_05, "负壹元零伍分"),
    ],
)
def test_zeros_stand_where_bank_rules_ask(fen: int, words: str) -> None:
    assert amount_in_words(fen) == words


@settings(deadline=None)
@given(EVERY_AMOUNT)
def test_words_say_their_own_amount(fen: int) -> None:
    assert same_amount_in_words(amount_in_words(fen), fen)


@settings(deadline=None)
@given(EVERY_AMOUNT, EVERY_AMOUNT)
def test_words_of_different_amounts_differ(one: int, other: int) -> None:
    assert same_amount_in_words(amount_in_words(one), other) == (one == other)


@pytest.mark.parametrize(
    ("words", "fen"),
    [
        ("壹万零陆佰圆整", 10_600_00),
        ("（负数）壹佰圆整", -100_00),
        ("人民币壹拾万零柒仟元零伍角叁分", 107_000_53),
        ("叁拾圆伍角整", 30_50),
    ],
)
def test_spellings_of_invoices_are_understood(words: str, fen: int) -> None:
    assert same_amount_in_words(words, fen)


def test_an_amount_beyond_all_reading_is_refused() -> None:
    with pytest.raises(ValueError, match="no usual reading"):
        amount_in_words(10**14)


def test_a_date_carries_no_leading_zeros() -> None:
    assert chinese_date(date(2026, 12, 1)) == "2026年12月1日"
