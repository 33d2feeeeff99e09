"""中小企业划型: every boundary of the standard."""

from itertools import product
from pathlib import Path

import pytest

from vouchers.policy.pack.reading import read_values
from vouchers.policy.parameters import in_force
from vouchers.policy.rules.size_class import CLASSES, SizeTable, size_class, size_table, with_section

FILE = Path(__file__).parents[2] / "seeds" / "size-classes" / "2017.yaml"
TABLE: SizeTable = size_table(read_values(FILE.read_text(encoding="utf-8"), str(FILE)))
BOUNDS = [
    (row.key, row.codes[0], indicator, position, bounds[position])
    for row in TABLE.rows
    for indicator, bounds in row.bounds.items()
    for position in range(3)
]


@pytest.mark.parametrize(("key", "code", "indicator", "position", "bound"), BOUNDS)
def test_each_lower_bound_is_inclusive_and_one_below_is_one_class_down(
    *, key: str, code: str, indicator: str, position: int, bound: int
) -> None:
    row = next(row for row in TABLE.rows if row.key == key)
    plenty = {name: bounds[0] for name, bounds in row.bounds.items()}

    at_bound = classified(code, **{**plenty, indicator: bound})
    below = classified(code, **{**plenty, indicator: bound - 1})

    assert at_bound == CLASSES[position]
    assert below == CLASSES[position + 1]


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row.key)
def test_the_worst_indicator_decides(row: object) -> None:
    found = next(one for one in TABLE.rows if one is row)
    for levels in product(range(4), repeat=len(found.bounds)):
        given = {
            name: bounds[level] if level < 3 else bounds[2] - 1
            for (name, bounds), level in zip(found.bounds.items(), levels, strict=True)
        }

        assert classified(found.codes[0], **given) == CLASSES[max(levels)]


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("6513", "software"),
        ("I65", "software"),
        ("i6513", "software"),
        ("I63", "telecoms"),
        ("1310", "industry"),
        ("5110", "wholesale"),
        ("5211", "retail"),
        ("K7010", "property-development"),
        ("7020", "property-management"),
        ("M7320", "other"),
    ],
)
def test_an_industry_code_finds_its_row_with_or_without_the_letter(code: str, key: str) -> None:
    found = size_class(code, headcount=1, revenue=1, assets=1, table=TABLE)

    assert found.row is not None
    assert found.row.key == key


@pytest.mark.parametrize("code", ["J66", "8310", "G53", "K704", "99", "Z1"])
def test_an_industry_that_the_standard_does_not_cover_is_not_guessed(code: str) -> None:
    found = size_class(code, headcount=1, revenue=1, assets=1, table=TABLE)

    assert (found.size_class, found.row) == ("", None)


def test_a_missing_indicator_is_named() -> None:
    found = size_class("I65", headcount=80, revenue=None, assets=None, table=TABLE)

    assert (found.size_class, found.missing) == ("", ("revenue",))


def test_the_table_in_force_is_the_newest_that_holds() -> None:
    assert in_force([TABLE], TABLE.in_force) is TABLE
    with pytest.raises(ValueError, match="没有在"):
        in_force([TABLE], TABLE.in_force.replace(year=2016))


def test_a_code_beyond_the_classification_keeps_no_letter() -> None:
    assert with_section("9801") == "9801"


def classified(code: str, **given: int) -> str:
    figures = {"headcount": None, "revenue": None, "assets": None, **given}
    return size_class(code, table=TABLE, **figures).size_class
