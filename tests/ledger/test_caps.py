"""Which quota accounts a grant draws on: the pack's caps with their scope, period, phase and limit."""

from dataclasses import replace
from datetime import date

import pytest

from tests.policy.packs import compiled
from vouchers.ledger.caps import Capped, Moment, caps_of
from vouchers.ledger.rules import Cap
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.selectors import AmountChoice
from vouchers.policy.pack.values import Quantity

PARTIES = {"applicant": "a1", "controller": "c1"}
GRANT = Capped(
    7,
    "compute",
    PARTIES,
    "growth",
    {"field": "retail-trade", "year": 2026, "is_one_person_company": True},
    Moment(date(2026, 5, 6), 1),
)


def pack_with(**changes: object) -> PolicyPack:
    """The shipped pack with its yearly cap on the applicant alone, changed."""
    pack = compiled().pack
    rule = next(cap for cap in pack.amount.caps if cap.id == "cap-applicant-year")
    caps = (rule.model_copy(update=changes),)
    return pack.model_copy(update={"amount": pack.amount.model_copy(update={"caps": caps})})


def caps(pack: PolicyPack, grant: Capped = GRANT, phase: Phase = Phase.APPLICATION) -> list[Cap]:
    return list(caps_of(replace(compiled(), pack=pack), grant, phase))


def test_the_shipped_pack_caps_applicant_and_controller_by_the_year() -> None:
    assert caps(compiled().pack) == [
        Cap("cap-applicant-year", 7, "a1", "2026", 50_000_000),
        Cap("cap-controller-year", 7, "c1", "2026", 80_000_000),
    ]


def test_a_cap_that_does_not_meet_the_grant_is_left_out() -> None:
    assert caps(pack_with(kinds=("model",))) == []
    assert caps(pack_with(at=(Phase.REDEMPTION,))) == []
    assert len(caps(pack_with(at=(Phase.REDEMPTION,)), phase=Phase.REDEMPTION)) == 1
    assert caps(pack_with(per="once")) == []
    assert caps(pack_with(over="project")) == []
    assert len(caps(pack_with())) == 1


def test_a_cap_in_hours_is_an_account_of_hours() -> None:
    hours, rows = Quantity(2_000, "card-hours"), {"growth": Quantity(3_000, "card-hours")}
    chosen = AmountChoice.model_construct(by="tier", rows=rows, match=(), otherwise=None, share=None, of="")

    assert caps(pack_with(limit=hours)) == [Cap("cap-applicant-year", 7, "a1", "2026", 2_000, "card-hours")]
    assert caps(pack_with(limit=chosen)) == [Cap("cap-applicant-year", 7, "a1", "2026", 3_000, "card-hours")]


def test_a_cap_for_life_is_one_account_for_all_years() -> None:
    assert caps(pack_with(per="life")) == [Cap("cap-applicant-year", 7, "a1", "life", 50_000_000)]


@pytest.mark.parametrize(
    ("by", "rows", "limit"),
    [
        ("tier", {"starter": 1, "growth": 2}, 2),
        ("field", {"retail-trade": 3}, 3),
        ("year", {"2026": 4}, 4),
        ("is_one_person_company", {"是": 7, "否": 8}, 7),
        ("tier", {"starter": 1}, 0),
        ("unknown", {"retail-trade": 3, "None": 5}, 0),
        ("unknown", {"": 6}, 6),
    ],
)
def test_a_limit_is_chosen_by_tier_or_fact(by: str, rows: dict[str, int], limit: int) -> None:
    choice = AmountChoice.model_construct(by=by, rows=rows)

    assert [cap.limit for cap in caps(pack_with(limit=choice))] == [limit]


def test_the_tier_is_no_fact() -> None:
    choice = AmountChoice.model_construct(by="tier", rows={"growth": 2, "starter": 1})
    grant = replace(GRANT, facts={"tier": "starter"})

    assert [cap.limit for cap in caps(pack_with(limit=choice), grant)] == [2]
