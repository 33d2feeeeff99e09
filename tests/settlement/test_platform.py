"""A voucher that a platform advances: the provider claims as ever, the platform that the pack names is paid."""

from datetime import datetime

import pytest
from flask import Flask

from tests.factories import providers
from tests.factories.parties import valid_uscc
from tests.factories.redemption import HOLD, Stage, add_account, approved_claim, checked_claim, make_stage
from tests.factories.settlement import Bureau, answers, make_indicators, sent_batch
from tests.policy.packs import PACK
from vouchers.db.transaction import transaction
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.parties import queries as parties
from vouchers.policy.loader import load_text
from vouchers.redemption import queries as redemption
from vouchers.redemption import services as claims
from vouchers.redemption.states import ClaimState
from vouchers.settlement import queries, services, verify

NUMBER = 880
NAMED = f"payee: platform\n    platform: {{name: 测试算力平台, uscc: {valid_uscc(NUMBER)}}}"
MONTH = "2026-03"


@pytest.fixture
def stage(app: Flask) -> Stage:
    return make_stage(changes=(("payee: provider", NAMED),))


def owed(stage: Stage, organisation_id: int) -> int:
    payee = parties.organisation(organisation_id).public_id
    return sum(ledger.balance(stage.pot.payable(layer, payee=payee)) for layer in ("city", "district"))


@pytest.mark.database
def test_the_platform_that_is_named_is_paid_for_what_the_provider_claims(stage: Stage, noon: datetime) -> None:
    with pytest.raises(RuleViolation, match="还没有在本系统登记"):
        checked_claim(stage, at=noon)
    platform = providers.provider(NUMBER, at=noon)
    own = platform.provider.organisation_id

    claim = approved_claim(stage, at=noon).public_id

    assert (owed(stage, own), owed(stage, stage.provider_organisation_id)) == (HOLD, 0)
    bureau = Bureau()
    make_indicators(stage, bureau)
    plan = queries.plan_for(stage.scheme_id, 2026, on=noon.date())
    assert {left.due.payee for left in plan.left_out} == {parties.organisation(own).name}  # it has no account yet
    with transaction():
        add_account(own, actor=providers.own_actor(platform), number="6222020200112238880")
    batch = sent_batch(stage, bureau, at=noon)
    with transaction():
        services.import_result(batch.public_id, answers(batch), content=b"1", actor=bureau.making, at=noon)
    assert redemption.get(claim).state is ClaimState.PAID
    statement = queries.statement_of(parties.organisation(own), MONTH)
    assert (statement.awarded, statement.paid) == (HOLD, HOLD)
    assert queries.statement_of(parties.organisation(stage.provider_organisation_id), MONTH).awards == ()
    assert list(verify.findings()) == []


def test_a_platform_is_paid_and_does_not_act_on_what_others_claim(stage: Stage, noon: datetime) -> None:
    platform = providers.provider(NUMBER, at=noon)
    claim = checked_claim(stage, at=noon).public_id

    with pytest.raises(NotFound), transaction():
        claims.withdraw_claim(claim, actor=providers.own_actor(platform), at=noon)
    with transaction():
        claims.withdraw_claim(claim, actor=stage.provider, at=noon)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("payee: platform", "要写明 platform"),
        ("payee: platform\n    platform: {name: 测试算力平台, uscc: 91350100M000100Y44}", "校验"),
        (f"payee: provider\n    platform: {{name: 测试算力平台, uscc: {valid_uscc(NUMBER)}}}", "付给别人时不写"),
    ],
)
def test_a_pack_names_its_platform_rightly(written: str, told: str) -> None:
    text = PACK.read_text(encoding="utf-8").replace("payee: provider", written)

    found = load_text(text, "pack.yaml", beside=PACK.parent)

    assert any(told in finding.message for finding in found.errors), found.errors
