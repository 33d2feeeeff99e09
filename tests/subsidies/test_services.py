"""Direct subsidies through their services: one invoice one subsidy, nothing changes behind a back, pages tell."""

import io
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from tests.factories import archetypes, review
from tests.factories.accounts import make_user, sign_in
from tests.factories.applications import make_applicant, make_window
from tests.factories.archetypes import Story, begin, loaded, paid_out, party_of
from tests.factories.parties import pdf_bytes, received_pdf, valid_uscc
from tests.factories.redemption import add_account
from tests.pages import PageClient
from vouchers.accounts.states import Role
from vouchers.applications import queries as applications
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files.store import current_store
from vouchers.issuance import services as issuance
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.periods import DateRange
from vouchers.redemption import services as redemption
from vouchers.redemption.invoices.invoice import Party
from vouchers.redemption.services import InvoiceFile
from vouchers.review import services as review_services
from vouchers.review.services import Correction
from vouchers.settlement import queries as settlement
from vouchers.subsidies import queries, services, verify
from vouchers.subsidies.services import NewInvoice, NewPaper
from vouchers.subsidies.states import PaperKind

SELLER = Party(valid_uscc(990), "区外云计算有限公司")
FACTS = {"contract_gross": "500000.00", "is_industrial": True, "other_support:best-of": "0.00"}
SERVED = DateRange(date(2025, 7, 1), date(2025, 12, 31))


def invoice(applicant: Actor, gross: int = 50_000_000) -> InvoiceFile:
    return archetypes.invoice_to(party_of(applicant.organisation_id or 0), SELLER, gross, on=date(2025, 12, 20))


def add_invoice(case: str, applicant: Actor, file: InvoiceFile, *, at: datetime, base: int | None = None) -> str:
    with transaction():
        new = NewInvoice(file, "HT-2025-7", SERVED, base)
        return services.add_invoice(case, new, actor=applicant, at=at).public_id


def add_papers(case: str, applicant: Actor, *, at: datetime, paid: int = 50_000_000) -> None:
    for kind in PaperKind:
        amount = paid if kind is PaperKind.PAYMENT else None
        with transaction():
            new = NewPaper(kind, received_pdf(f"{kind}.pdf"), date(2025, 12, 30), amount)
            services.add_paper(case, new, actor=applicant, at=at)


def applied(story: Story, applicant: Actor, *, at: datetime, file: InvoiceFile | None = None, window: str = "") -> str:
    case = archetypes.drafted(story, applicant, FACTS, at=at, window=window)
    add_invoice(case, applicant, file or invoice(applicant), at=at)
    add_papers(case, applicant, at=at)
    archetypes.submitted(case, applicant, at=at)
    return case


@pytest.fixture
def story(app: Flask, noon: datetime, clock: Path) -> Story:
    return begin(app, loaded("fengtai"), at=noon)


@pytest.fixture
def applicant(story: Story, noon: datetime) -> Actor:
    return make_applicant(1, at=noon)


def test_one_invoice_bears_one_subsidy(story: Story, applicant: Actor, noon: datetime) -> None:
    file = invoice(applicant)
    applied(story, applicant, at=noon, file=file)
    window = make_window(story.ground, at=noon).public_id
    other = archetypes.drafted(story, applicant, FACTS, at=noon, window=window)

    with pytest.raises(RuleViolation, match="没有可以计入的金额"):
        add_invoice(other, applicant, file, at=noon)


def test_part_of_an_invoice_that_another_case_uses_is_refused_where_it_counts_once(
    story: Story, applicant: Actor, noon: datetime
) -> None:
    file = invoice(applicant)
    window = make_window(story.ground, at=noon).public_id
    first, second = (archetypes.drafted(story, applicant, FACTS, at=noon, window=one) for one in ("", window))
    for case in (first, second):
        add_invoice(case, applicant, file, at=noon, base=20_000_000)
        add_papers(case, applicant, at=noon)

    with pytest.raises(RuleViolation, match="已用于其他申请或核销"):
        archetypes.submitted(second, applicant, at=noon)


def test_somebody_elses_invoice_is_refused(story: Story, applicant: Actor, noon: datetime) -> None:
    case = archetypes.drafted(story, applicant, FACTS, at=noon)
    file = archetypes.invoice_to(SELLER, SELLER, 1_000_000, on=date(2025, 12, 20))

    with pytest.raises(RuleViolation, match="不是持券单位"):
        add_invoice(case, applicant, file, at=noon)


def test_what_was_handed_in_changes_only_where_a_correction_asks_for_it(
    story: Story, applicant: Actor, noon: datetime
) -> None:
    case = applied(story, applicant, at=noon)
    row = queries.invoices_of(applications.get(case).id)[0].public_id
    with pytest.raises(Conflict), transaction():
        services.remove(case, row, actor=applicant, at=noon)
    with transaction():
        ask = Correction(("spending",), "请补充另一张发票。", review.version_of(case))
        review_services.ask_correction(case, ask, actor=story.ground.officer("acceptor"), at=noon)

    with transaction():
        services.remove(case, row, actor=applicant, at=noon)

    assert queries.invoices_of(applications.get(case).id) == []


