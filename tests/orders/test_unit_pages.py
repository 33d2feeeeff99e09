"""Orders for tokens and data sets through the pages of both sides: each in its own unit, and no word of cards."""

from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from tests.factories.applications import make_ground
from tests.factories.archetypes import loaded
from tests.factories.enterprises import PASSWORD
from tests.factories.issuance import make_held
from tests.factories.orders import Deal, make_deal
from tests.factories.parties import pdf_bytes
from tests.factories.providers import cardless
from tests.pages import PageClient
from vouchers.db.base import db
from vouchers.orders.models import Order
from vouchers.providers.services import OfferingTerms
from vouchers.providers.states import OfferingKind, Unit

pytestmark = pytest.mark.usefixtures("clock")

TOKENS = cardless(OfferingKind.TOKEN, Unit.MILLION_TOKENS, name="大模型词元调用")
DATASET = cardless(OfferingKind.CORPUS, Unit.PIECE, name="中文法律语料", price=500_000)
TERMS = {
    "contract_number": "HT-2026-9",
    "contract_signed_on": "2026-03-17",
    "hold": "2000.00",
    "service_from": "2026-03-18",
    "service_until": "2026-04-30",
}


def for_everything(data: dict[str, Any]) -> None:
    data["kinds"][0]["spent_on"] = [kind.value for kind in OfferingKind]


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


def make(entry: OfferingTerms, noon: datetime) -> Deal:
    ground = make_ground(at=noon, loaded=loaded("yuzhong-2025", for_everything))
    return make_deal(at=noon, held=make_held(at=noon, ground=ground), entry=entry)


def chosen(deal: Deal, quantity: str) -> dict[str, str]:
    return {"voucher": deal.voucher, "offering": deal.offering, "quantity": quantity, "tax_rate": "6"}


@pytest.mark.parametrize(
    ("entry", "quantity", "parts", "gross", "words"),
    [
        (TOKENS, "250.000001", 250_000_001, "2000.01", ("¥8.00 / 百万词元", "填报用量", "确认用量", "250.000001")),
        (DATASET, "2", 2, "10000.00", ("¥5,000.00 / 件", "填报交付", "确认交付", "已交付")),
    ],
    ids=["tokens", "data sets"],
)
def test_an_order_is_agreed_recorded_and_confirmed_in_the_unit_of_the_service(
    app: Flask, noon: datetime, entry: OfferingTerms, quantity: str, parts: int, gross: str, words: tuple[str, ...]
) -> None:
    deal = make(entry, noon)
    buyer, seller = browser_of(app, "qiye1"), browser_of(app, "fuwu51")
    buyer.get("/enterprise/orders/new", query_string=chosen(deal, quantity))
    filled = buyer.page.forms[-1].values if buyer.page else {}
    read = text_of(buyer)
    proposed = buyer.submit({**TERMS, "contract": contract()}, form="/enterprise/orders/new").status_code
    order = db.session.query(Order).one().public_id
    seller.get(f"/provider/orders/{order}")
    confirmed = seller.submit(form=f"/provider/orders/{order}/confirm").status_code
    seller.get(f"/provider/orders/{order}")
    read += text_of(seller)
    seller.get(f"/provider/orders/{order}/usage")
    read += text_of(seller)
    period = {"period_from": "2026-03-18", "period_until": "2026-03-18", "quantity": quantity}
    recorded = seller.submit(period, form=f"/provider/orders/{order}/usage").status_code
    buyer.get(f"/enterprise/orders/{order}")
    read += text_of(buyer)
    usage = db.session.query(Order).one().usage[0]
    agreed = buyer.submit(form=f"/enterprise/orders/{order}/usage/{usage.public_id}/confirm").status_code

    assert (proposed, confirmed, recorded, agreed) == (303, 303, 303, 303)
    assert filled["gross"] == [gross]
    assert (usage.quantity, usage.pflops_millihours, usage.green_share_bp) == (parts, None, None)
    assert [word for word in words if word not in read] == []
    assert [word for word in ("卡时", "绿电", "PFLOPS", "算力卡") if word in read] == []


NOT_BORNE = {
    "1.5": "按件计的服务不能分成小数。请填整数。",
    "-2": "数量应大于零",
    "0": "数量应大于零",
    "两件": "“两件”不是数量",
    "1e3": "“1e3”不是数量",
    "99999999999": "数量不能超过 999,999,999 件",
}


def test_a_quantity_that_the_unit_does_not_bear_is_refused_in_words_at_either_step(app: Flask, noon: datetime) -> None:
    deal, buyer = make(DATASET, noon), browser_of(app, "qiye1")
    for quantity, sentence in NOT_BORNE.items():
        buyer.get("/enterprise/orders/new", query_string=chosen(deal, quantity))
        assert sentence in text_of(buyer)
        buyer.get("/enterprise/orders/new", query_string=chosen(deal, "1"))

        sent = {**TERMS, "contract": contract(), "quantity": quantity}
        assert buyer.submit(sent, form="/enterprise/orders/new").status_code == 422

        assert sentence in text_of(buyer)
        assert "合同编号" in text_of(buyer)  # what was typed of the contract is still there
    assert db.session.query(Order).count() == 0
