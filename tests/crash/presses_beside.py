"""More operations that move money: what the bank answers, contracts proposed, subsidies, invoices taken back."""

from datetime import datetime

from flask import Flask
from sqlalchemy import select

from tests.crash.presses import Press, due, money, officer, operator_of, press
from tests.factories.parties import pdf_bytes
from tests.factories.redemption import approved_claim, invoice_file, make_stage
from tests.factories.settlement import answer_file, answers, sent_batch
from tests.redemption.test_red_letters import red_file
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files.store import current_store
from vouchers.issuance import queries as vouchers
from vouchers.orders.models import Order
from vouchers.settlement import services as settlement
from vouchers.settlement.rules.bank_file import Outcome


@money("settlement_office.import_result")
def import_result(app: Flask, at: datetime) -> Press:
    """The page of the answer is the answer: what each line came to."""
    stage, bureau = due(at)
    batch = sent_batch(stage, bureau, at=at)
    told = {"file": ("回单.csv", answer_file(answers(batch)))}
    return press(app, bureau.maker, f"/office/batches/{batch.public_id}/result", files=told, done=200)


@money("settlement_office.close_batch")
def close_batch(app: Flask, at: datetime) -> Press:
    stage, bureau = due(at)
    batch = sent_batch(stage, bureau, at=at)
    with transaction():
        settlement.import_result(batch.public_id, answers(batch), content=b"x", actor=bureau.making, at=at)
    path = f"/office/batches/{batch.public_id}"
    return press(app, bureau.maker, f"{path}#{path}/close")


@money("settlement_office.follow_up")
def follow_up(app: Flask, at: datetime) -> Press:
    stage, bureau = due(at)
    batch = sent_batch(stage, bureau, at=at)
    told = answers(batch, Outcome.REFUSED, reference="")
    with transaction():
        settlement.import_result(batch.public_id, told, content=b"x", actor=bureau.making, at=at)
    return press(app, bureau.maker, f"/office/batches/{batch.public_id}/follow-up")


@money("orders_provider.propose_order")
def propose_order(app: Flask, at: datetime) -> Press:
    """By the code that the customer gave: the second form of the page, its amounts filled in from the catalogue."""
    stage = make_stage()
    offering = db.session.scalars(select(Order)).one().offering.public_id
    chosen = f"voucher={vouchers.get(stage.voucher).code}&offering={offering}&quantity=1000&tax_rate=6"
    typed = {
        "contract_number": "HT-9",
        "contract_signed_on": "2026-03-10",
        "hold": "5000.00",
        "service_from": "2026-03-20",
        "service_until": "2026-04-30",
    }
    paper = {"contract": ("合同.pdf", pdf_bytes())}
    return press(app, operator_of(stage), f"/provider/orders/new?{chosen}", typed, paper)


@money("redemption_office.list_red_letters")
def record_red_letter(app: Flask, at: datetime) -> Press:
    stage = make_stage()
    paper = invoice_file(stage)
    approved_claim(stage, at=at, invoice=paper)
    content = current_store().read(red_file(stage, paper.paper.key).received.sha256)
    return press(app, officer(Role.REVIEWER), "/office/claims/red-letters", files={"invoice": ("红字.xml", content)})
