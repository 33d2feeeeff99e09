"""An order agreed, metered and ended through the pages of both sides."""

from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.enterprises import PASSWORD, enterprise
from tests.factories.issuance import parts
from tests.factories.orders import HOLD, Deal, make_confirmed, make_deal, propose, record_usage
from tests.factories.parties import pdf_bytes
from tests.factories.providers import admitted_provider
from tests.pages import PageClient
from vouchers.db.base import db
from vouchers.issuance import queries as vouchers
from vouchers.orders import queries
from vouchers.orders.models import Order
from vouchers.orders.states import OrderState, Side

pytestmark = pytest.mark.usefixtures("clock")

TERMS = {
    "contract_number": "HT-2026-7",
    "contract_signed_on": "2026-03-17",
    "hold": "5000.00",
    "service_from": "2026-03-18",
    "service_until": "2026-04-30",
}


def browser_of(app: Flask, name: str) -> PageClient:
    browser = PageClient(app)
    browser.get("/sign-in")
    assert browser.submit({"sign_in": name, "password": PASSWORD}, form="/sign-in").status_code == 303
    return browser


def text_of(browser: PageClient) -> str:
    assert browser.page is not None
    return browser.page.text


def contract() -> tuple[BytesIO, str]:
    return BytesIO(pdf_bytes()), "合同.pdf"


@pytest.fixture
def deal(app: Flask, noon: datetime) -> Deal:
    return make_deal(at=noon)


@pytest.fixture
def buyer(app: Flask, deal: Deal) -> PageClient:
    return browser_of(app, "qiye1")


@pytest.fixture
def seller(app: Flask, deal: Deal) -> PageClient:
    return browser_of(app, "fuwu51")


def test_an_enterprise_proposes_with_amounts_filled_in_from_the_catalogue(buyer: PageClient, deal: Deal) -> None:
    buyer.get("/enterprise/orders/new", query_string={"quantity": "1000", "tax_rate": "6"})
    first = buyer.submit(
        {"voucher": deal.voucher, "offering": deal.offering, "quantity": "1000", "tax_rate": "6"},
        form="/enterprise/orders/new",
    )
    filled = buyer.page.forms[-1].values  # type: ignore[union-attr]

    answer = buyer.submit({**TERMS, "contract": contract()}, form="/enterprise/orders/new")

    assert first.status_code == 200
    assert [filled[name] for name in ("gross", "net", "tax")] == [["14500.00"], ["13679.25"], ["820.75"]]
    assert answer.status_code == 303
    [order] = db.session.query(Order)
    assert (order.gross, order.hold, order.proposed_by) == (1_450_000, 500_000, Side.ENTERPRISE)
    assert order.contract_file is not None


def test_every_mistake_stands_beside_its_field_and_nothing_is_kept(buyer: PageClient, deal: Deal) -> None:
    chosen = {"voucher": deal.voucher, "offering": deal.offering, "quantity": "1000", "tax_rate": "6"}
    buyer.get("/enterprise/orders/new", query_string=chosen)
    wrong = {**TERMS, "contract": contract(), "gross": "99999.00", "hold": "30000.02"}

    answer = buyer.submit(wrong, form="/enterprise/orders/new")

    text = text_of(buyer)
    assert answer.status_code == 422
    for sentence in ("不一致", "高于目录价 ¥14,500.00", "超过券面余额 ¥30,000.01"):
        assert sentence in text
    assert db.session.query(Order).count() == 0


def test_a_provider_proposes_by_the_code_its_customer_gave(seller: PageClient, deal: Deal) -> None:
    code = vouchers.get(deal.voucher).code
    chosen = {"voucher": code, "offering": deal.offering, "quantity": "1000", "tax_rate": "6"}
    seller.get("/provider/orders/new", query_string=chosen)
    told = text_of(seller)

    answer = seller.submit({**TERMS, "contract": contract()}, form="/provider/orders/new")

    assert "渝中测试科技1有限公司" in told
    assert "30,000.01" not in told
    assert answer.status_code == 303
    assert db.session.query(Order).one().proposed_by is Side.PROVIDER


def test_an_unknown_code_is_refused_beside_its_field(seller: PageClient, deal: Deal) -> None:
    chosen = {"voucher": "ABCDEFGHJKMN", "offering": deal.offering, "quantity": "1", "tax_rate": "6"}

    seller.get("/provider/orders/new", query_string=chosen)

    assert "券码" in text_of(seller)
    assert "错误" in text_of(seller)


