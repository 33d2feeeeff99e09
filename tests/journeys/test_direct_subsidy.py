"""Archetype B: bought and paid already; one application with its evidence, a notice, and money, without a voucher."""

from datetime import date

import pytest
from flask import Flask

from tests.factories import archetypes
from tests.factories.applications import make_applicant
from tests.factories.archetypes import Story, at, begin, invoice_to, loaded, paid_out, party_of, with_notice
from tests.factories.parties import received_pdf, valid_uscc
from tests.factories.redemption import add_account
from vouchers.applications import queries as applications
from vouchers.applications.states import ApplicationState
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.issuance.states import VoucherState
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.periods import DateRange
from vouchers.redemption import queries as redemption
from vouchers.redemption.invoices.invoice import Party
from vouchers.redemption.states import ClaimState
from vouchers.subsidies import services
from vouchers.subsidies.services import NewInvoice, NewPaper
from vouchers.subsidies.states import PaperKind

SELLER = Party(valid_uscc(990), "区外云计算有限公司")  # nobody we know: an ex-post subsidy needs no listed provider
SPENT = 50_000_000  # 50 万元 with tax
FACTS = {"contract_gross": "500000.00", "is_industrial": True, "other_support:best-of": "0.00"}
SERVED = DateRange(date(2025, 7, 1), date(2025, 12, 31))


@pytest.mark.database
def test_an_ex_post_case_is_paid_without_a_voucher_or_an_order(app: Flask) -> None:
    story = begin(app, loaded("fengtai", with_notice), at=at(1, 5))
    applicant = make_applicant(1, at=at(1, 5))
    case = _applied(story, applicant)
    archetypes.approved(story, case, at=at(1, 9), until=at(1, 21))
    before = story.left()

    with transaction():
        claim = services.award(case, actor=story.ground.officer("decider"), at=at(1, 22))
        number = claim.public_id

    assert story.left() == before - 15_000_000  # 30 % of 500,000 for industry
    assert story.owed(applicant.organisation_id or 0) == 15_000_000
    voucher = redemption.get(number).voucher
    assert (voucher.state, applications.get(case).state) == (VoucherState.DIRECT, ApplicationState.AWARDED)
    assert vouchers.figures(voucher).left == 0
    story.prove()
    with transaction():
        add_account(applicant.organisation_id or 0, actor=applicant)
    paid_out(story, at=at(1, 26))
    assert redemption.get(number).state is ClaimState.PAID
    assert (story.owed(applicant.organisation_id or 0), story.paid(applicant.organisation_id or 0)) == (0, 15_000_000)
    story.prove()


def _applied(story: Story, applicant: Actor) -> str:
    """Submitted with two invoices, a contract, payments and a proof of delivery; every gap is told before."""
    case = archetypes.drafted(story, applicant, FACTS, at=at(1, 6))
    with pytest.raises(RuleViolation) as refused:
        archetypes.submitted(case, applicant, at=at(1, 6))
    codes = {finding.code for finding in refused.value.findings}
    assert {"spending.invoices", "claim.spending.invoices"} & codes, codes
    for gross in (30_000_000, 20_000_000):
        add_invoice(case, applicant, gross)
    for kind, amount in ((PaperKind.CONTRACT, None), (PaperKind.DELIVERY, None), (PaperKind.PAYMENT, SPENT)):
        add_paper(case, applicant, kind, amount)
    archetypes.submitted(case, applicant, at=at(1, 6))
    return case


def add_invoice(case: str, applicant: Actor, gross: int, *, seller: Party = SELLER) -> str:
    file = invoice_to(party_of(applicant.organisation_id or 0), seller, gross, on=date(2025, 12, 20))
    with transaction():
        new = NewInvoice(file, "HT-2025-7", SERVED)
        return services.add_invoice(case, new, actor=applicant, at=at(1, 6)).public_id


def add_paper(case: str, applicant: Actor, kind: PaperKind, amount: int | None = None) -> str:
    with transaction():
        new = NewPaper(kind, received_pdf(f"{kind}.pdf"), date(2025, 12, 30), amount)
        return services.add_paper(case, new, actor=applicant, at=at(1, 6)).public_id
