"""Archetypes A, C and I from application to payment, with the packs of cities as they ship."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from flask import Flask

from tests.factories import archetypes
from tests.factories.applications import make_applicant, make_window
from tests.factories.archetypes import Story, approved, at, begin, drafted, invoice_to, loaded, paid_out, party_of
from tests.factories.parties import received_pdf, valid_uscc
from tests.factories.redemption import add_account
from vouchers.applications import queries as applications
from vouchers.db.transaction import transaction
from vouchers.issuance import services as issuance
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.periods import DateRange
from vouchers.redemption import queries as redemption
from vouchers.redemption.invoices.invoice import Party
from vouchers.redemption.states import ClaimState
from vouchers.subsidies import services as subsidies
from vouchers.subsidies.services import NewInvoice, NewPaper
from vouchers.subsidies.states import PaperKind

YIWAN = 1_000_000  # 1 万元 in fen
SELLER = Party(valid_uscc(991), "区外云计算有限公司")


def in_this_year(data: dict[str, Any]) -> None:
    """The plans have run out; the stories are told in 2026."""
    data["effective"]["to"] = "2026-12-31"
    if "valid_until" in data["voucher"][0]:
        data["voucher"][0]["valid_until"] = "2026-12-31"


BEIJING = {
    "sector": "software",
    "use": "training",
    "compute_kind": "intelligent",
    "acquired_by": "rent",
    "contract_from": "2026-02-01",
    "contract_until": "2026-04-30",
    "contract_signed_on": "2026-01-06",
    "contract_gross": "1000000.00",
    "provider_is_related": False,
    "contract_number": "LT-2026-017",
    "contract_seller": SELLER.uscc,
    "excluded_gross": "0.00",
    "other_support_applicant": "0.00",
}


@pytest.mark.database("sqlite")
def test_a_applied_for_on_a_contract_redeemed_after_paying_and_paid_to_the_enterprise(app: Flask) -> None:
    story = begin(app, loaded("beijing-2023", in_this_year), at=at(1, 5))
    applicant = make_applicant(1, at=at(1, 5), registered_in="北京市海淀区", is_legal_person=True)
    voucher = _issued(story, applicant, BEIJING, judged={"fits_direction": True, "finance_is_sound": True})
    stage = archetypes.sold(story, applicant, voucher, number=61, hold=2 * YIWAN)
    with transaction():
        add_account(applicant.organisation_id or 0, actor=applicant)

    claim = archetypes.settled(story, stage, by=applicant, amount=2 * YIWAN, at=at(3, 18))  # 20 % of 106,000 is more

    paid_out(story, at=at(3, 20))
    assert redemption.get(claim).state is ClaimState.PAID
    assert story.paid(applicant.organisation_id or 0) == 2 * YIWAN
    assert story.paid(stage.provider_organisation_id) == 0
    story.prove()


QINGYANG = {"compute_in": "甘肃省庆阳市西峰区", "contract_gross": "1000000.00"}


@pytest.mark.database("sqlite")
def test_c_deducted_by_the_provider_who_claims_and_is_paid(app: Flask) -> None:
    story = begin(app, loaded("qingyang-2024", in_this_year), at=at(1, 5))
    applicant = make_applicant(1, at=at(1, 5), is_legal_person=True)
    voucher = _issued(story, applicant, QINGYANG)
    stage = archetypes.sold(story, applicant, voucher, number=62, hold=3 * YIWAN)

    claim = archetypes.settled(story, stage, by=stage.provider, amount=3 * YIWAN, at=at(3, 18))

    paid_out(story, at=at(4, 2))  # settled by the quarter
    assert redemption.get(claim).state is ClaimState.PAID
    assert story.paid(stage.provider_organisation_id) == 3 * YIWAN
    assert story.paid(applicant.organisation_id or 0) == 0
    story.prove()


def every_quarter(data: dict[str, Any]) -> None:
    """No plan that ships takes applications by the quarter; this one is edited so that it does."""
    rule = {"id": "quarterly", "say": "每季度集中受理一次", "provenance": "local"}
    data["process"]["intakes"] = [{**rule, "kinds": ["compute"], "opens": "quarterly", "track": "reviewed"}]


@pytest.mark.database("sqlite")
def test_i_windows_every_quarter_share_the_limit_of_the_year(app: Flask) -> None:
    story = begin(app, loaded("fengtai", every_quarter), at=at(1, 5))
    applicant = make_applicant(1, at=at(1, 5))
    first = _awarded(story, applicant, "5000000.00", month=1, window=story.ground.window)  # 30 % of 5 million
    with pytest.raises(RuleViolation, match=r"每季度集中受理一次.*2026年第1季度已有"):
        make_window(story.ground, at=at(3, 31))
    april = make_window(story.ground, at=at(4, 2)).public_id

    second = _awarded(story, applicant, "9000000.00", month=4, window=april)  # 2.7 million, the year leaves 1.5

    assert [applications.get(case).approved for case in (first, second)] == [150 * YIWAN, 150 * YIWAN]
    with transaction():
        add_account(applicant.organisation_id or 0, actor=applicant)
    paid_out(story, at=at(5, 12))
    assert story.paid(applicant.organisation_id or 0) == 300 * YIWAN
    story.prove()


def _issued(
    story: Story, applicant: Actor, facts: Mapping[str, object], *, judged: dict[str, object] | None = None
) -> str:
    case = drafted(story, applicant, facts, at=at(1, 6))
    archetypes.submitted(case, applicant, at=at(1, 6))
    approved(story, case, at=at(1, 9), until=at(1, 21), judged=judged or {})
    with transaction():
        return issuance.issue(case, actor=story.ground.officer("decider"), at=at(1, 21)).public_id


def _awarded(story: Story, applicant: Actor, contract: str, *, month: int, window: str) -> str:
    """One round in its window: an application with its evidence, the award."""
    facts = {"contract_gross": contract, "is_industrial": True, "other_support:best-of": "0.00"}
    case = drafted(story, applicant, facts, at=at(month, 6), window=window)
    buyer, gross = party_of(applicant.organisation_id or 0), int(contract.replace(".", ""))
    file = invoice_to(buyer, SELLER, gross, on=date(2026, month, 2))
    with transaction():
        service = DateRange(date(2025, 7, 1), date(2025, 12, 31))
        subsidies.add_invoice(case, NewInvoice(file, "HT-7", service), actor=applicant, at=at(month, 6))
        for kind in PaperKind:
            amount = gross if kind is PaperKind.PAYMENT else None
            paper = NewPaper(kind, received_pdf(f"{kind}{month}.pdf"), date(2026, month, 3), amount)
            subsidies.add_paper(case, paper, actor=applicant, at=at(month, 6))
    archetypes.submitted(case, applicant, at=at(month, 6))
    approved(story, case, at=at(month, 9), until=at(month, 9))
    with transaction():
        subsidies.award(case, actor=story.ground.officer("decider"), at=at(month, 10))
    return case
