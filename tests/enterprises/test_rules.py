"""The industry list and the size class that follows from a profile."""

from datetime import date

import pytest

from vouchers.enterprises.rules import INDUSTRIES, PROFILE, industry_name, role_of, size_of
from vouchers.parties.states import MandateKind
from vouchers.policy.queries import size_standard
from vouchers.policy.rules.facts import FactValue
from vouchers.policy.rules.vocabulary import VOCABULARY

TABLE = size_standard(date(2026, 3, 18))


def test_every_division_is_listed_once_in_its_section() -> None:
    codes = [code for entries in INDUSTRIES.values() for code in entries]

    divisions = sorted({int(code[1:3]) for code in codes})

    assert len(codes) == len(set(codes))
    assert divisions == list(range(1, 97))
    assert all(code[0] == head[0] for head, entries in INDUSTRIES.items() for code in entries)


def test_the_standard_names_only_industries_of_the_list() -> None:
    listed = {code for entries in INDUSTRIES.values() for code in entries}

    named = {code for row in TABLE.rows for code in row.codes}

    assert not [code for code in named if not any(one.startswith(code) for one in listed)]


@pytest.mark.parametrize(
    ("headcount", "revenue", "expected"),
    [(300, 10_000, "large"), (299, 10_000, "medium"), (100, 999, "small"), (9, 50, "micro"), (10, 50, "small")],
)
def test_the_size_class_of_a_software_company(headcount: int, revenue: int, expected: str) -> None:
    facts: dict[str, FactValue] = {"industry": "I65", "headcount": headcount, "revenue": revenue * 1_000_000}

    result = size_of(facts, TABLE)

    assert result.size_class == expected
    assert result.row is not None
    assert result.row.name == "软件和信息技术服务业"


def test_what_is_missing_for_the_size_class_is_named() -> None:
    assert size_of({}, TABLE).missing == ("industry",)
    assert size_of({"industry": "I65", "headcount": 5}, TABLE).missing == ("revenue",)


def test_an_industry_that_the_standard_leaves_out_has_no_class() -> None:
    result = size_of({"industry": "J66", "headcount": 5, "revenue": 1, "assets": 1}, TABLE)

    assert (result.size_class, result.row) == ("", None)


def test_the_profile_asks_only_for_words_of_the_vocabulary() -> None:
    asked = [name for section in PROFILE for name in section.names]

    assert len(asked) == len(set(asked))
    assert not [name for name in asked if name not in VOCABULARY]


def test_every_kind_of_mandate_gives_a_role() -> None:
    assert {kind: role_of(kind).value for kind in MandateKind} == {
        MandateKind.LEGAL_REPRESENTATIVE: "representative",
        MandateKind.AUTHORISED: "representative",
        MandateKind.HANDLER: "handler",
        MandateKind.AGENCY: "handler",
    }


def test_an_industry_has_its_name() -> None:
    assert industry_name("C39") == "计算机、通信和其他电子设备制造业"
