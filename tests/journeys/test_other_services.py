"""A voucher for tokens and one for a corpus, from the offer to the approved claim, with packs as they ship."""

from collections.abc import Mapping
from datetime import date

import pytest
from flask import Flask

from tests.factories import archetypes
from tests.factories.applications import make_applicant
from tests.factories.archetypes import Story, approved, at, begin, drafted, loaded
from tests.factories.enterprises import PASSWORD
from tests.factories.parties import received_pdf
from tests.factories.providers import cardless
from tests.factories.redemption import Stage, add_account, invoice_file
from tests.pages import PageClient
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.issuance import services as issuance
from vouchers.kernel.actor import Actor
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.orders import queries as orders
from vouchers.providers.states import OfferingKind, Unit
from vouchers.redemption import queries as redemption
from vouchers.redemption.invoices.specimen import SpecimenLine
from vouchers.redemption.services import InvoiceFile, Proof
from vouchers.redemption.states import ClaimState

pytestmark = [pytest.mark.database("sqlite"), pytest.mark.usefixtures("clock")]

YUAN = 100


def test_a_model_voucher_buys_tokens_by_the_million_and_is_redeemed_after_paying(app: Flask) -> None:
    """Shenzhen: 30 % of what was paid, from half a million on, to the enterprise."""
    story = begin(app, loaded("shenzhen-model"), at=at(1, 5), kind="model")
    applicant = make_applicant(1, at=at(1, 5))
    voucher = _issued(story, applicant, {"role": "buyer", "planned_gross": "600000.00"})
    entry = cardless(OfferingKind.TOKEN, Unit.MILLION_TOKENS, name="大模型词元调用", price=8 * YUAN)
    net, gross, share = 530_000 * YUAN, 561_800 * YUAN, 168_540 * YUAN
    million = 1_000_000

    stage = archetypes.sold(
        story, applicant, voucher, number=81, hold=share, entry=entry, quantity=70_225 * million, net=net
    )
    paid = Proof(received_pdf("银行回单.pdf"), date(2026, 3, 6), gross, "20260306081")
    file = _invoice(stage, "*信息技术服务*大模型词元调用服务", net)
    claim = _redeemed(story, stage, applicant, share, invoice=file, proofs=(paid,))

    (usage,) = orders.get(stage.order).usage
    assert (usage.quantity, usage.pflops_millihours, usage.green_share_bp) == (70_225 * million, None, None)
    assert redemption.get(claim).state is ClaimState.APPROVED
    assert story.owed(applicant.organisation_id or 0) == share
    assert ledger.balance_of(AccountKind.VOUCHER, voucher) == 180_000 * YUAN - share
    _pages_say(
        app, stage, claim, "已计量", "70,225 / 70,225 百万词元", "¥8.00 / 百万词元", never=("PFLOPS", "绿电", "卡时")
    )
    story.prove()


def test_a_corpus_voucher_buys_data_sets_by_the_piece_and_is_redeemed_on_delivery(app: Flask) -> None:
    """Shanghai: 30 % of the approved value, and of what was invoiced, to the enterprise."""
    story = begin(app, loaded("shanghai"), at=at(1, 5), kind="corpus")
    applicant = make_applicant(1, at=at(1, 5))
    judged = {"approved_gross": "500000.00"}
    voucher = _issued(story, applicant, {"provider_is_related": False}, judged=judged)
    entry = cardless(OfferingKind.CORPUS, Unit.PIECE, name="中文法律语料", price=106_000 * YUAN)
    net, share = 300_000 * YUAN, 95_400 * YUAN

    stage = archetypes.sold(story, applicant, voucher, number=82, hold=share, entry=entry, quantity=3, net=net)
    file = _invoice(stage, "*信息技术服务*语料数据集", net)
    claim = _redeemed(story, stage, applicant, share, invoice=file)

    assert [usage.quantity for usage in orders.get(stage.order).usage] == [3]
    assert redemption.get(claim).state is ClaimState.APPROVED
    assert story.owed(applicant.organisation_id or 0) == share
    assert vouchers.get(voucher).face == 150_000 * YUAN
    _pages_say(app, stage, claim, "已交付", "3 / 3 件", "¥106,000.00 / 件", never=("PFLOPS", "绿电", "卡时"))
    story.prove()


def _issued(
    story: Story, applicant: Actor, facts: Mapping[str, object], *, judged: Mapping[str, object] | None = None
) -> str:
    case = drafted(story, applicant, facts, at=at(1, 6))
    archetypes.submitted(case, applicant, at=at(1, 6))
    approved(story, case, at=at(1, 9), until=at(1, 21), judged=judged)
    with transaction():
        return issuance.issue(case, actor=story.ground.officer("decider"), at=at(1, 21)).public_id


def _invoice(stage: Stage, name: str, net: int) -> InvoiceFile:
    return invoice_file(stage, lines=(SpecimenLine(name, net, net * 6 // 100),))


def _redeemed(story: Story, stage: Stage, applicant: Actor, amount: int, **claimed: object) -> str:
    with transaction():
        add_account(applicant.organisation_id or 0, actor=applicant)
    return archetypes.settled(story, stage, by=applicant, amount=amount, at=at(3, 18), **claimed)


def _pages_say(app: Flask, stage: Stage, claim: str, *words: str, never: tuple[str, ...]) -> None:
    """The order and the claim, as the enterprise reads them, in the unit of the service and without a word of cards."""
    browser = PageClient(app)
    browser.get("/sign-in")
    browser.submit({"sign_in": "qiye1", "password": PASSWORD}, form="/sign-in")
    read = ""
    for page in (f"/enterprise/orders/{stage.order}", f"/enterprise/claims/{claim}"):
        assert browser.get(page).status_code == 200
        read += browser.page.text if browser.page else ""
    assert [word for word in words if word not in read] == []
    assert [word for word in never if word in read] == []
