"""Credit codes against an independent oracle, voucher codes against every slip of the pen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as oracle

from vouchers.kernel.identifiers import (
    grouped,
    new_public_id,
    new_voucher_code,
    normalise,
    uscc_check_character,
    uscc_problem,
    voucher_code_problem,
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
BODIES = st.tuples(
    st.sampled_from(["91", "92", "12", "51"]),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
).map("".join)


@given(BODIES)
def test_the_check_character_is_that_of_the_standard(body: str) -> None:
    code = body + uscc_check_character(body)

    assert oracle.calc_check_digit(code[:17]) == code[17]
    assert uscc_problem(code) == ""


@given(BODIES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_every_wrong_character_is_noticed(body: str, place: int, other: str) -> None:
    code = body + uscc_check_character(body)
    wrong = code[:place] + other + code[place + 1 :]

    assert (uscc_problem(wrong) == "") == (wrong == code)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("", "18 位"),
        ("9135010", "现为 7 位"),
        ("91350100M000100Y4O", "不含字符 O"),
        ("91350100M000100Y44", "校验位不符"),
    ],
)
def test_each_mistake_is_named(typed: str, word: str) -> None:
    assert word in uscc_problem(typed)


def test_letters_of_other_registering_departments_are_accepted() -> None:
    body = "N2330106MF1234567"

    assert uscc_problem(body + uscc_check_character(body)) == ""


@pytest.mark.parametrize(
    "typed", ["91350100M000100Y43", "91350100m000100y43", " 91350100 M000100Y43 ", "９１350100M000100Y43"]
)
def test_how_it_is_typed_does_not_matter(typed: str) -> None:
    assert normalise(typed) == "91350100M000100Y43"


@given(st.data())
def test_a_slip_in_a_voucher_code_is_noticed(data: st.DataObject) -> None:
    code = new_voucher_code()
    place = data.draw(st.integers(0, 11))
    other = data.draw(st.sampled_from(CODE_ALPHABET))
    wrong = code[:place] + other + code[place + 1 :]

    assert (voucher_code_problem(wrong) == "") == (wrong == code)


@given(st.integers(0, 9))
def test_swapped_neighbours_in_a_voucher_code_are_noticed(place: int) -> None:
    code = new_voucher_code()
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]

    assert (voucher_code_problem(swapped) == "") == (swapped == code)


def test_codes_and_public_ids_do_not_repeat() -> None:
    assert len({new_voucher_code() for _ in range(2000)}) == 2000
    assert len({new_public_id() for _ in range(2000)}) == 2000
    assert voucher_code_problem(grouped(new_voucher_code())) == ""