def test_the_other_side_confirms_by_one_press_and_two_presses_hold_once(
    seller: PageClient, deal: Deal, noon: datetime
) -> None:
    order = propose(deal, at=noon)
    seller.get(f"/provider/orders/{order}")
    act = f"/provider/orders/{order}/confirm"

    answers = [seller.submit(form=act).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert parts(deal.voucher)[1] == HOLD


def test_the_proposing_side_sees_no_button_and_is_refused(buyer: PageClient, deal: Deal, noon: datetime) -> None:
    order = propose(deal, at=noon)
    page = f"/enterprise/orders/{order}"
    buyer.get(f"{page}/cancel")
    fields = buyer.page.forms[-1].values  # type: ignore[union-attr]

    answer = buyer.post(
        f"{page}/confirm", {name: fields[name] for name in ("csrf_token", "idempotency_key", "seen_version")}
    )
    buyer.get(page)

    assert answer.status_code == 403
    assert "确认订单" not in text_of(buyer)


def test_confirming_a_stale_page_is_a_conflict(seller: PageClient, deal: Deal, noon: datetime) -> None:
    order = propose(deal, at=noon)
    seller.get(f"/provider/orders/{order}")

    answer = seller.submit({"seen_version": "9"}, form=f"/provider/orders/{order}/confirm")

    assert answer.status_code == 409
    assert parts(deal.voucher)[1] == 0


def test_usage_is_recorded_and_confirmed(
    app: Flask, seller: PageClient, buyer: PageClient, deal: Deal, noon: datetime
) -> None:
    order = make_confirmed(deal, at=noon)
    form = f"/provider/orders/{order}/usage"
    seller.get(form)
    hours = {"period_from": "2026-03-18", "period_until": "2026-03-18", "quantity": "576.5", "green_share": "62"}
    recorded = seller.submit({**hours, "log_digest": "A" * 64}, form=form)
    buyer.get(f"/enterprise/orders/{order}")
    shown = text_of(buyer)
    statement = queries.get(order).usage[0].public_id

    confirmed = buyer.submit(form=f"/enterprise/orders/{order}/usage/{statement}/confirm")

    assert (recorded.status_code, confirmed.status_code) == (303, 303)
    assert "576.5" in shown
    assert "179.868" in shown
    buyer.get(f"/enterprise/orders/{order}")
    assert "企业已确认" in text_of(buyer)


def test_too_much_usage_is_refused_with_what_is_left(seller: PageClient, deal: Deal, noon: datetime) -> None:
    form = f"/provider/orders/{make_confirmed(deal, at=noon)}/usage"
    seller.get(form)
    hours = {"period_from": "2026-03-18", "period_until": "2026-03-18", "quantity": "1000.001", "green_share": "62"}

    answer = seller.submit(hours, form=form)

    assert answer.status_code == 422
    assert "剩余的 1,000 卡时" in text_of(seller)


def test_ending_says_what_goes_back(seller: PageClient, buyer: PageClient, deal: Deal, noon: datetime) -> None:
    order = make_confirmed(deal, at=noon)
    record_usage(deal, order, at=noon)
    buyer.get(f"/enterprise/orders/{order}/complete")
    told = text_of(buyer)
    refused = buyer.submit(form=f"/enterprise/orders/{order}/complete")
    seller.get(f"/provider/orders/{order}/complete")

    ended = seller.submit(form=f"/provider/orders/{order}/complete")

    assert "仍占用的 ¥10,000.01 立即释放" in told
    assert (refused.status_code, ended.status_code) == (422, 303)
    assert queries.get(order).state is OrderState.COMPLETED
    assert parts(deal.voucher)[1] == 0


def test_the_buyer_reads_beforehand_why_a_served_order_is_not_theirs_to_end(
    seller: PageClient, buyer: PageClient, deal: Deal, noon: datetime
) -> None:
    order = make_confirmed(deal, at=noon)
    record_usage(deal, order, at=noon)

    buyer.get(f"/enterprise/orders/{order}")
    shown = text_of(buyer)
    buyer.get(f"/enterprise/orders/{order}/cancel")

    assert "企业单方结束会把这笔款退走" in shown
    assert "取消订单" not in shown
    assert "现在不能由贵单位结束" in text_of(buyer)
    seller.get(f"/provider/orders/{order}/complete")
    assert "没有提交核销的部分，结束后不能再从券里得到支付" in text_of(seller)


def test_cancelling_asks_why(buyer: PageClient, deal: Deal, noon: datetime) -> None:
    order = make_confirmed(deal, at=noon)
    form = f"/enterprise/orders/{order}/cancel"
    buyer.get(form)
    silent = buyer.submit(form=form)

    answer = buyer.submit({"reason": "项目推迟到明年"}, form=form)

    assert (silent.status_code, answer.status_code) == (422, 303)
    assert queries.get(order).reason == "项目推迟到明年"


def test_lists_show_ones_own_only(
    app: Flask, buyer: PageClient, seller: PageClient, deal: Deal, noon: datetime
) -> None:
    number = queries.get(propose(deal, at=noon)).number
    enterprise(2, at=noon)
    admitted_provider(52, at=noon)
    strangers = [(browser_of(app, "qiye2"), "/enterprise/orders/"), (browser_of(app, "fuwu52"), "/provider/orders/")]

    for browser, page in [(buyer, "/enterprise/orders/"), (seller, "/provider/orders/")]:
        browser.get(page, query_string={"state": "proposed"})
        assert number in text_of(browser)
    for browser, page in strangers:
        browser.get(page)
        assert "还没有订单" in text_of(browser)


@pytest.mark.parametrize("page", ["", "/cancel", "/complete"])
def test_strangers_get_404(app: Flask, deal: Deal, noon: datetime, page: str) -> None:
    order = make_confirmed(deal, at=noon)
    enterprise(2, at=noon)
    admitted_provider(52, at=noon)

    answers = [
        browser_of(app, name).get(f"/{place}/orders/{order}{page}").status_code
        for name, place in (("qiye2", "enterprise"), ("fuwu52", "provider"))
    ]

    assert answers == [404, 404]


def test_each_side_reads_whose_turn_it_is(buyer: PageClient, seller: PageClient, deal: Deal, noon: datetime) -> None:
    order = propose(deal, at=noon)

    told: dict[str, set[str]] = {}
    for name, browser, place in (("buyer", buyer, "enterprise"), ("seller", seller, "provider")):
        for page in (f"/{place}/orders/", f"/{place}/orders/{order}"):
            browser.get(page)
            words = {word for word in ("待您确认", "待对方确认") if word in text_of(browser)}
            told[name] = told.get(name, set()) | words

    assert told == {"buyer": {"待对方确认"}, "seller": {"待您确认"}}


@pytest.mark.parametrize(
    ("moment", "why"), [("2026-12-01T04:00:00+00:00", "这张券的有效期到"), ("", "这张券现在没有可用余额")]
)
def test_a_voucher_that_cannot_pay_is_told_before_the_contract_is_filled_in(
    app: Flask, deal: Deal, noon: datetime, clock: Path, moment: str, why: str
) -> None:
    chosen = {"voucher": vouchers.get(deal.voucher).code, "offering": deal.offering, "quantity": "10", "tax_rate": "6"}
    if moment:
        clock.write_text(moment)
    else:
        whole = {"net": 2_830_199, "tax": 169_802, "gross": 3_000_001, "quantity": 3_000_000}
        make_confirmed(deal, at=noon, hold=3_000_001, **whole)
    seller = browser_of(app, "fuwu51")

    seller.get("/provider/orders/new", query_string=chosen)

    assert why in text_of(seller)
    assert "第二步" not in text_of(seller)


def test_what_is_over_is_not_told_as_still_to_come(app: Flask, deal: Deal, noon: datetime, clock: Path) -> None:
    whole = {"net": 2_830_199, "tax": 169_802, "gross": 3_000_001, "quantity": 3_000_000}
    used = make_confirmed(deal, at=noon, hold=3_000_001, **whole)
    clock.write_text("2026-12-01T04:00:00+00:00")
    buyer = browser_of(app, "qiye1")

    buyer.get(f"/enterprise/vouchers/{deal.voucher}")
    voucher = text_of(buyer)
    buyer.get(f"/enterprise/orders/{used}/cancel")
    buyer.submit({"reason": "项目推迟到明年"}, form=f"/enterprise/orders/{used}/cancel")
    buyer.get(f"/enterprise/orders/{used}")

    assert "还有 0 天" not in voucher
    assert "没有填报用量。" in text_of(buyer)
    assert "服务开始后由服务商填报" not in text_of(buyer)
