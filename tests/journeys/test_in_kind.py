"""A voucher in kind, from asking for hours to the last payment, with the pack as it ships; hours beside money."""

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import archetypes
from tests.factories.applications import make_applicant
from tests.factories.archetypes import at, begin, loaded
from tests.factories.enterprises import PASSWORD
from tests.factories.in_kind import ALONE, HOUR, KIND, MOST, PRICE, claimed, in_batches, make_hours, with_seller
from tests.pages import PageClient
from vouchers.applications import queries as applications
from vouchers.applications import services as cases
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.issuance import services as issuance
from vouchers.issuance.states import VoucherState
from vouchers.jobs.worker import run_due
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.notices.models import PublicNotice
from vouchers.redemption import queries as redemption
from vouchers.redemption.states import ClaimState

pytestmark = [pytest.mark.database("sqlite"), pytest.mark.usefixtures("clock")]


def units(voucher: str) -> tuple[int, int, int]:
    """Left, ordered and closed, in hours."""
    found = vouchers.unit_figures(vouchers.get(voucher))
    assert found is not None
    return found.left // HOUR, found.ordered // HOUR, found.closed // HOUR


def test_hours_are_granted_ordered_metered_claimed_paid_and_the_rest_given_back(app: Flask) -> None:
    hours = make_hours(app, hours=1_500)
    story, voucher, seller = hours.story, hours.voucher, hours.seller.organisation_id or 0
    row = vouchers.get(voucher)
    assert (row.units, row.unit, row.face) == (1_500, "card-hours", 1_500 * PRICE)
    assert story.left() == archetypes.ENVELOPE - 1_500 * PRICE
    assert units(voucher) == (1_500, 0, 0)

    order = hours.ordered(1_000)
    assert units(voucher) == (500, 1_000, 0)
    assert ledger.balance_of(AccountKind.HELD, order) == 800_000

    hours.used(order, 700)
    claim = claimed(hours, order, 560_000)
    assert redemption.get(claim).state is ClaimState.APPROVED
    assert story.owed(seller) == 560_000

    hours.completed(order)  # 300 hours were not metered, and their money was not claimed
    assert units(voucher) == (800, 700, 0)
    assert ledger.balance_of(AccountKind.VOUCHER, voucher) == 1_500 * PRICE - 560_000

    archetypes.paid_out(story, at=at(4, 1))
    assert (story.owed(seller), story.paid(seller)) == (0, 560_000)
    story.prove()

    last = hours.ordered(800)
    hours.used(last, 800)
    claimed(hours, last, 640_000)  # no hour is left and nothing is held: what the hours did not cost goes back
    assert vouchers.get(voucher).state is VoucherState.USED_UP
    assert units(voucher) == (0, 1_500, 0)
    assert story.left() == archetypes.ENVELOPE - 1_200_000
    story.prove()


def test_the_pages_say_hours_beside_money(app: Flask) -> None:
    hours = make_hours(app, archetypes.with_notice, hours=1_500)
    order = hours.ordered(1_000)
    run_due(app, at=at(1, 21))
    browser = PageClient(app)
    browser.get("/sign-in")
    browser.submit({"sign_in": "qiye1", "password": PASSWORD}, form="/sign-in")
    case = vouchers.get(hours.voucher).application.public_id

    said = {
        f"/enterprise/vouchers/{hours.voucher}": ("500 卡时", "1,500 卡时，每卡时最高 ¥10.00", "¥15,000.00"),
        "/enterprise/vouchers/": ("1,500 卡时",),
        f"/enterprise/applications/{case}": ("1,500 卡时", "最高价款 ¥15,000.00"),
        f"/enterprise/applications/{case}/receipt": ("（1,500 卡时）", "（2,000 卡时）"),
        f"/enterprise/orders/{order}": ("¥8,000.00", "0 / 1,000 卡时"),
        "/enterprise/orders/new": ("500 卡时",),
        f"/notices/{db.session.scalars(select(PublicNotice.public_id)).one()}": ("15,000.00", "1,500 卡时"),
    }
    for page, words in said.items():
        assert browser.get(page).status_code == 200
        text = browser.page.text if browser.page else ""
        assert [word for word in words if word not in text] == [], page


def test_the_order_form_does_not_ask_how_much_the_voucher_pays(app: Flask) -> None:
    hours = make_hours(app)
    browser = PageClient(app)
    browser.get("/sign-in")
    browser.submit({"sign_in": "qiye1", "password": PASSWORD}, form="/sign-in")

    query = {"voucher": hours.voucher, "offering": hours.offering, "quantity": "100", "tax_rate": "6"}
    answer = browser.get("/enterprise/orders/new", query_string=query)

    assert "用券金额就是价税合计" in answer.text
    assert 'name="gross"' in answer.text
    assert 'name="hold"' not in answer.text


def test_hours_may_be_had_at_once_and_a_year_gives_no_more_than_its_limit(app: Flask) -> None:
    story = begin(app, loaded("wuhan-opc", in_batches), at=at(1, 5), kind=KIND)
    applicant = make_applicant(1, at=at(1, 5))
    case = archetypes.drafted(story, applicant, ALONE, at=at(1, 6))
    with transaction():
        shown = cases.preview(applications.get(case), at=at(1, 6))
        done = issuance.claim_at_once(
            case, seen_version=applications.get(case).version, seen_hash=shown.hash, actor=applicant, at=at(1, 6)
        )
        assert done.voucher is not None, done.why
        voucher = done.voucher.public_id

    assert (vouchers.get(voucher).units, vouchers.get(voucher).face) == (MOST, MOST * PRICE)
    again = applications.known_facts(
        vouchers.get(voucher).enterprise,
        vouchers.get(voucher).scheme_version,
        applications.CaseKey(KIND, vouchers.get(voucher).application.window_id),
        answers={},
        on=at(1, 7).date(),
    )
    assert again["granted:hours-per-year"].value == MOST

    hours = with_seller(story, applicant, voucher)
    hours.ordered(10)
    with transaction():
        issuance.void(voucher, "停业注销", actor=story.ground.officer("second_decider"), at=at(1, 25))
    assert units(voucher) == (0, 10, MOST - 10)
    assert ledger.balance_of(AccountKind.VOUCHER, voucher) == 0
    story.prove()
