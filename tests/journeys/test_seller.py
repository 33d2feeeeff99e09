"""Zhangzhou: who provides the annotation applies for its own subsidy, beside the buyer of the same service."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask

from tests.factories import archetypes, providers
from tests.factories.accounts import make_user
from tests.factories.applications import make_applicant, make_window
from tests.factories.archetypes import ENVELOPE, Story, at, begin, invoice_to, loaded, paid_out, party_of
from tests.factories.enterprises import PASSWORD
from tests.factories.parties import received_pdf, valid_uscc
from tests.factories.redemption import add_account
from tests.pages import PageClient
from vouchers.accounts import queries as accounts
from vouchers.accounts.services import PersonDetails
from vouchers.accounts.states import Role
from vouchers.applications import queries as applications
from vouchers.applications.states import ApplicationState
from vouchers.db.transaction import transaction
from vouchers.enterprises import services as enterprises
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.periods import DateRange
from vouchers.ledger.services import documents
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import DocumentKind
from vouchers.parties import queries as parties
from vouchers.parties import services as party_services
from vouchers.parties.services import HandOver
from vouchers.providers.services import Registered
from vouchers.providers.states import OfferingKind
from vouchers.redemption import queries as redemption
from vouchers.redemption.invoices.invoice import Party
from vouchers.redemption.services import InvoiceFile
from vouchers.redemption.states import ClaimState
from vouchers.subsidies import queries, services
from vouchers.subsidies.services import NewInvoice, NewPaper
from vouchers.subsidies.states import PaperKind

WAN = 1_000_000
GROSS = 100 * WAN
SERVED = DateRange(date(2025, 10, 1), date(2025, 12, 31))
JOIN = "/provider/profile/applying/"
SOLD, BOUGHT = "annotation-seller", "annotation-buyer"
SELLS: dict[str, object] = {
    "is_legal_person": True,
    "is_annotation_platform": True,
    "invoiced_gross": "1000000.00",
}
BUYS: dict[str, object] = {"is_legal_person": True, "is_industrial_firm": True, "contract_gross": "1000000.00"}

pytestmark = pytest.mark.usefixtures("clock")


def platform(number: int, *, kinds: tuple[OfferingKind, ...] = (OfferingKind.ANNOTATION,)) -> Registered:
    """A provider that is admitted for these kinds, with an account to be paid to."""
    registered = providers.admitted_provider(number, at=at(1, 5), kinds=kinds)
    with transaction():
        organisation_id = registered.provider.organisation_id
        add_account(organisation_id, actor=providers.own_actor(registered), number=f"62220202001122{number:05d}")
    return registered


def joined(registered: Registered) -> Actor:
    """The same provider as an applicant."""
    actor = providers.own_actor(registered)
    with transaction():
        enterprises.join(registered.provider.organisation_id, actor=actor, at=at(1, 5))
    return actor


def evidence(case: str, applicant: Actor, file: InvoiceFile) -> None:
    """One invoice with its contract, payment and delivery."""
    with transaction():
        services.add_invoice(case, NewInvoice(file, "BZ-2025-7", SERVED), actor=applicant, at=at(1, 6))
    for kind in PaperKind:
        amount = GROSS if kind is PaperKind.PAYMENT else None
        with transaction():
            new = NewPaper(kind, received_pdf(f"{kind}.pdf"), date(2025, 12, 30), amount)
            services.add_paper(case, new, actor=applicant, at=at(1, 6))


def sale(registered: Registered, *, buyer: Party) -> InvoiceFile:
    return invoice_to(buyer, party_of(registered.provider.organisation_id), GROSS, on=date(2025, 12, 20))


def awarded(story: Story, case: str, *, day: int) -> str:
    archetypes.approved(story, case, at=at(1, day), until=at(1, day))
    with transaction():
        return services.award(case, actor=story.ground.officer("decider"), at=at(1, day + 1)).public_id


@pytest.mark.database
def test_a_platform_is_paid_for_what_it_sold_though_it_never_bought(app: Flask) -> None:
    story = begin(app, loaded("zhangzhou"), at=at(1, 5), kind=SOLD)
    seller = platform(61)
    organisation_id, applicant = seller.provider.organisation_id, joined(seller)
    case = archetypes.drafted(story, applicant, SELLS, at=at(1, 6))
    stranger = invoice_to(party_of(organisation_id), Party(valid_uscc(990), "别家"), GROSS, on=date(2025, 12, 20))
    with pytest.raises(RuleViolation, match="销售方"):
        evidence(case, applicant, stranger)
    with pytest.raises(RuleViolation, match="同一单位"):
        evidence(case, applicant, sale(seller, buyer=party_of(organisation_id)))
    evidence(case, applicant, sale(seller, buyer=Party(valid_uscc(991), "漳州测试制造有限公司")))
    archetypes.submitted(case, applicant, at=at(1, 6))

    claim = awarded(story, case, day=9)

    assert (story.owed(organisation_id), applications.get(case).state) == (15 * WAN, ApplicationState.AWARDED)
    (use,) = redemption.get(claim).allocations
    assert (use.side, use.invoice.sold, use.invoice.allocated) == ("seller", GROSS, 0)
    story.prove()
    paid_out(story, at=at(1, 26))
    assert redemption.get(claim).state is ClaimState.PAID
    assert (story.owed(organisation_id), story.paid(organisation_id)) == (0, 15 * WAN)
    story.prove()


@pytest.mark.database
def test_one_invoice_bears_both_sides_of_a_sale_and_each_of_them_once(app: Flask) -> None:
    story = begin(app, loaded("zhangzhou", _bought_directly), at=at(1, 5), kind=SOLD)
    _fund(story, BOUGHT)
    seller, buyer = platform(62), make_applicant(1, at=at(1, 5))
    applicant, window = joined(seller), make_window(story.ground, at=at(1, 5), kind=BOUGHT).public_id
    file = sale(seller, buyer=party_of(buyer.organisation_id or 0))
    bought = archetypes.drafted(story, buyer, BUYS, at=at(1, 6), window=window)
    sold = archetypes.drafted(story, applicant, SELLS, at=at(1, 6))
    for case, own in ((bought, buyer), (sold, applicant)):
        evidence(case, own, file)
        archetypes.submitted(case, own, at=at(1, 6))

    for case in (bought, sold):
        awarded(story, case, day=9)

    (row,) = queries.invoices_of(applications.get(sold).id)
    assert (row.invoice.allocated, row.invoice.sold) == (GROSS, GROSS)
    again = archetypes.drafted(
        story, applicant, SELLS, at=at(1, 20), window=make_window(story.ground, at=at(1, 5), kind=SOLD).public_id
    )
    with pytest.raises(RuleViolation, match="没有可以计入的金额"):
        evidence(again, applicant, file)
    story.prove()


def test_who_does_not_serve_it_does_not_claim_what_is_for_sellers(app: Flask) -> None:
    story = begin(app, loaded("zhangzhou"), at=at(1, 5), kind=SOLD)
    applicants = make_applicant(1, at=at(1, 5)), joined(platform(63, kinds=(OfferingKind.COMPUTE,)))

    for applicant in applicants:
        with pytest.raises(RuleViolation, match="取自登记信息"):
            archetypes.drafted(story, applicant, {**SELLS, "role": "seller"}, at=at(1, 6))
        case = archetypes.drafted(story, applicant, SELLS, at=at(1, 6))
        with pytest.raises(RuleViolation, match="有 1 条规则不符合"):
            archetypes.submitted(case, applicant, at=at(1, 6))


def test_a_provider_joins_on_a_page_and_sees_from_its_new_post_what_it_can_have(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    story = begin(app, loaded("zhangzhou"), at=noon, kind=SOLD)
    seller = providers.admitted_provider(64, at=noon, kinds=(OfferingKind.ANNOTATION,))
    client.get("/sign-in")
    client.submit({"sign_in": "fuwu64", "password": PASSWORD}, form="/sign-in")
    client.get("/provider/profile/")
    assert JOIN in client.page.links()  # type: ignore[union-attr]
    client.get(JOIN)

    answer = client.submit(form=JOIN)

    assert answer.status_code == 303
    client.get(answer.location)
    post = max(one.id for one in accounts.posts_of(seller.user_id, on=noon.date()))
    assert client.submit({"post": str(post)}, form="/choose-post").status_code == 303
    assert "标注券（提供方）" in client.get("/enterprise/eligibility").get_data(as_text=True)
    assert client.get(f"/enterprise/windows/{story.ground.window}").status_code == 200
    applicant = providers.own_actor(seller)
    case = archetypes.drafted(story, applicant, SELLS, at=noon)
    with transaction():
        file = sale(seller, buyer=Party(valid_uscc(991), "漳州测试制造有限公司"))
        services.add_invoice(case, NewInvoice(file, "BZ-2025-7", SERVED), actor=applicant, at=noon)
    spending = client.get(f"/enterprise/applications/{case}/spending/").get_data(as_text=True)
    assert "先交付、先收款" in spending
    assert "漳州测试制造有限公司" in spending
    with pytest.raises(RuleViolation, match="已经登记为申报单位"):
        joined(seller)


def test_a_handler_does_not_bring_its_organisation_in(app: Flask) -> None:
    seller = providers.admitted_provider(65, at=at(1, 5))
    colleague = replace(providers.own_actor(seller), person_id=make_user(Role.PROVIDER_OPERATOR, at=at(1, 5)).person_id)

    with pytest.raises(RuleViolation, match="法定代表人或授权委托人"), transaction():
        enterprises.join(seller.provider.organisation_id, actor=colleague, at=at(1, 5))


def test_whoever_takes_over_has_both_posts(app: Flask) -> None:
    seller = providers.admitted_provider(66, at=at(1, 5))
    actor, own = joined(seller), seller.provider.organisation_id
    (leaving,) = parties.members_of(own, on=date(2026, 1, 6))
    new = HandOver(PersonDetails("许小枢", phone="13900009999"), "fuwu66b", "离职", received_pdf("授权.pdf"))
    office = replace(actor, organisation_id=None, person_id=None, office_id=1)

    with transaction():
        party_services.hand_over(
            own, leaving.public_id, replace(new, evidence=received_pdf("公函.pdf")), actor=office, at=at(1, 6)
        )

    (member,) = parties.members_of(own, on=date(2026, 1, 6))
    assert set(parties.roles_in(member.person_id, own, on=date(2026, 1, 6))) == {
        Role.PROVIDER_OPERATOR,
        Role.REPRESENTATIVE,
    }


def _bought_directly(data: dict[str, Any]) -> None:
    """The buyer's kind as a subsidy too, so that one story has both sides."""
    quota, direct = data["voucher"]
    quota["kinds"].remove(BOUGHT)
    direct["kinds"].append(BOUGHT)


def _fund(story: Story, kind: str) -> None:
    for layer in story.layers:
        new = NewDocument(
            DocumentKind.ENVELOPE, story.ground.scheme_id, layer, f"财〔2026〕{kind}", ENVELOPE, voucher_kind=kind
        )
        with transaction():
            document = documents.record_document(new, actor=story.bureau.making, at=at(1, 5)).public_id
        with transaction():
            documents.check_document(document, actor=story.bureau.checking, at=at(1, 5), seen_version=1)
