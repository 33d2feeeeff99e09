"""Paying into wallets of 数字人民币, where the pack allows it: a file of its own, and banks go on as before."""

from datetime import date, datetime

import pytest
from flask import Flask

from tests.factories.redemption import EARLY, MAKER, Stage, approved_claim, make_stage
from tests.factories.settlement import Bureau, approved_batch, make_indicators, open_batch
from vouchers.db.transaction import transaction
from vouchers.kernel.errors import RuleViolation
from vouchers.parties import services as accounts
from vouchers.parties.services import NewBankAccount
from vouchers.settlement import queries, services
from vouchers.settlement.rules.bank_file import Encoding

pytestmark = pytest.mark.database

WALLETS = (("channels: [bank]", "channels: [bank, e-cny]"),)
NUMBER = "0052000012345678"


def add_wallet(stage: Stage) -> None:
    wallet = NewBankAccount("渝中测试算力有限公司", "中国工商银行", NUMBER, date(2026, 1, 1), channel="e-cny")
    with transaction():
        accounts.add_bank_account(stage.provider_organisation_id, wallet, actor=MAKER, at=EARLY)


def staged(**given: object) -> tuple[Stage, Bureau]:
    stage, bureau = make_stage(**given), Bureau()  # type: ignore[arg-type]
    make_indicators(stage, bureau)
    return stage, bureau


def test_the_newest_account_of_an_allowed_channel_is_paid_and_has_its_own_file(app: Flask, noon: datetime) -> None:
    stage, bureau = staged(changes=WALLETS)
    add_wallet(stage)
    approved_claim(stage, at=noon)
    batch = approved_batch(stage, bureau, at=noon)
    assert queries.channels_in(batch) == ["e-cny"]
    with transaction():
        services.release(batch.public_id, actor=bureau.checking, at=noon)

    with pytest.raises(RuleViolation, match="没有经这种方式付款的明细"), transaction():
        services.export_file(batch.public_id, Encoding.UTF8, actor=bureau.making, at=noon)
    with transaction():
        made = services.export_file(batch.public_id, Encoding.UTF8, channel="e-cny", actor=bureau.making, at=noon)

    text = made.content.decode("utf-8-sig")
    assert made.name == f"{batch.number}-e-cny.csv"
    assert "钱包编号" in text.splitlines()[0]
    assert text.count(NUMBER) == 2


def test_a_wallet_alone_is_no_account_where_the_pack_pays_through_banks_only(app: Flask, noon: datetime) -> None:
    stage, bureau = staged(accounts=False)
    add_wallet(stage)
    approved_claim(stage, at=noon)

    with pytest.raises(RuleViolation, match="没有登记有效的收款账户"):
        open_batch(stage, bureau, at=noon)


def test_a_wallet_that_is_newer_is_left_aside_where_the_pack_pays_through_banks_only(
    app: Flask, noon: datetime
) -> None:
    stage, bureau = staged()
    add_wallet(stage)
    approved_claim(stage, at=noon)

    assert queries.channels_in(open_batch(stage, bureau, at=noon)) == [""]
