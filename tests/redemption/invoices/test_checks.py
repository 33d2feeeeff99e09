from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.redemption.invoices.specimens import BUYER, HONEST, SELLER, honest
from vouchers.kernel.periods import DateRange
from vouchers.redemption.invoices.bureau_xml import parse
from vouchers.redemption.invoices.checks import Expected, Level, check, worst
from vouchers.redemption.invoices.invoice import Invoice, Party, from_plain
from vouchers.redemption.invoices.specimen import Specimen, SpecimenLine, bureau_xml

YEAR = DateRange(date(2026, 1, 1), date(2026, 12, 31))
EXPECTED = Expected(buyer=BUYER, seller=SELLER, issued_during=YEAR, on=date(2026, 6, 1))
WRONG_USCC = "91350100M000100Y44"


def levels(invoice: Invoice, expected: Expected = EXPECTED) -> dict[str, Level]:
    return {one.code: one.level for one in check(invoice, expected)}


def test_an_honest_invoice_is_green_throughout() -> None:
    found = levels(honest())

    assert set(found.values()) == {Level.GREEN}
    assert set(found) == {
        "number", "number_year", "date", "red_letter", "buyer_uscc", "buyer", "seller_uscc", "seller",
        "total", "lines", "line_taxes", "words",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code", "level"),
    [
        ({"number": "1234"}, "number", Level.RED),
        ({"number": "２６502000000000000318"}, "number", Level.RED),
        ({"second_number": "26502000000000000319"}, "number", Level.RED),
        ({"issued_on": date(2025, 5, 20)}, "number_year", Level.RED),
        ({"issued_on": date(2026, 7, 1)}, "date", Level.RED),
        ({"is_red": True}, "red_letter", Level.RED),
        ({"buyer": Party(SELLER.uscc, BUYER.name)}, "buyer", Level.RED),
        ({"buyer": Party(BUYER.uscc, "改过的名称")}, "buyer", Level.AMBER),
        ({"seller": Party(BUYER.uscc, SELLER.name)}, "seller", Level.RED),
        ({"seller": Party(WRONG_USCC, SELLER.name)}, "seller_uscc", Level.RED),
        ({"seller": Party("", SELLER.name)}, "seller_uscc", Level.AMBER),
        ({"seller": Party("350100000000001", SELLER.name)}, "seller_uscc", Level.AMBER),
        ({"tax": 6_000_01}, "total", Level.AMBER),
        ({"tax": 6_000_02}, "total", Level.RED),
        ({"amount": 100_500_02}, "lines", Level.AMBER),
        ({"amount": 100_501_00}, "lines", Level.RED),
        ({"tax": 6_001_00}, "line_taxes", Level.RED),
        ({"lines": ()}, "lines", Level.AMBER),
        ({"total_in_words": "壹拾万陆仟伍佰元正"}, "words", Level.GREEN),
        ({"total_in_words": "壹拾万元整"}, "words", Level.RED),
        ({"total_in_words": ""}, "words", Level.AMBER),
    ],
)
def test_each_check_notices_its_own_fault(changes: dict[str, object], code: str, level: Level) -> None:
    assert levels(honest(**changes))[code] is level


def test_an_invoice_outside_the_window_is_red() -> None:
    expected = replace(EXPECTED, issued_during=DateRange(date(2026, 6, 1), None))

    [found] = [one for one in check(honest(), expected) if one.code == "date"]

    assert (found.level, found.text) == (Level.RED, "开票日期 2026-05-20 不在 2026-06-01 至 今后 之内")


def test_a_code_that_the_register_knows_is_not_red_for_its_check_digit() -> None:
    known = Party(WRONG_USCC, SELLER.name)

    found = levels(honest(seller=known), replace(EXPECTED, seller=known))

    assert (found["seller_uscc"], found["seller"]) == (Level.AMBER, Level.GREEN)


def test_a_former_name_and_the_width_of_brackets_make_no_difference() -> None:
    former = replace(EXPECTED, buyer=Party(BUYER.uscc, "新名称有限公司"), former_names=frozenset({BUYER.name}))
    narrow = honest(buyer=Party(BUYER.uscc, BUYER.name.replace("（", "(").replace("）", ")")))

    assert levels(honest(), former)["buyer"] is Level.GREEN
    assert levels(narrow)["buyer"] is Level.GREEN


def test_without_expectations_only_the_invoice_itself_is_checked() -> None:
    found = {one.code for one in check(honest())}

    assert not found & {"buyer", "seller", "date"}


def test_the_gravest_check_decides() -> None:
    assert worst(check(honest(), EXPECTED)) is Level.GREEN
    assert worst(check(honest(total_in_words=""), EXPECTED)) is Level.AMBER
    assert worst(check(honest(is_red=True, total_in_words=""), EXPECTED)) is Level.RED


def test_a_check_can_be_kept_and_shown_beside_a_field() -> None:
    [found] = [one for one in check(honest(tax=6_000_02), EXPECTED) if one.code == "total"]

    assert found.finding.code == "invoice.total"
    assert found.finding.text == "金额 ¥100,500.00 加税额 ¥6,000.02 与价税合计 ¥106,500.00 相差 ¥0.02"
    assert found.plain["params"]["difference"] == "¥0.02"


AMOUNT = st.integers(min_value=1, max_value=10**10)
NAME = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1, max_size=40)


@settings(deadline=None)
@given(
    st.lists(st.builds(SpecimenLine, NAME, AMOUNT, st.integers(min_value=0, max_value=10**8)), min_size=1, max_size=8)
)
def test_every_specimen_is_read_back_and_green(lines: list[SpecimenLine]) -> None:
    specimen = Specimen(HONEST.sequence, HONEST.issued_on, SELLER, BUYER, tuple(lines))

    invoice = from_plain(parse(bureau_xml(specimen)))

    assert worst(check(invoice, EXPECTED)) is Level.GREEN
    assert [(line.amount, line.tax) for line in invoice.lines] == [(line.amount, line.tax) for line in lines]
