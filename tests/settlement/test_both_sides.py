"""A claim that pays enterprise and provider: two payables out of one, two lines, two statements."""

from datetime import datetime

import pytest
from flask import Flask

from tests.factories.redemption import HOLD, Stage, add_account, approved_claim, make_stage
from tests.factories.settlement import Bureau, answers, make_indicators, sent_batch
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.ledger import queries as ledger
from vouchers.parties import queries as parties
from vouchers.redemption import queries as redemption
from vouchers.redemption.states import ClaimState
from vouchers.settlement import queries, services, verify

SPLIT = (("payee: provider", "payee: both-sides\n    split: {enterprise: 30%, provider: 70%}"),)
MONTH = "2026-03"


@pytest.fixture
def stage(app: Flask) -> Stage:
    return make_stage(changes=SPLIT)


@pytest.mark.database
def test_both_sides_are_paid_their_parts_of_one_claim(stage: Stage, noon: datetime) -> None:
    holder = vouchers.get(stage.voucher).enterprise.organisation
    provider = parties.organisation(stage.provider_organisation_id)
    claim = approved_claim(stage, at=noon).public_id
    owed = {
        who.public_id: sum(
            ledger.balance(stage.pot.payable(layer, payee=who.public_id)) for layer in ("city", "district")
        )
        for who in (holder, provider)
    }
    assert owed == {holder.public_id: HOLD * 3 // 10, provider.public_id: HOLD * 7 // 10}
    bureau = Bureau()
    make_indicators(stage, bureau)
    left_out = {left.due.payee for left in queries.plan_for(stage.scheme_id, 2026, on=noon.date()).left_out}
    assert left_out == {holder.name}  # it has no account yet; the provider's part does not wait for it
    with transaction():
        add_account(holder.id, actor=stage.enterprise, number="6222020200112239999")

    batch = sent_batch(stage, bureau, at=noon)
    with transaction():
        services.import_result(batch.public_id, answers(batch), content=b"1", actor=bureau.making, at=noon)

    assert redemption.get(claim).state is ClaimState.PAID
    statements = [queries.statement_of(who, MONTH) for who in (holder, provider)]
    assert [(one.awarded, one.paid) for one in statements] == [(HOLD * 3 // 10,) * 2, (HOLD * 7 // 10,) * 2]
    assert list(verify.findings()) == []


@pytest.mark.database
def test_a_claim_is_paid_only_when_both_parts_are(stage: Stage, noon: datetime) -> None:
    claim = approved_claim(stage, at=noon).public_id
    bureau = Bureau()
    make_indicators(stage, bureau)
    batch = sent_batch(stage, bureau, at=noon)  # the enterprise has no account: its part is left out
    with transaction():
        services.import_result(batch.public_id, answers(batch), content=b"1", actor=bureau.making, at=noon)

    assert redemption.get(claim).state is ClaimState.BATCHED
    assert list(verify.findings()) == []
