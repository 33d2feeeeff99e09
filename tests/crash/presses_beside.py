"""More operations that move money: what the bank answers, contracts proposed, subsidies, invoices taken back."""

from datetime import datetime

from flask import Flask
from sqlalchemy import select

from tests.crash.presses import REASON, Press, due, money, officer, operator_of, press
from tests.factories import archetypes
from tests.factories.accounts import make_user
from tests.factories.applications import make_applicant
from tests.factories.archetypes import begin, loaded
from tests.factories.parties import pdf_bytes
from tests.factories.redemption import EARLY, approved_claim, invoice_file, make_stage
from tests.factories.settlement import answer_file, answers, sent_batch
from tests.redemption.test_red_letters import red_file
from tests.subsidies.test_services import applied
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files.store import current_store
from vouchers.issuance import queries as vouchers
from vouchers.orders.models import Order
from vouchers.settlement import services as settlement
from vouchers.settlement.rules.bank_file import Outcome
from vouchers.subsidies import services as subsidies


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


@money("subsidies_office.award")
def award_subsidy(app: Flask, at: datetime) -> Press:
    story = begin(app, loaded("fengtai"), at=at)
    case = applied(story, make_applicant(1, at=at), at=at)
    archetypes.approved(story, case, at=at, until=at)
    return press(app, story.ground.officers["decider"], f"/office/subsidies/award?case={case}")


@money("subsidies_office.answer_reversal")
def answer_reversal(app: Flask, at: datetime) -> Press:
    story = begin(app, loaded("fengtai"), at=at)
    case = applied(story, make_applicant(1, at=at), at=at)
    archetypes.approved(story, case, at=at, until=at)
    with transaction():
        claim = subsidies.award(case, actor=story.ground.officer("decider"), at=at).public_id
    with transaction():
        subsidies.propose_reversal(claim, REASON, actor=story.ground.officer("first"), at=at)
    path = f"/office/subsidies/{claim}/reversal/answer"
    decider = make_user(Role.DECIDER, at=EARLY, name="周审定")
    return press(app, decider, path, {"confirms": "yes", "reason": REASON})