def test_a_case_is_awarded_once_and_never_issued(story: Story, applicant: Actor, noon: datetime) -> None:
    case = applied(story, applicant, at=noon)
    archetypes.approved(story, case, at=noon, until=noon)
    decider = story.ground.officer("decider")
    with pytest.raises(RuleViolation, match="不发券"), transaction():
        issuance.issue(case, actor=decider, at=noon)
    with transaction():
        services.award(case, actor=decider, at=noon)

    with pytest.raises(Conflict), transaction():
        services.award(case, actor=decider, at=noon)

    assert story.owed(applicant.organisation_id or 0) == 15_000_000
    assert list(verify.findings()) == []


def test_verify_finds_a_subsidy_that_turned_into_a_voucher(story: Story, applicant: Actor, noon: datetime) -> None:
    case = applied(story, applicant, at=noon)
    archetypes.approved(story, case, at=noon, until=noon)
    with transaction():
        services.award(case, actor=story.ground.officer("decider"), at=noon)
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE vouchers SET state = 'active'"))
    db.session.rollback()

    assert [sentence for _, _, sentence in verify.findings()] == ["没有订单的款项不属于直接补助"]


def test_a_subsidy_is_not_paid_on_an_invoice_that_was_taken_back(
    story: Story, applicant: Actor, noon: datetime
) -> None:
    file = invoice(applicant)
    case = applied(story, applicant, at=noon, file=file)
    archetypes.approved(story, case, at=noon, until=noon)
    with transaction():
        services.award(case, actor=story.ground.officer("decider"), at=noon)
        add_account(applicant.organisation_id or 0, actor=applicant)
    red = archetypes.red_letter_of(file, on=noon.date())
    with transaction():
        redemption.record_red_letter(red, actor=story.ground.officer("acceptor"), at=noon)

    plan = settlement.plan_for(story.ground.scheme_id, 2026, on=noon.date())

    assert plan.lines == ()
    assert "红字" in plan.left_out[0].why.text


def test_an_applicant_hands_in_and_reads_how_it_stands(
    client: PageClient, story: Story, applicant: Actor, noon: datetime
) -> None:
    case = archetypes.drafted(story, applicant, FACTS, at=noon)
    spending = f"/enterprise/applications/{case}/spending/"
    somebody = make_user(Role.REPRESENTATIVE, at=noon, organisation_id=applicant.organisation_id)
    sign_in(client, somebody)
    page = client.get(f"/enterprise/applications/{case}")
    assert "合同、发票和付款凭证" in page.get_data(as_text=True)
    assert spending in client.page.links()  # type: ignore[union-attr]
    client.get(f"{spending}invoice")
    xml = current_store().read(invoice(applicant).received.sha256)
    values = {"contract_number": "HT-7", "service_from": "2025-07-01", "service_until": "2025-12-31"}
    answer = client.submit({**values, "invoice": (io.BytesIO(xml), "发票.xml")}, form=f"{spending}invoice")
    assert answer.status_code == 303
    client.get(f"{spending}paper")
    paper = {"kind": "payment", "on": "2025-12-30", "file": (io.BytesIO(pdf_bytes()), "回单.pdf")}
    assert client.submit(paper, form=f"{spending}paper").status_code == 422  # a payment has its amount
    client.get(f"{spending}paper")
    paper |= {"file": (io.BytesIO(pdf_bytes()), "回单.pdf"), "amount": "500000"}
    assert client.submit(paper, form=f"{spending}paper").status_code == 303

    shown = client.get(spending).get_data(as_text=True)

    assert "还没有合同" in shown
    assert "发票价税合计" in shown


def test_the_office_awards_and_the_firm_reads_that_it_is_owed_and_paid(
    client: PageClient, story: Story, applicant: Actor, noon: datetime
) -> None:
    case = applied(story, applicant, at=noon)
    archetypes.approved(story, case, at=noon, until=noon)
    sign_in(client, make_user(Role.DECIDER, at=noon, name="周审定"))
    assert "没有等待发券的案件" in client.get("/office/vouchers/").get_data(as_text=True)
    client.get("/office/subsidies/")
    client.get(f"/office/subsidies/award?case={case}")
    assert client.submit(form="/office/subsidies/award").status_code == 303
    claim = queries.claim_of_case(applications.get(case).id)
    assert claim is not None
    voucher = claim.voucher.public_id
    for page in ("/office/subsidies/awarded", f"/office/vouchers/{voucher}"):
        assert "直接补助，已批准，待支付" in client.get(page).get_data(as_text=True)
    assert client.get(f"/office/claims/{claim.public_id}").location == f"/office/vouchers/{voucher}"
    with transaction():
        add_account(applicant.organisation_id or 0, actor=applicant)
    paid_out(story, at=noon)

    firm = PageClient(story.app)
    sign_in(firm, make_user(Role.REPRESENTATIVE, at=noon, organisation_id=applicant.organisation_id))

    for page in (f"/enterprise/vouchers/{voucher}", f"/enterprise/applications/{case}"):
        assert "直接补助，已支付" in firm.get(page).get_data(as_text=True)
    assert 'data-label="有效期">—<' in firm.get("/enterprise/vouchers/").get_data(as_text=True)
    assert 'data-label="到期日">—<' in client.get("/office/vouchers/all").get_data(as_text=True)
